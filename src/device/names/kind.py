# A letter for what an object is: a module, class, property, function, or anything else. Asks types
# only. Old boards have no properties.
def _iot_kind(v):
    try:
        P = property
    except NameError:
        P = None
    c = type(v)
    if c is type:
        return "c"
    if c is type(__import__("sys")):
        return "m"
    if c is P:
        return "p"
    return "f" if callable(v) else "i"
