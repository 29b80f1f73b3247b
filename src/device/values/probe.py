# Prints how much memory is free, and which types are missing.
def _iot_probe():
    try:
        import gc

        gc.collect()
        s = str(gc.mem_free())
    except (ImportError, AttributeError):
        s = "?"
    b = __import__("builtins")
    for n in ("complex", "set", "frozenset"):
        if not hasattr(b, n):
            s += " " + n
    try:
        import array
    except ImportError:
        s += " array"
    print(s)


_iot_probe()
del _iot_probe
