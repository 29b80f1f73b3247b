"""Drives a kernel with PyPI's jupyter_client, told what to do by JSON lines on standard input.

  jupyter_driver.py KERNEL_NAME

Requests                                    Answers, as JSON lines on standard output
                                            {"event": "ready"}
{"op": "execute", "code": "..."}            {"event": "iopub"|"shell", "type": ..., "content": ...}
                                            in the order of arrival, for this request only, then
                                            {"event": "done", "late": true if more came of it}
                                            after both the reply and idle
{"op": "interrupt"}                         {"event": "interrupted", "content": ...}: the kernel's reply
end of input: the kernel is shut down       {"event": "ended", "exit": true if it ended by itself}
"""

import json
import os
import signal
import sys
import time

import zmq
from jupyter_client.manager import KernelManager

START_TIMEOUT_S = 60

# What comes after idle would be a fault; a moment's grace shows it.
GRACE_MS = 100


def say(**event):
    sys.stdout.write(json.dumps(event, default=str) + "\n")
    sys.stdout.flush()


class Driver:
    def __init__(self, kernel_name):
        self.manager = KernelManager(kernel_name=kernel_name)
        self.manager.start_kernel()
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=START_TIMEOUT_S)
        self.running = None
        self.partial = b""
        say(event="ready")

    def sockets(self):
        # jupyter_client's sockets may be asyncio ones; a plain view of them can be polled.
        channels = (self.client.shell_channel, self.client.iopub_channel)
        return [zmq.Socket(shadow=channel.socket.underlying) for channel in channels]

    def handle(self, request):
        op = request["op"]
        if op == "execute":
            self.running = {"id": self.client.execute(request["code"]), "reply": False, "idle": False}
        elif op == "interrupt":
            self.client.control_channel.send(self.client.session.msg("interrupt_request"))
            reply = self.client.get_control_msg(timeout=START_TIMEOUT_S)
            say(event="interrupted", type=reply["msg_type"], content=reply["content"])

    def next_of_running(self, socket):
        """The next message; nothing when it does not belong to the cell that runs."""
        _, frames = self.client.session.feed_identities(socket.recv_multipart())
        message = self.client.session.deserialize(frames)
        if self.running and message["parent_header"].get("msg_id") == self.running["id"]:
            return message

    def more_comes(self):
        """Whether anything of the cell that ran comes on either socket."""
        poller = zmq.Poller()
        for socket in self.sockets():
            poller.register(socket, zmq.POLLIN)
        while ready := poller.poll(GRACE_MS):
            if any([self.next_of_running(socket) for socket, _ in ready]):
                return True
        return False

    def receive(self, socket, event):
        message = self.next_of_running(socket)
        if not message:
            return
        say(event=event, type=message["msg_type"], content=message["content"])
        if event == "shell":
            self.running["reply"] = True
        elif message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            self.running["idle"] = True
        if self.running["reply"] and self.running["idle"]:
            late = self.more_comes()
            self.running = None
            say(event="done", late=late)

    def requests(self):
        """The requests that have come: Python's own buffer would hide them from the poller."""
        chunk = os.read(sys.stdin.fileno(), 65536)
        *lines, self.partial = (self.partial + chunk).split(b"\n")
        return None if chunk == b"" else [json.loads(line) for line in lines]

    def loop(self):
        while True:
            shell, iopub = self.sockets()
            poller = zmq.Poller()
            for source in (shell, iopub, sys.stdin.fileno()):
                poller.register(source, zmq.POLLIN)
            for source, _ in poller.poll(1000):
                if source == sys.stdin.fileno():
                    requests = self.requests()
                    if requests is None:
                        return
                    for request in requests:
                        self.handle(request)
                    continue
                self.receive(source, "shell" if source is shell else "iopub")

    def end(self):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        self.client.shutdown()
        deadline = time.monotonic() + 10
        while self.manager.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)
        ended = not self.manager.is_alive()
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        say(event="ended", exit=ended)


if __name__ == "__main__":
    driver = Driver(*sys.argv[1:])
    # A test that is over takes the kernel with it, before its directory goes.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        driver.loop()
    finally:
        driver.end()
