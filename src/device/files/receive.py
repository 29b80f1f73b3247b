# Receives files as one stream of records in blocks (docs/transfer.md). Asks for each block with 06,
# says 1a and the next number from first on for each file that is whole and in its place, and 15 with
# an error number for one that is not. get(n) reads n bytes; crc, decode and inflate say what a block
# holds; width is a digest's, step a ring's half.
def receive(get, crc, decode, inflate, width, step, first):
    import sys
    from io import BytesIO

    put = sys.stdout.write
    s = None
    k = 0

    def take(n):
        nonlocal s
        while 1:
            d = s and s.read(n)
            if d:
                return d
            s = None
            put("\x06")
            h = get(1)
            # What fills up a block that lost bytes on its way.
            while h == b"\n":
                h = get(1)
            h += get(12)
            left = int(h[1:5], 16)
            d = b""
            # By request: no more than two steps are under way, and each that came is answered.
            while h[0] < 97 and left > 2 * step:
                d += get(step)
                left -= step
                put("\x06")
            d += get(left)
            if crc(d, h[0]) != int(h[5:], 16):
                raise ValueError("block")
            s = BytesIO(decode(d))
            if h[0] & 95 == 90:
                s = inflate(s)

    def exact(n):
        d = b""
        while len(d) < n:
            d += take(n - len(d))
        return d

    try:
        while 1:
            h = exact(24)
            n = int(h[:4], 16)
            if not n:
                return
            size = int(h[8:16], 16)
            at = int(h[16:], 16)
            d = exact(n)
            path = str(d, "utf8")
            part = str(d[: int(h[4:8], 16)], "utf8") + ".iot-part"
            wanted = exact(width)
            if isdir(path):
                raise OSError(21)
            f = start(part, at)
            try:
                while at < size:
                    d = take(min(1024, size - at))
                    at += len(d)
                    f.write(d)
            finally:
                f.close()
            if digest(part) != wanted:
                put("\x15%d,0\n" % k)
                return
            move(part, path)
            put("\x1a%d\n" % (first + k))
            k += 1
    except OSError as e:
        put("\x15%d,%d\n" % (k, e.args[0]))


# Opens a part file, to go on at an offset if there is so much of it already.
def start(part, at):
    if at:
        if os.stat(part)[6] < at:
            raise ValueError("part")
        f = open(part, "r+b")
        f.seek(at)
        return f
    try:
        return open(part, "wb")
    except OSError as e:
        if e.args[0] != 2:
            raise e
    i = part.find("/", 1)
    while i > 0:
        if not isdir(part[:i]):
            os.mkdir(part[:i])
        i = part.find("/", i + 1)
    return open(part, "wb")
