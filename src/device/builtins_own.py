# Undoes builtins_input.py.
def _iot():
    import sys

    proxy = sys.modules.pop("builtins", None)
    own = getattr(proxy, "_iot_own", None)
    for name, value in list(globals().items()):
        if own and value is proxy:
            globals()[name] = own


_iot()
del _iot
