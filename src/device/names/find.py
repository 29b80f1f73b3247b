# Follows attributes from an object without running a line of the user's: no property, descriptor or
# __getattr__. What cannot be had without them raises. A class of the user's has a __qualname__, its
# instances a __dict__; MicroPython 1.9 has that for neither instances nor modules, so that asking
# sys for it first ends the matter. What built-in types compute, only some may: a sensor's reading is
# as likely as a tuple's name.
def _iot_find(o, *path):
    m = __import__("sys")
    for n in path:
        t = type(o)
        v = w = 0
        if t is type(m):
            w = o
        elif t is not type:
            v = getattr(t, n, None)
            if v is None:
                w = t
                if not (hasattr(t, "__qualname__") or _iot_plain(o)):
                    raise KeyError
            if _iot_kind(v) == "p" or hasattr(type(v), "__get__"):
                raise KeyError
        o = (m.__dict__ and o.__dict__)[n] if hasattr(w, "__getattr__") else getattr(o, n)
    return o
