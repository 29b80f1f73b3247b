# Prints what is in a folder, a line each: d for a folder, f for a file, and the name.
def _iot_folder(path):
    os = __import__("os")
    try:
        for e in os.ilistdir(path):
            n = e[0]
            print(("d" if e[1] == 16384 else "f") + (n if isinstance(n, str) else n.decode()))
    except AttributeError:
        for n in os.listdir():
            print("f" + n)
