# Prints the names in __main__, and on request those that are built in, a line each: the letter of
# its kind and the name.
def _iot_main(builtin):
    for n, v in globals().items():
        if n[:5] != "_iot_":
            print(_iot_kind(v) + n)
    if builtin:
        print()
        b = __import__("builtins")
        for n in dir(b):
            print(_iot_kind(getattr(b, n)) + n)
