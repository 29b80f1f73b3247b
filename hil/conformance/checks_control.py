"""kernel_info, interrupt, shutdown and restart: what a server asks of a kernel."""

import json
import os
import signal
import subprocess
import sys
import time

import zmq

from kernel import DEADLINE_S, Kernel

# Cells that never end by themselves.
LOOPS = {
    "a loop": "print('on')\nwhile True: pass",
    "a sleep": "print('on')\nimport time\ntime.sleep(600)",
    "a loop that prints": "print('on')\nwhile True: print('on and on')",
}


def run_forever(kernel, code):
    running = kernel.send_execute(code)
    kernel.wait_for(lambda: "on" in running.text(), running)
    return running


def check_info(kernel):
    """kernel_info is the same on shell and on control, and each says busy and idle."""
    shell = kernel.request("kernel_info_request")
    control = kernel.request("kernel_info_request", channel="control")
    assert shell.reply == control.reply
    assert shell.types == control.types == ["busy", "idle"]


def check_info_busy(kernel):
    """kernel_info is answered while a cell runs."""
    running = run_forever(kernel, LOOPS["a loop"])
    kernel.alive()
    kernel.interrupt()
    kernel.finish(running)


def check_interrupt(kernel):
    """An interrupt by message ends what runs, and the board keeps its state."""
    kernel.execute("state = 'kept'")
    for code in LOOPS.values():
        running = run_forever(kernel, code)
        assert kernel.interrupt().reply == {"status": "ok"}
        assert kernel.finish(running).reply["ename"] == "KeyboardInterrupt", running
        assert kernel.value("state") == "kept"


def check_interrupt_signal(kernel):
    """An interrupt by signal does the same."""
    running = run_forever(kernel, LOOPS["a loop"])
    os.kill(kernel.pid, signal.SIGINT)
    assert kernel.finish(running).reply["ename"] == "KeyboardInterrupt", running
    assert kernel.value("state") == "kept"


def check_interrupt_queue(kernel):
    """An interrupt is an error like any other: what waits behind is aborted."""
    running = run_forever(kernel, LOOPS["a loop"])
    waiting = kernel.send_execute("print('should not run')")
    kernel.interrupt()
    kernel.finish(running)
    assert kernel.finish(waiting).reply["status"] == "aborted", waiting


def check_interrupt_idle(kernel):
    """An interrupt of an idle kernel, by message or by signal, does nothing."""
    assert kernel.interrupt().reply == {"status": "ok"}
    os.kill(kernel.pid, signal.SIGINT)
    kernel.alive()
    assert kernel.execute("print(1)").text() == "1\n"


def check_heartbeat(kernel):
    """The heartbeat answers while a cell runs."""
    running = run_forever(kernel, LOOPS["a loop"])
    info = kernel.manager.get_connection_info()
    with zmq.Context() as context, context.socket(zmq.REQ) as socket:
        socket.linger = 0
        socket.connect(f"tcp://{info['ip']}:{info['hb_port']}")
        for beat in (b"ping", b"", bytes(range(256))):
            socket.send(beat)
            assert socket.poll(DEADLINE_S * 1000), "no heartbeat"
            assert socket.recv() == beat
    kernel.interrupt()
    kernel.finish(running)


def check_restart(kernel):
    """A restarted kernel serves the same ports and has forgotten the board's names."""
    before = kernel.manager.get_connection_info()
    kernel.execute("old = 1")
    kernel.client.stop_channels()
    kernel.manager.restart_kernel()
    kernel.open()
    assert kernel.manager.get_connection_info() == before
    done = kernel.execute("%connect -q sim://conformance\nprint('old' in globals())")
    assert done.text() == "False\n", done
    assert done.reply["execution_count"] == 1, done


def check_restart_busy(kernel):
    """A kernel that runs a cell can be restarted."""
    run_forever(kernel, LOOPS["a loop that prints"])
    kernel.client.stop_channels()
    kernel.manager.restart_kernel()
    kernel.open()
    assert kernel.execute("%connect -q sim://conformance\nprint(1)").text() == "1\n"


def shut_down(channel, restart):
    with Kernel() as kernel:
        asked = kernel.send("shutdown_request", {"restart": restart}, channel)
        told = lambda: asked.replies and asked.all("shutdown_reply")
        kernel.wait_for(told, asked)
        assert asked.reply == asked.all("shutdown_reply")[0] == {"status": "ok", "restart": restart}
        kernel.wait_for_end()


def check_shutdown():
    """Shutdown is answered and published, and the process ends."""
    shut_down("control", restart=False)


def check_shutdown_restart():
    """Shutdown for a restart says so; by shell, as old clients ask, it works too."""
    shut_down("control", restart=True)
    shut_down("shell", restart=False)


def check_shutdown_busy():
    """Shutdown while a cell runs: the cell is answered before the process ends."""
    with Kernel() as kernel:
        running = run_forever(kernel, LOOPS["a loop"])
        asked = kernel.send("shutdown_request", {"restart": False}, "control")
        kernel.wait_for(lambda: asked.replies and running.replies, asked)
        assert running.reply["status"] == "error", running
        kernel.wait_for_end()


def check_terminated():
    """SIGTERM ends a kernel, a busy one too."""
    with Kernel() as kernel:
        run_forever(kernel, LOOPS["a loop"])
        os.kill(kernel.pid, signal.SIGTERM)
        kernel.wait_for_end()


# Starts a kernel, names its process, and waits to be killed.
PARENT = """
import json, sys
from kernel import Kernel
kernel = Kernel()
print(json.dumps({"pid": kernel.pid}), flush=True)
sys.stdin.read()
"""


def check_parent_death():
    """A kernel ends when the process that started it dies without a word."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=os.path.dirname(__file__),
    )
    with parent:
        pid = json.loads(parent.stdout.readline())["pid"]
        assert runs(pid)
        parent.kill()
        deadline = time.monotonic() + DEADLINE_S
        while runs(pid):
            assert time.monotonic() < deadline, "the kernel lives on"
            time.sleep(0.02)


def runs(pid):
    """Whether a process runs; one that has ended may wait to be asked how (proc(5), state Z)."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
