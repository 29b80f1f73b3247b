"""The other end of our ZMTP sockets: libzmq itself, by pyzmq.

  wire_pyzmq.py dealer|req|sub ENDPOINT     a client; it checks what it gets and prints "done"
  wire_pyzmq.py router|rep|xpub             a server; it prints its endpoint, and ends with stdin
"""

import os
import sys
import threading

import zmq

CONTEXT = zmq.Context()
CONTEXT.setsockopt(zmq.LINGER, 1_000)
CONTEXT.setsockopt(zmq.RCVTIMEO, 20_000)

BIG = bytes(range(256)) * 40_000


def dealer(endpoint):
    """Echoes of small, empty, many-framed and big messages, then a return under the same name."""
    for _ in range(2):
        with CONTEXT.socket(zmq.DEALER) as socket:
            socket.setsockopt(zmq.ROUTING_ID, b"the same name")
            socket.connect(endpoint)
            for number in range(1_000):
                socket.send_multipart([b"<IDS|MSG>", b"", b"%d" % number, b"{}", b"{}", b"{}", b"x" * 255])
            for number in range(1_000):
                frames = socket.recv_multipart()
                assert frames[2] == b"%d" % number, frames
                assert [len(frame) for frame in frames[3:]] == [2, 2, 2, 255], frames
            socket.send_multipart([BIG, b""])
            assert socket.recv_multipart() == [BIG, b""]


def req(endpoint):
    with CONTEXT.socket(zmq.REQ) as socket:
        socket.connect(endpoint)
        for number in range(1_000):
            socket.send(b"%d" % number)
            assert socket.recv() == b"%d" % number


def sub(endpoint):
    """What was subscribed to comes, in order, and nothing else."""
    with CONTEXT.socket(zmq.SUB) as socket:
        socket.connect(endpoint)
        socket.subscribe(b"other")
        socket.unsubscribe(b"other")
        socket.subscribe(b"kernel")
        for number in range(1_000):
            frames = socket.recv_multipart()
            assert frames == [b"kernel.stream", b"%d" % number], frames


def serve(kind, step):
    socket = CONTEXT.socket(kind)
    port = socket.bind_to_random_port("tcp://127.0.0.1")
    print(f"tcp://127.0.0.1:{port}", flush=True)
    threading.Thread(target=end_with_stdin, daemon=True).start()
    socket.setsockopt(zmq.RCVTIMEO, -1)
    while True:
        step(socket)


def end_with_stdin():
    sys.stdin.read()
    os._exit(0)


def echo(socket):
    socket.send_multipart(socket.recv_multipart())


def publish_on_subscription(socket):
    """A new subscription is answered with messages that match it and messages that do not."""
    topic = socket.recv()[1:]
    for number in range(1_000):
        socket.send_multipart([b"nobody asked", b"%d" % number])
        socket.send_multipart([topic + b".more", b"%d" % number])


if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    if what in ("dealer", "req", "sub"):
        {"dealer": dealer, "req": req, "sub": sub}[what](*rest)
        print("done", flush=True)
    elif what == "router":
        serve(zmq.ROUTER, echo)
    elif what == "rep":
        serve(zmq.REP, echo)
    elif what == "xpub":
        serve(zmq.XPUB, publish_on_subscription)
