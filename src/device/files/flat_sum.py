# Says the Adler-32 (RFC 1950) of files, as its two halves.
def _iot_do(*names):
    for n in names:
        a = 1
        b = 0
        f = open(n, "rb")
        d = f.read(32)
        while d:
            for c in d:
                a += c
                b += a
            a %= 65521
            b %= 65521
            d = f.read(32)
        f.close()
        _iot_say("%d %d" % (b, a))
