# Prints the modules that can be imported: the words of help('modules'), then what is loaded, then
# the files and folders of a package, or of every folder that is searched. Imports nothing. A small
# board has neither sys.path nor folders.
def _iot_modules(package):
    import sys

    if not package:
        try:
            help("modules")
        except NameError:
            pass
    print()
    for n in getattr(sys, "modules", ()):
        print(n)
    print()
    os = __import__("os")
    for p in getattr(sys, "path", ("",)):
        try:
            f = os.listdir(p + "/" + package if package else p) if p or package else os.listdir()
            for n in f:
                print(n)
        except OSError:
            pass
