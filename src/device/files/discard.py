# Removes parts of files. One that is whole, and whose file is gone, stays: the board was just about
# to put it in place, and the next sync does.
def discard(parts):
    global at
    for at, (p, path, size) in enumerate(parts):
        if isdir(p) is not False:
            continue
        if isdir(path) is None and os.stat(p)[6] == size:
            continue
        os.remove(p)
