# Prints who the board is, a line each: UID, sys.platform, implementation, version, machine, and a
# word that it keeps for as long as its interpreter lives: the one it was given first.
# A function, so that nothing stays behind in the user's namespace. Runs on MicroPython 1.9.
def _iot():
    import sys

    uid = b""
    try:
        from machine import unique_id

        uid = unique_id()
    except (ImportError, AttributeError):
        try:
            from microcontroller import cpu

            uid = cpu.uid
        except (ImportError, AttributeError):
            pass
    machine = ""
    try:
        from os import uname

        machine = uname().machine
    except (ImportError, AttributeError):
        pass
    print(":".join("%02x" % b for b in uid))
    print(sys.platform)
    print(sys.implementation.name)
    print(".".join(str(n) for n in sys.implementation.version[:3]))
    print(machine)
    life = ""
    try:
        life = sys.modules.setdefault("_iot_life", "LIFE")
    except (AttributeError, TypeError, MemoryError):
        pass
    print(life)


_iot()
del _iot
