# Prints what an object is: its kind, its type, and its value where showing that runs nothing of the
# user's, or where it is wanted all the same. Showing a container shows all that it holds; so do
# methods, views and closures. No recursion: a micro:bit has no stack for it.
def _iot_describe(o, show):
    if _iot_kind(o) == "f":
        show = 0
    unsafe = (type({}.items()), super, slice)
    todo = [o]
    for x in todo:
        t = type(x)
        if show or len(todo) > 100:
            break
        if hasattr(t, "__qualname__") or t in unsafe or (callable(x) and t is not type):
            todo = None
            break
        if isinstance(x, BaseException):
            x = x.args
        if isinstance(x, (dict, list, tuple, set)) and len(x) > 100:
            todo = None
            break
        if isinstance(x, dict):
            todo += list(x.keys()) + list(x.values())
        elif isinstance(x, (list, tuple, set)):
            todo += list(x)
    print(_iot_kind(o))
    print(type(o))
    if show or todo and len(todo) <= 100:
        print(repr(o[:300] if type(o) in (str, bytes, bytearray) else o))
