"""A network with boards on it, for tests: says by mDNS that a board's REPL is at ADDRESS:4200, and
by iot49's broadcast that another one is at ADDRESS:4201 with this UID. Both ports lead to 4100 and
4101 of the loopback.

    responder.py ADDRESS BROADCAST UID

Knows DNS by hand: what it is to test must not share a library with it. Prints "ready", and then a
line for each question that it answered.
"""

import socket
import struct
import sys
import threading
import time

ADDRESS, BROADCAST, UID = sys.argv[1:]
GROUP, PORT = "224.0.0.251", 5353
SERVICE = "_repl._tcp.local"
INSTANCE = "Test board." + SERVICE
HOST = "test-board.local"
PTR, A, SRV, IN, FLUSH = 12, 1, 33, 1, 0x8000


def name(text):
    """Labels, each with its length; an instance's own first label may hold spaces."""
    labels = [label.encode() for label in text.split(".")]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def read_name(data, at):
    """The name at an offset, and the offset behind it; compressed names as well (RFC 1035, 4.1.4)."""
    labels, end = [], None
    while data[at]:
        if data[at] >= 0xC0:
            end = end or at + 2
            at = struct.unpack("!H", data[at : at + 2])[0] & 0x3FFF
        else:
            labels.append(data[at + 1 : at + 1 + data[at]].decode())
            at += 1 + data[at]
    return ".".join(labels), end or at + 1


def record(owner, kind, cls, data):
    return name(owner) + struct.pack("!HHIH", kind, cls, 120, len(data)) + data


def answer():
    records = [
        record(SERVICE, PTR, IN, name(INSTANCE)),
        record(INSTANCE, SRV, IN | FLUSH, struct.pack("!HHH", 0, 0, 4200) + name(HOST)),
        record(HOST, A, IN | FLUSH, socket.inet_aton(ADDRESS)),
    ]
    return struct.pack("!HHHHHH", 0, 0x8400, 0, 1, 0, 2) + b"".join(records)


def asks_for_service(data):
    count, at = struct.unpack("!H", data[4:6])[0], 12
    is_response = data[2] & 0x80
    for _ in range(count):
        asked, at = read_name(data, at)
        kind = struct.unpack("!H", data[at : at + 2])[0]
        at += 4
        if not is_response and asked == SERVICE and kind == PTR:
            return True
    return False


def forward(port, target):
    server = socket.create_server((ADDRESS, port))
    while True:
        client, _ = server.accept()
        board = socket.create_connection(("127.0.0.1", target))
        for source, sink in ((client, board), (board, client)):
            threading.Thread(target=pump, args=(source, sink), daemon=True).start()


def pump(source, sink):
    try:
        while data := source.recv(4096):
            sink.sendall(data)
    except OSError:
        pass
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def broadcast():
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    while True:
        sender.sendto(f"tcp://{ADDRESS}:4201\n{UID}".encode(), (BROADCAST, 50000))
        time.sleep(0.2)


ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
ear.bind(("", PORT))
membership = socket.inet_aton(GROUP) + socket.inet_aton(ADDRESS)
ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
ear.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(ADDRESS))
for job, args in ((forward, (4200, 4100)), (forward, (4201, 4101)), (broadcast, ())):
    threading.Thread(target=job, args=args, daemon=True).start()
print("ready", flush=True)
while True:
    packet, (sender, _) = ear.recvfrom(9000)
    if asks_for_service(packet):
        ear.sendto(answer(), (GROUP, PORT))
        print("asked by", sender, flush=True)
