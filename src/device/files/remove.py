# Removes files and empty folders. What is not there is no error.
def remove(paths):
    global at
    for at, p in enumerate(paths):
        kind = isdir(p)
        if kind is None:
            continue
        if not hasattr(os, "mkdir"):
            p = p[1:]
        if kind:
            os.rmdir(p)
        else:
            os.remove(p)
