# Follows attributes from an object without running a line of the user's: no property, __getattr__ or
# descriptor. What cannot be had without them raises. Instances keep their own in __dict__, which
# MicroPython 1.9 has for neither instances nor modules.
def _iot_find(o, *path):
    m = __import__("sys")
    M = type(m)
    for n in path:
        t = type(o)
        w = t
        if t is not M and t is not type:
            v = getattr(t, n, None)
            if _iot_kind(v) == "p" or hasattr(type(v), "__get__"):
                raise AttributeError
            if v is None and not hasattr(t, "__qualname__"):
                if not isinstance(o, (tuple, BaseException, type(m.implementation))):
                    raise AttributeError
            elif v is not None:
                w = None
        else:
            w = o if t is M else None
        if w and hasattr(w, "__getattr__"):
            if not hasattr(m, "__dict__"):
                raise AttributeError
            o = o.__dict__[n]
        else:
            o = getattr(o, n)
    return o
