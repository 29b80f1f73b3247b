"""The other end of scripts/bench/zmtp.ts: libzmq as the client. Prints one figure."""

import sys
import time

import zmq

what, endpoint = sys.argv[1:]
context = zmq.Context()

if what == "req":
    socket = context.socket(zmq.REQ)
    socket.connect(endpoint)
    for _ in range(1_000):
        socket.send(b"x")
        socket.recv()
    start = time.perf_counter()
    count = 20_000
    for _ in range(count):
        socket.send(b"x")
        socket.recv()
    print(count / (time.perf_counter() - start))
elif what == "dealer":
    socket = context.socket(zmq.DEALER)
    socket.connect(endpoint)
    frames = [b"<IDS|MSG>", b"x" * 64, b"{}" * 100, b"{}" * 100, b"{}", b"{}" * 50, b""]
    start = time.perf_counter()
    count = 20_000
    for _ in range(count):
        socket.send_multipart(frames)
        socket.recv_multipart()
    print(count / (time.perf_counter() - start))
elif what == "sub":
    socket = context.socket(zmq.SUB)
    socket.setsockopt(zmq.RCVHWM, 0)
    socket.connect(endpoint)
    socket.subscribe(b"")
    socket.recv_multipart()
    start = time.perf_counter()
    count = 0
    while socket.recv_multipart()[0] != b"end":
        count += 1
    print(count / (time.perf_counter() - start))
elif what == "big":
    socket = context.socket(zmq.DEALER)
    socket.connect(endpoint)
    body = b"x" * 10_000_000
    times = []
    for _ in range(10):
        start = time.perf_counter()
        socket.send(body)
        socket.recv()
        times.append(time.perf_counter() - start)
    print(sorted(times)[5] * 1e3)
