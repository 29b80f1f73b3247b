# Says what is at a path, and what is in it: whether it is a folder, size, seconds, path.
def row(path, folder, size, time):
    say("%d %d %d %r" % (1 if folder else 0, size, time, path))


def below(path, deep):
    for n, folder, size, time in entries(path):
        p = (path if path[-1:] == "/" else path + "/") + n
        row(p, folder, 0 if folder else size, time)
        if folder and deep:
            below(p, deep)


def listing(path, deep):
    import time

    say(str(time.localtime(0)[0] if hasattr(time, "localtime") else 1970))
    kind = isdir(path)
    if kind:
        return below(path, deep)
    if kind is None:
        raise OSError(2)
    s = os.stat(path)
    row(path, 0, s[6], s[8])
