"""Times two Jupyter kernels in turn, for scripts/bench/kernel.ts: JSON lines on standard output.

  kernel_bench.py BOARD PARKING

Kernel `iot` runs its cells on BOARD, the path of a pseudo-terminal with a board in another process;
while that board is driven by hand, the kernel stays at PARKING, another one. `python3` is ipykernel.
Each line is {"figure": NAME, CONTESTANT: [samples], ...}: milliseconds; for memory MB, for rates MB/s.
"""

import json
import os
import sys
import termios
import threading
import time
import tty

import zmq
from jupyter_client.manager import KernelManager

OURS, THEIRS = "iot", "ipykernel"
NAMES = {OURS: "iot", THEIRS: "python3"}
DEADLINE_S = 60

# How often a client tries to connect. libzmq's own 100 ms, and up to as much again at random, hide
# what a kernel takes, so the kernel's own time is taken with few.
STOCK_RECONNECT_MS = 100
RECONNECT_MS = 5

STARTS = 12
EXECUTIONS = 200
COMPLETIONS = 100
INTERRUPTS = 15
FLOODS = 15
LINES = 100_000
FLOOD = f"for i in range({LINES}): print(i)"
FLOOD_TEXT = "".join(f"{i}\n" for i in range(LINES))

# More than the kernel keeps for a subscriber that does not read (DROP_BYTES in src/wire/xpub.ts).
WIDE_LINE = "x" * 999
WIDE_LINES = 24_000
WIDE_FLOOD = f"line = {WIDE_LINE!r}\nfor i in range({WIDE_LINES}): print(line)"
WIDE_FLOODS = 5

# What a slow subscriber takes: a message, then a rest.
SLOW_REST_S = 0.2


def say(figure, **samples):
    sys.stdout.write(json.dumps({"figure": figure, **samples}) + "\n")
    sys.stdout.flush()


def ms(seconds):
    return seconds * 1000


class Kernel:
    """A kernel and the two sockets that its answers come on."""

    def __init__(self, label, reconnect_ms=RECONNECT_MS):
        self.label = label
        self.manager = KernelManager(kernel_name=NAMES[label])
        self.started = time.perf_counter()
        self.manager.start_kernel()
        self.client = self.manager.blocking_client()
        self.client.context.setsockopt(zmq.RECONNECT_IVL, reconnect_ms)
        self.client.start_channels(hb=False)
        channels = (self.client.shell_channel, self.client.iopub_channel)
        self.shell, self.iopub = (zmq.Socket(shadow=channel.socket.underlying) for channel in channels)

    def wait(self, message_id, idle=True, on_output=None):
        """Waits for the reply, and the idle status unless told otherwise; returns when both were there."""
        poller = zmq.Poller()
        poller.register(self.shell, zmq.POLLIN)
        if idle or on_output:
            poller.register(self.iopub, zmq.POLLIN)
        deadline = time.monotonic() + DEADLINE_S
        replied = None
        while replied is None or idle:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.label}: no answer within {DEADLINE_S} s")
            for socket, _ in poller.poll(1000):
                _, frames = self.client.session.feed_identities(socket.recv_multipart())
                message = self.client.session.deserialize(frames)
                if message["parent_header"].get("msg_id") != message_id:
                    continue
                if socket is self.shell:
                    replied = message["content"]
                elif message["msg_type"] == "status":
                    idle = idle and message["content"]["execution_state"] != "idle"
                elif on_output:
                    on_output(message)
        return replied, time.perf_counter()

    def execute(self, code, on_output=None):
        """Runs a cell; milliseconds until both its reply and its idle status were there."""
        start = time.perf_counter()
        reply, end = self.wait(self.client.execute(code), on_output=on_output)
        if reply["status"] != "ok":
            raise RuntimeError(f"{self.label}: {code!r}: {reply}")
        return ms(end - start)

    def complete(self, code, expected):
        start = time.perf_counter()
        reply, end = self.wait(self.client.complete(code), idle=False)
        if not any(match.endswith(expected) for match in reply["matches"]):
            raise RuntimeError(f"{self.label}: completing {code!r} gave {reply['matches'][:5]}")
        return ms(end - start)

    def interrupt(self):
        """Interrupts a loop that has said that it runs; milliseconds until the cell's reply."""
        asked = None

        def on_output(message):
            nonlocal asked
            if message["msg_type"] == "stream" and asked is None:
                asked = time.perf_counter()
                self.manager.interrupt_kernel()

        reply, end = self.wait(self.client.execute("print('on')\nwhile True: pass"), on_output=on_output)
        if reply.get("ename") != "KeyboardInterrupt":
            raise RuntimeError(f"{self.label}: an interrupted cell ended with {reply}")
        return ms(end - asked)

    def complete_busy(self, code, expected):
        """Completes while a cell runs, which ipykernel does not do; milliseconds of each time."""
        running = self.client.execute("while True: pass")
        try:
            return [self.complete(code, expected) for _ in range(COMPLETIONS)]
        finally:
            self.manager.interrupt_kernel()
            self.wait(running)

    def flood(self, code=FLOOD, expected=FLOOD_TEXT):
        """Prints many lines, all of which must come before idle; milliseconds until then."""
        parts = []

        def on_output(message):
            if message["msg_type"] == "stream":
                parts.append(message["content"]["text"])

        elapsed = self.execute(code, on_output)
        if (text := "".join(parts)) != expected:
            raise RuntimeError(f"{self.label}: {len(text)} of {len(expected)} characters came before idle")
        return elapsed

    def peak_bytes(self):
        """The most memory that the kernel's processes have occupied so far."""
        return sum(status_bytes(pid, "VmHWM") for pid in tree(self.manager.provisioner.pid))

    def end(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def status_bytes(pid, field):
    with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


def tree(pid):
    pids = [pid]
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children", encoding="utf-8") as children:
            for child in children.read().split():
                pids += tree(int(child))
    return pids


def flood_by_hand(path):
    """The board's own raw REPL, its output thrown away: milliseconds and bytes."""
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(port, termios.TCSANOW)
        os.write(port, b"\r\x03\x03\x01")
        read_until(port, b"raw REPL; CTRL-B to exit\r\n>")
        os.write(port, FLOOD.encode())
        start = time.perf_counter()
        os.write(port, b"\x04")
        count = read_until(port, b"\x04\x04>")
        elapsed = ms(time.perf_counter() - start)
        os.write(port, b"\x02")
        return elapsed, count
    finally:
        os.close(port)


def read_until(port, end):
    """Reads up to `end` and returns how many bytes that were."""
    tail, count = b"", 0
    while not tail.endswith(end):
        chunk = os.read(port, 65536)
        count += len(chunk)
        tail = (tail + chunk)[-len(end):]
    return count


class SlowSubscribers:
    """One that never reads, and one that reads slowly."""

    def __init__(self, manager):
        info = manager.get_connection_info()
        self.context = zmq.Context()
        self.sockets = []
        for _ in range(2):
            socket = self.context.socket(zmq.SUB)
            socket.linger = 0
            socket.rcvhwm = 1
            socket.rcvbuf = 4096
            socket.connect(f"tcp://{info['ip']}:{info['iopub_port']}")
            socket.subscribe(b"")
            self.sockets.append(socket)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while not self.over.wait(SLOW_REST_S):
            if self.sockets[1].poll(0):
                self.sockets[1].recv_multipart()

    def end(self):
        self.over.set()
        self.thread.join()
        for socket in self.sockets:
            socket.close()
        self.context.term()


def in_turn(figure, kernels, rounds, measure, warm_up=1):
    """Measures each kernel in turn, so that a noisy machine is noisy for all."""
    samples = {kernel.label: [] for kernel in kernels}
    for index in range(warm_up + rounds):
        for kernel in kernels:
            value = measure(kernel)
            if index >= warm_up:
                samples[kernel.label].append(value)
    say(figure, **samples)


def time_start(label, reconnect_ms):
    kernel = Kernel(label, reconnect_ms)
    try:
        _, end = kernel.wait(kernel.client.kernel_info(), idle=False)
        return ms(end - kernel.started)
    finally:
        kernel.end()


def time_starts(figure, reconnect_ms):
    samples = {label: [] for label in NAMES}
    for index in range(1 + STARTS):
        for label in NAMES:
            elapsed = time_start(label, reconnect_ms)
            if index > 0:
                samples[label].append(elapsed)
    say(figure, **samples)


def time_floods(board, parking, kernels):
    """The board by hand, and each kernel, in turn."""
    ours = kernels[0]
    samples = {"board": [], **{kernel.label: [] for kernel in kernels}}
    rates = []
    for index in range(1 + FLOODS):
        ours.execute(f"%connect -q serial://{parking}")
        elapsed, count = flood_by_hand(board)
        ours.execute(f"%connect -q serial://{board}")
        values = {"board": elapsed, **{kernel.label: kernel.flood() for kernel in kernels}}
        if index > 0:
            rates.append(count / elapsed / 1000)
            for label, value in values.items():
                samples[label].append(value)
    say("flood", **samples)
    say("rate", board=rates)


def time_slow_subscribers(kernel):
    """The same client without and with slow ones beside it, in turn."""
    samples = {"beside": [], "alone": []}
    wide = lambda: kernel.flood(WIDE_FLOOD, f"{WIDE_LINE}\n" * WIDE_LINES)
    for index in range(1 + WIDE_FLOODS):
        alone = wide()
        slow = SlowSubscribers(kernel.manager)
        try:
            beside = wide()
        finally:
            slow.end()
        if index > 0:
            samples["alone"].append(alone)
            samples["beside"].append(beside)
    say("slow subscribers", **samples)


def main(board, parking):
    time_starts("start", RECONNECT_MS)
    time_starts("stock start", STOCK_RECONNECT_MS)
    kernels = [Kernel(label) for label in NAMES]
    ours = kernels[0]
    try:
        for kernel in kernels:
            kernel.client.wait_for_ready(timeout=DEADLINE_S)
        ours.execute(f"%connect -q serial://{board}")
        in_turn("execute", kernels, EXECUTIONS, lambda kernel: kernel.execute("pass"), warm_up=20)
        for kernel in kernels:
            kernel.execute("import sys\nmeasurement = 1")
        for figure, code, expected in (
            ("complete a name", "x = measurem", "measurement"),
            ("complete an attribute", "sys.platf", "platform"),
        ):
            in_turn(figure, kernels, COMPLETIONS, lambda kernel: kernel.complete(code, expected), warm_up=5)
        say("complete while busy", **{OURS: ours.complete_busy("x = measurem", "measurement")})
        in_turn("interrupt", kernels, INTERRUPTS, Kernel.interrupt)

        time_floods(board, parking, kernels)
        say("memory", **{kernel.label: [kernel.peak_bytes() / 1e6] for kernel in kernels})

        time_slow_subscribers(ours)
    finally:
        for kernel in kernels:
            kernel.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
