# A letter for what an object is: a class, module, property, function, or anything else. Asks types
# only. Old boards have no properties.
def _iot_kind(v):
    c = type(v)
    if c is type:
        return "c"
    if c is type(__import__("sys")):
        return "m"
    try:
        if c is property:
            return "p"
    except NameError:
        pass
    return "f" if callable(v) else "i"
