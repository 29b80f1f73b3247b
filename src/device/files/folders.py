# Makes folders, and those above them.
def folders(paths):
    global at
    for at, p in enumerate(paths):
        parts = p.split("/")
        for i in range(2, len(parts) + 1):
            p = "/".join(parts[:i])
            kind = isdir(p)
            if kind is None:
                os.mkdir(p)
            elif not kind:
                raise OSError(20)
