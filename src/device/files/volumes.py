# Says what is mounted where: bytes, bytes that are free, whether it is read-only (-1: not known),
# path. A folder of the root that is no part of its file system says other figures than the root.
def volume(path, s):
    ro = -1
    try:
        import storage

        ro = 1 if storage.getmount(path).readonly else 0
    except (ImportError, OSError):
        pass
    say("%d %d %d %r" % (s[1] * s[2], s[0] * s[3], ro, path))


def volumes():
    if not hasattr(os, "statvfs"):
        return
    try:
        root = os.statvfs("/")
    except OSError:
        root = None
    if root and root[2]:
        volume("/", root)
    for n, folder, _, _ in entries("/"):
        if folder:
            s = os.statvfs("/" + n)
            if s != root:
                volume("/" + n, s)
