# What tells contents apart on a board without hashlib: Adler-32 (RFC 1950), as its four bytes.
def digest(path):
    a = 1
    b = 0
    with open(path, "rb") as f:
        while 1:
            d = f.read(64)
            if not d:
                return bytes((b >> 8, b & 255, a >> 8, a & 255))
            for c in d:
                a = (a + c) % 65521
                b = (b + a) % 65521
