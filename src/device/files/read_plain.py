# Says what a file holds, in base64 or as Python literals, and the digest of all of it.
def read(path, encode):
    kind = isdir(path)
    if kind is None:
        raise OSError(2)
    if kind:
        raise OSError(21)
    with open(path, "rb") as f:
        while 1:
            d = f.read(192 if encode else 64)
            if not d:
                break
            say(str(encode(d), "utf8").strip() if encode else repr(d))
    say(repr(digest(path)))
