# Runs before boot.py at every start, with the board's read-only modules in reach. It tells the board
# where the interpreter keeps what has to be changed, and leaves nothing behind in __main__.


def _start():
    import sys
    import js
    import jsffi
    import micropython

    control = open(6, "wb", buffering=0)

    def tell(what, *objects):
        control.write(what + "".join(" %d" % id(o) for o in objects))

    tell("remove", "js", js)
    tell("remove", "jsffi", jsffi)
    tell("descriptor-0", sys.stdin)
    tell("descriptor-3", sys.stdin.buffer)
    tell("descriptor-4", sys.stdout.buffer)
    tell("descriptor-5", sys.stdout)
    tell("text-platform", sys.platform)
    tell("text-machine", sys.implementation[2])
    tell("text-version", sys.version)
    tell("items-release", sys.implementation[1])

    import os
    import board_facts

    tell("item-name", sys.implementation, sys.platform)

    os.uname = lambda: board_facts.uname
    os.sync = lambda: None
    # Boards give a file's size as the fourth item (extmod/vfs_lfsx.c, vfs_fat.c), VfsPosix does not.
    ilistdir = os.ilistdir
    stat = os.stat

    def entries(path):
        prefix = path if not path or path.endswith("/") else path + "/"
        for name, kind, _ in ilistdir(path or "."):
            yield (name, kind, 0, stat(prefix + name)[6])

    # Checked at the call, not at the first step, as a board does.
    os.ilistdir = lambda path="": (stat(path or "."), entries(path))[1]
    if hasattr(os, "VfsPosix"):
        del os.VfsPosix

    # Boards count whole seconds, some of them from the year 2000 (docs, library/time).
    import time

    offset = board_facts.epoch_offset
    seconds, ns, gmtime, mktime = time.time, time.time_ns, time.gmtime, time.mktime
    time.time = lambda: int(seconds()) - offset
    time.time_ns = lambda: ns() - offset * 1000000000
    time.gmtime = lambda t=None: gmtime((int(seconds()) if t is None else t + offset))
    time.localtime = time.gmtime
    time.mktime = lambda when: int(mktime(when)) - offset

    if board_facts.family == "circuitpython":
        import deflate
        import circuitpython

        tell("remove", "deflate", deflate)
    else:
        import gc

        # What is loaded next takes the place of what was needed to get here.
        gc.collect()
        import machine

        gc.collect()
        import asyncio_loop

        if hasattr(machine, "__file__"):
            del machine.__file__

    for name in ("js", "jsffi", "deflate", "board_facts", "asyncio_loop", "circuitpython"):
        sys.modules.pop(name, None)


_start()
del _start
del __file__
