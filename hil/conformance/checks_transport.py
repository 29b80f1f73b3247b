"""The sockets themselves: TCP and Unix sockets, who may reach them, and the welcome on iopub."""

import os
import socket
import stat

import zmq
from jupyter_client.session import Session

from kernel import DEADLINE_S, Kernel
from schemas import check_message

PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")


def check_ipc():
    """A kernel over Unix sockets runs cells, asks, is interrupted and shut down."""
    with Kernel(transport="ipc") as kernel:
        assert kernel.execute("print(6 * 7)").text() == "42\n"
        running = kernel.send_execute("print('on')\nwhile True: pass")
        kernel.wait_for(lambda: "on" in running.text(), running)
        kernel.interrupt()
        assert kernel.finish(running).reply["ename"] == "KeyboardInterrupt", running
        info = kernel.manager.get_connection_info()
        paths = [f"{info['ip']}-{info[port]}" for port in PORTS]
        for path in paths:
            assert stat.S_IMODE(os.stat(path).st_mode) == 0o600, path
        asked = kernel.send("shutdown_request", {"restart": False}, "control")
        kernel.wait_for(lambda: asked.replies, asked)
        kernel.wait_for_end()
        assert not any(map(os.path.exists, paths)), "sockets are left behind"


def check_ipc_restart():
    """A kernel over Unix sockets that was killed can be started again on the same paths."""
    with Kernel(transport="ipc") as kernel:
        kernel.client.stop_channels()
        kernel.manager.restart_kernel(now=True)
        kernel.open()
        assert kernel.execute("%connect -q sim://conformance\nprint(1)").text() == "1\n"


def check_address(kernel):
    """Nobody reaches the kernel at another address than the connection file's."""
    info = kernel.manager.get_connection_info()
    for port in PORTS:
        with socket.socket() as other:
            other.settimeout(DEADLINE_S)
            assert other.connect_ex(("127.0.0.2", info[port])) != 0, port


def subscriber(kernel, context, *topics):
    info = kernel.manager.get_connection_info()
    sub = context.socket(zmq.SUB)
    sub.linger = 0
    sub.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
    for topic in topics:
        sub.subscribe(topic)
    return sub


def receive(sub, session):
    assert sub.poll(DEADLINE_S * 1000), "nothing on iopub"
    _, frames = session.feed_identities(sub.recv_multipart())
    message = session.deserialize(frames)
    check_message(message, "iopub")
    return message


def reader(kernel):
    """A session of another client: each remembers which signatures it has seen."""
    return Session(key=kernel.session.key)


def check_welcome(kernel):
    """Whoever subscribes is welcomed (JEP 65), with the topic that it asked for."""
    with zmq.Context() as context:
        for topic in (b"", b"kernel"):
            with subscriber(kernel, context, topic) as sub:
                message = receive(sub, reader(kernel))
                assert message["msg_type"] == "iopub_welcome", message
                assert message["parent_header"] == {}, message
                assert message["content"]["subscription"] == topic.decode(), message


def check_two_clients(kernel):
    """All clients see what is published; a reply goes to the one who asked."""
    with zmq.Context() as context, subscriber(kernel, context, b"") as sub:
        session = reader(kernel)
        assert receive(sub, session)["msg_type"] == "iopub_welcome"
        done = kernel.execute("print('for all')")
        seen = []
        while not seen or seen[-1]["content"].get("execution_state") != "idle":
            seen.append(receive(sub, session))
        assert [m["header"]["msg_id"] for m in seen] == [m["header"]["msg_id"] for m in done.published]
        other = kernel.manager.blocking_client()
        other.start_channels()
        try:
            asked = other.kernel_info()
            reply = other.get_shell_msg(timeout=DEADLINE_S)
            assert reply["parent_header"]["msg_id"] == asked, reply
        finally:
            other.stop_channels()
        kernel.alive()  # which fails on a reply that answers nothing it had asked


def check_reconnect(kernel):
    """A client that leaves and comes back is served as before."""
    kernel.execute("stays = 1")
    for _ in range(5):
        kernel.client.stop_channels()
        kernel.open()
    assert kernel.value("stays") == "1"


def check_large(kernel):
    """A cell of a megabyte, and a line of a hundred kilobytes, arrive whole."""
    done = kernel.execute("#" + "x" * 1_000_000 + "\nprint('y' * 100_000)")
    assert done.text() == "y" * 100_000 + "\n", done.reply
