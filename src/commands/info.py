# Prints what a board knows of itself, a line each, label and value with a tab between. Whatever a
# board does not know is left out. Runs on MicroPython 1.9 and CircuitPython.
def _iot():
    import gc

    def tell(label, what):
        try:
            print(label + "\t" + what())
        except (ImportError, AttributeError, OSError, ValueError, TypeError):
            pass

    def memory():
        gc.collect()
        return "%d bytes free of %d" % (gc.mem_free(), gc.mem_free() + gc.mem_alloc())

    def flash():
        from os import statvfs

        s = statvfs("/")
        return "%d KB free of %d" % (s[0] * s[3] // 1024, s[1] * s[2] // 1024)

    def clock():
        try:
            from microcontroller import cpu

            hz = cpu.frequency
        except ImportError:
            from machine import freq

            hz = freq()
        if not isinstance(hz, int):
            hz = hz[0]
        return "%g MHz" % (hz / 1000000)

    def writable():
        from storage import getmount

        return "read-only to programs" if getmount("/").readonly else "writable"

    def cause():
        try:
            from microcontroller import cpu

            return str(cpu.reset_reason).split(".")[-1].lower()
        except ImportError:
            import machine

            which = machine.reset_cause()
            for name in ("PWRON", "HARD", "WDT", "DEEPSLEEP", "SOFT"):
                if getattr(machine, name + "_RESET", None) == which:
                    return name.lower()
            return str(which)

    tell("memory", memory)
    tell("flash", flash)
    tell("files", writable)
    tell("clock", clock)
    tell("last reset", cause)


_iot()
del _iot
