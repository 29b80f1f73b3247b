# Has builtins.input be the input() of input_hook.py: assigning to builtins changes what a bare name
# means, not what the module has (py/objmodule.c, module_attr). So the module stands behind a proxy.
def _iot():
    import builtins, sys

    class Builtins:
        def __getattr__(self, name):
            return getattr(own, name)

    own = builtins
    proxy = Builtins()
    proxy.input = input
    proxy._iot_own = own
    sys.modules["builtins"] = proxy
    for name, value in list(globals().items()):
        if value is own:
            globals()[name] = proxy


_iot()
del _iot
