# Puts a part file in its place if it holds what it should.
def place(part, path, wanted):
    if digest(part) != wanted:
        return say("wrong")
    if isdir(path):
        raise OSError(21)
    move(part, path)
    say("placed")
