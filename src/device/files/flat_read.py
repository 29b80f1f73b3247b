# Says what a file holds, as Python literals.
def _iot_do(n):
    f = open(n, "rb")
    d = f.read(32)
    while d:
        _iot_say(repr(d))
        d = f.read(32)
    f.close()
