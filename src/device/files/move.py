# Puts a part file in its place.
def move(part, path):
    try:
        os.rename(part, path)
    except OSError:
        if isdir(path) is not False:
            raise
        # A file system that renames over nothing.
        os.remove(path)
        os.rename(part, path)
