# What tells contents apart: SHA-256.
def digest(path):
    import hashlib

    h = hashlib.sha256()
    b = bytearray(512)
    with open(path, "rb") as f:
        while 1:
            n = f.readinto(b)
            if not n:
                return h.digest()
            h.update(b if n == 512 else b[:n])
