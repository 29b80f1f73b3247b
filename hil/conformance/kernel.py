"""A kernel under test, with a client that sees every message of every socket.

The kernel is started and addressed by PyPI's jupyter_client. Each message that comes is checked
against the protocol (`schemas.py`) whatever a check is about.
"""

import os
import tempfile
import time

import zmq
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

from schemas import Wrong, check_message

# No answer takes longer on the slowest machine: a check that waits for more has failed.
DEADLINE_S = 30
CHANNELS = ("shell", "control", "stdin", "iopub")


class Exchange:
    """All that came for one request, in the order of arrival by channel."""

    def __init__(self, header):
        self.header = header
        self.replies = []
        self.published = []
        self.asked = []

    @property
    def reply(self):
        return self.replies[0]["content"]

    @property
    def outputs(self):
        """What was published, without busy and idle."""
        return [m for m in self.published if m["msg_type"] != "status"]

    @property
    def types(self):
        """The types of what was published; a status by its state."""
        return [
            m["content"]["execution_state"] if m["msg_type"] == "status" else m["msg_type"]
            for m in self.published
        ]

    def all(self, kind):
        return [m["content"] for m in self.published if m["msg_type"] == kind]

    def text(self, stream="stdout"):
        return "".join(c["text"] for c in self.all("stream") if c["name"] == stream)

    @property
    def is_idle(self):
        return "idle" in self.types

    @property
    def is_done(self):
        return bool(self.replies) and self.is_idle

    def __str__(self):
        replies = [f"{m['msg_type']} {m['content']}" for m in self.replies]
        return f"{self.header['msg_type']}: {self.types} asked {self.asked} replied {replies}"

    def check_order(self):
        """Busy first, idle last, the reply in between, each once; nothing before what caused it."""
        states = [state for state in self.types if state in ("busy", "idle")]
        assert states == ["busy", "idle"], f"busy and idle, once each: {self}"
        assert (self.types[0], self.types[-1]) == ("busy", "idle"), f"output outside them: {self}"
        assert len(self.replies) == 1, f"one reply: {self}"
        # Two sockets, so the order of arrival says nothing: the dates do.
        dates = [m["header"]["date"] for m in (*self.published[:-1], *self.replies, self.published[-1])]
        assert dates == sorted(dates), f"output, then the reply, then idle: {self} {dates}"


class Kernel:
    """One kernel and a client of it; further clients by `second_client`."""

    def __init__(self, transport="tcp", connect=True, **env):
        self.manager = KernelManager(kernel_name="iot", transport=transport)
        self.stderr = tempfile.TemporaryFile()
        self.manager.start_kernel(env={**os.environ, **env}, stderr=self.stderr)
        self.open()
        if connect:
            done = self.execute("%connect -q sim://conformance")
            assert done.reply["status"] == "ok", done

    def open(self):
        """Opens the client's channels, and waits until both ways are open."""
        self.exchanges = {}
        self.kernel_sessions = set()
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.sockets = {
            name: zmq.Socket(shadow=getattr(self.client, f"{name}_channel").socket.underlying)
            for name in CHANNELS
        }
        deadline = time.monotonic() + DEADLINE_S
        while True:
            first = self.send("kernel_info_request")
            try:
                self.wait_for(lambda: first.is_done, "a kernel that answers", 1)
                return
            except TimeoutError:
                if time.monotonic() > deadline or not self.manager.is_alive():
                    raise

    @property
    def pid(self):
        return self.manager.provisioner.pid

    @property
    def session(self):
        return self.client.session

    def log(self):
        """The end of what the kernel has written to stderr."""
        # By its path, for the kernel writes where the descriptor that it shares stands.
        with open(f"/proc/self/fd/{self.stderr.fileno()}", encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    # Requests.

    def send(self, kind, content=None, channel="shell", buffers=(), **header):
        """Sends a request and returns its exchange, to be waited for."""
        message = self.session.msg(kind, content or {})
        message["header"].update(header)
        exchange = self.exchanges[message["header"]["msg_id"]] = Exchange(message["header"])
        self.session.send(self.sockets[channel], message, buffers=buffers)
        return exchange

    def request(self, kind, content=None, channel="shell"):
        """Sends a request and waits for its reply and its idle status."""
        return self.finish(self.send(kind, content, channel))

    def send_execute(self, code, **options):
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": True,
            **options,
        }
        return self.send("execute_request", content)

    def execute(self, code, **options):
        return self.finish(self.send_execute(code, **options))

    def value(self, expression):
        """What the board prints for an expression, by a cell that leaves no trace."""
        done = self.execute(f"print({expression})", store_history=False)
        assert done.reply["status"] == "ok", done
        return done.text().strip()

    def interrupt(self):
        return self.request("interrupt_request", channel="control")

    def answer(self, exchange, value):
        """Answers the latest input_request of an exchange."""
        reply = self.session.msg("input_reply", {"status": "ok", "value": value}, parent=exchange.asked[-1])
        self.session.send(self.sockets["stdin"], reply)

    def alive(self):
        """Waits for an answer to something else: what was sent before has been looked at by then."""
        for channel in ("shell", "control"):
            done = self.request("kernel_info_request", channel=channel)
            assert done.reply["status"] == "ok", done

    # Waiting.

    def finish(self, exchange, seconds=DEADLINE_S):
        self.wait_for(lambda: exchange.is_done, exchange, seconds)
        exchange.check_order()
        return exchange

    def wait_for(self, condition, what, seconds=DEADLINE_S):
        """Takes messages until `condition` holds; `what` says in the error what was awaited."""
        deadline = time.monotonic() + seconds
        poller = zmq.Poller()
        for socket in self.sockets.values():
            poller.register(socket, zmq.POLLIN)
        while not condition():
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not within {seconds} s: {what}")
            for socket, _ in poller.poll(left * 1000):
                self.take(socket)

    def take(self, socket):
        channel = next(name for name, one in self.sockets.items() if one is socket)
        _, frames = self.session.feed_identities(socket.recv_multipart())
        message = self.session.deserialize(frames)
        check_message(message, channel)
        self.kernel_sessions.add(message["header"]["session"])
        if len(self.kernel_sessions) != 1:
            raise Wrong(f"more than one header.session: {self.kernel_sessions}")
        parent = message["parent_header"].get("msg_id")
        exchange = self.exchanges.get(parent)
        if exchange is None:
            if channel != "iopub":
                raise Wrong(f"{channel}: {message['msg_type']} answers nothing that was asked")
            return
        sent = {field: exchange.header[field] for field in ("msg_id", "session", "msg_type")}
        came = {field: message["parent_header"].get(field) for field in sent}
        if sent != came:
            raise Wrong(f"the parent header is {came}, not {sent}")
        target = {"iopub": exchange.published, "stdin": exchange.asked}.get(channel, exchange.replies)
        target.append(message)
        kind, asked = message["msg_type"], exchange.header["msg_type"]
        if channel in ("shell", "control") and kind != asked.replace("_request", "_reply"):
            raise Wrong(f"{kind} replies to {asked}")

    # Ends.

    def wait_for_end(self):
        """Waits until the kernel's process has ended by itself."""
        deadline = time.monotonic() + DEADLINE_S
        while self.manager.is_alive():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the kernel lives on after {DEADLINE_S} s")
            time.sleep(0.01)

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self.stderr.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def forger():
    """A session that signs with a key that is not the kernel's."""
    return Session(key=b"not the key")
