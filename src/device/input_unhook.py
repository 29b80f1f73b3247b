# Gives input() back.
def _iot():
    import builtins

    try:
        del builtins.input
    except (AttributeError, KeyError):
        pass


_iot()
del _iot
