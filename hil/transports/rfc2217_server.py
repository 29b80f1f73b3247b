"""pyserial's RFC 2217 server in front of pyserial's loop-back port, for one client.

The port sends back what it is sent; its CTS is its RTS, its DSR and DCD are its DTR. Prints the
TCP port, then what the client sets, one thing a line.
"""

import socket
import sys
import threading

import serial
import serial.rfc2217


class Connection:
    def __init__(self, sock):
        self.sock = sock
        self.lock = threading.Lock()

    def write(self, data):
        with self.lock:
            self.sock.sendall(data)


def tell(port, manager, settings):
    """Tells both sides of what has changed."""
    now = (port.baudrate, port.bytesize, port.parity, port.stopbits, port.dtr, port.rts)
    if now != settings:
        print(*now, flush=True)
        manager.check_modem_lines()
    return now


def serve(sock):
    connection = Connection(sock)
    with serial.serial_for_url("loop://", timeout=0.02) as port:
        manager = serial.rfc2217.PortManager(port, connection)

        def pump():
            while port.is_open:
                data = port.read(port.in_waiting or 1)
                if data:
                    connection.write(b"".join(manager.escape(data)))

        threading.Thread(target=pump, daemon=True).start()
        settings = None
        while data := sock.recv(1024):
            payload = b"".join(manager.filter(data))
            if payload:
                port.write(payload)
            settings = tell(port, manager, settings)


with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    client, _ = listener.accept()
    # A test that ends early must not leave this behind.
    client.settimeout(60)
    try:
        serve(client)
    except OSError:
        sys.exit(0)
