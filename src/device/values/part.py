# What is said of one value: its letter or the value itself, what holds its bytes, and what goes
# through its parts. A micro:bit has no memoryview and no __name__.
def _iot_part(v):
    b = __import__("builtins")
    t = type(v)
    if v is None or t is bool or t is int:
        return str(v), 0, 0
    from array import array
    import struct

    if t is float:
        return "f" + repr(struct.pack("<d", v)), 0, 0
    y = (list, tuple, dict, set, getattr(b, "frozenset", 0))
    if t in y:
        return "LTDEZ"[y.index(t)] + str(len(v)), 0, iter(v.items() if t is dict else v)
    y = (str, bytes, bytearray, array)
    if t in y:
        s = "SBY"[y.index(t)] if t is not array else "A" + repr(v[:0])[7]
        try:
            m = memoryview(v)
        except NameError:
            m = bytes(v, "utf8") if t is str else bytes(v)
        return s + str(len(v)), m, 0
    if t is getattr(b, "complex", 0):
        return "c" + repr(struct.pack("<dd", v.real, v.imag)), 0, 0
    return "!" + str(t), 0, 0
