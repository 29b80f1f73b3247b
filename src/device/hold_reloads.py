# Switches CircuitPython's autoreload off, and prints where it was on: "runtime" since version 8,
# "supervisor" before, which does not tell whether it was.
def _iot():
    import supervisor

    try:
        on = supervisor.runtime.autoreload
        supervisor.runtime.autoreload = False
        print("runtime" if on else "off")
    except AttributeError:
        try:
            supervisor.disable_autoreload()
            print("supervisor")
        except AttributeError:
            print("none")


_iot()
del _iot
