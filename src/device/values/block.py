# The same of one that holds bytes. A micro:bit has no memoryview.
def _iot_block(v):
    t = type(v)
    a = __import__("array").array
    y = (str, bytes, bytearray, a)
    if t not in y:
        return "!" + str(t), 0, 0
    s = "A" + repr(v[:0])[7] if t is a else "SBY"[y.index(t)]
    try:
        m = memoryview(v)
    except NameError:
        m = bytes(v, "utf8") if t is str else bytes(v)
    return s + str(len(v)), m, 0
