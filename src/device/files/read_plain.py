# Says what a file holds, as Python literals, and the digest of all of it.
def read(path):
    kind = isdir(path)
    if kind is None:
        raise OSError(2)
    if kind:
        raise OSError(21)
    with open(path, "rb") as f:
        while 1:
            d = f.read(64)
            if not d:
                break
            say(repr(d))
    say(repr(digest(path)))
