# Prints what an object has, a line each: the letter of its kind and the name. dir() of an instance
# reads its properties, but for MicroPython 1.9, where it looks at dictionaries and knows no
# __class__; dir() of a class reads nothing.
def _iot_attributes(o):
    t = type(o)
    m = t is type(__import__("sys"))
    w = o if m or t is type else t
    if m and hasattr(o, "__getattr__"):
        d = o.__dict__
    elif hasattr(t, "__qualname__"):
        d = dir(t) + (list(o.__dict__) if "__class__" in dir(0) else dir(o))
    else:
        d = dir(o if _iot_plain(o) else w)
    for n in d:
        print(_iot_kind(getattr(w, n, None)) + n)
