# Puts a part file in its place if it holds what it should.
def place(part, path, wanted):
    if digest(part) != wanted:
        return say("wrong")
    if part != path:
        if isdir(path):
            raise OSError(21)
        try:
            os.rename(part, path)
        except OSError:
            if isdir(path) is None:
                raise
            # A file system that renames over nothing.
            os.remove(path)
            os.rename(part, path)
    say("placed")
