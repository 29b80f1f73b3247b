# Prints the board's time, "year month day hour minute second", or "none" where it keeps none.
def _iot():
    try:
        from time import localtime
    except ImportError:
        try:
            from utime import localtime  # ports of long ago
        except ImportError:
            return print("none")
    print(" ".join(str(n) for n in tuple(localtime())[:6]))


_iot()
del _iot
