# Prints what an object has, a line each: the letter of its kind and the name. dir() of an instance
# reads its properties, but for MicroPython 1.9, where it looks at dictionaries; dir() of a class
# reads nothing. A class of the user's has a __qualname__, and its instances a __dict__.
def _iot_attributes(o):
    m = __import__("sys")
    t = type(o)
    w = t
    if t is type or t is type(m):
        w = o
    u = hasattr(t, "__qualname__")
    if w is o and t is not type and hasattr(o, "__getattr__"):
        d = o.__dict__
    elif "__class__" not in dir(0):
        d = dir(o) + (dir(t) if u else [])
    elif u:
        d = dir(t) + list(o.__dict__)
    else:
        d = dir(o if isinstance(o, (tuple, BaseException, type(m.implementation))) else w)
    for n in d:
        print(_iot_kind(getattr(w, n, None)) + n)
