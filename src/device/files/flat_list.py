# Says what files there are, on a board without folders: size and name.
def _iot_do():
    import os

    for n in os.listdir():
        _iot_say("%d %r" % (os.size(n), n))
