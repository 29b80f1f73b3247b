# What is said of one value: its letter, or the value itself; what holds its bytes; and what goes
# through its parts.
def _iot_part(v):
    t = type(v)
    if v is None or t is bool or t is int:
        return str(v), 0, 0
    b = __import__("builtins")
    y = (list, tuple, dict, set, getattr(b, "frozenset", 0))
    if t in y:
        return "LTDEZ"[y.index(t)] + str(len(v)), 0, iter(v.items() if t is dict else v)
    p = __import__("struct").pack
    if t is float:
        return "f" + repr(p("<d", v)), 0, 0
    if t is getattr(b, "complex", 0):
        return "c" + repr(p("<dd", v.real, v.imag)), 0, 0
    return _iot_block(v)
