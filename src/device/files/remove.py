# Removes files and empty folders. What is not there is no error.
def remove(paths):
    global at
    for at, p in enumerate(paths):
        kind = isdir(p)
        if kind:
            os.rmdir(p)
        elif kind is False:
            os.remove(p)
