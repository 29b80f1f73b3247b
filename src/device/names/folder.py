# Prints what is in a folder, a line each: d for a folder, f for a file, and the name. CircuitPython
# has no ilistdir, a micro:bit neither that nor folders.
def _iot_folder(path):
    os = __import__("os")
    if hasattr(os, "ilistdir"):
        for e in os.ilistdir(path):
            n = e[0]
            print(("d" if e[1] & 16384 else "f") + (n if isinstance(n, str) else n.decode()))
    elif hasattr(os, "stat"):
        path = path or "."
        for n in os.listdir(path):
            print(("d" if os.stat(path + "/" + n)[0] & 16384 else "f") + n)
    else:
        for n in os.listdir():
            print("f" + n)
