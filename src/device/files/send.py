# Sends a file from an offset on, in pieces with a CRC each, and then its digest (docs/transfer.md).
# Only 04, which would end the answer, and what begins an escape are escaped.
def send(path, at, step):
    import sys
    from binascii import crc32

    put = sys.stdout.buffer.write

    def piece(d):
        c = crc32(d)
        d += bytes((c >> 24, c >> 16 & 255, c >> 8 & 255, c & 255))
        put(d.replace(b"\x10", b"\x10p").replace(b"\x04", b"\x10d"))

    kind = isdir(path)
    if kind is not False:
        return put(b"\x15%d\n" % (21 if kind else 2))
    with open(path, "rb") as f:
        put(b"\x16%d\n" % os.stat(path)[6])
        f.seek(at)
        while 1:
            d = f.read(step)
            if not d:
                break
            piece(d)
    piece(digest(path))
