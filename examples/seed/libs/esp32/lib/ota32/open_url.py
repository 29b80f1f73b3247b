"""A file of a web server, to be read piece by piece."""

import socket


def open_url(host, path, port=80):
    s = socket.socket()
    s.connect(socket.getaddrinfo(host, port)[0][-1])
    s.write(b"GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" % (path.encode(), host.encode()))
    status = s.readline()
    if b" 200 " not in status:
        s.close()
        raise OSError("%s: %s" % (path, status))
    while s.readline() not in (b"\r\n", b""):
        pass
    return s
