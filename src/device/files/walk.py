# Goes through folders on all kinds of board: entries() yields name, whether it is a folder, its size
# and when it was written; isdir() tells what a path is, None where nothing is.
import os


def entries(path):
    base = path if path[-1:] == "/" else path + "/"
    for n in os.listdir(path):
        s = os.stat(base + n)
        yield n, s[0] & 16384, s[6], s[8]


def isdir(path):
    if path == "/":
        return True
    try:
        return os.stat(path)[0] & 16384 != 0
    except OSError as e:
        if e.args[0] in (2, 19, 20):
            return None
        raise e
