# Sets the board's clock; prints "none" where it has none to set. The call is added when it is sent.
def _iot(year, month, day, weekday, hour, minute, second):
    try:
        from rtc import RTC  # CircuitPython
        from time import struct_time

        RTC().datetime = struct_time((year, month, day, hour, minute, second, weekday, -1, -1))
        return
    except ImportError:
        pass
    try:
        from machine import RTC
    except ImportError:
        try:
            from pyb import RTC  # the pyboard, before it had machine.RTC
        except ImportError:
            return print("none")
    import sys

    # MicroPython docs, pyb.RTC: "weekday is 1-7 for Monday through Sunday"; elsewhere 0-6.
    if sys.platform == "pyboard":
        weekday += 1
    rtc = RTC()
    if hasattr(rtc, "datetime"):
        rtc.datetime((year, month, day, weekday, hour, minute, second, 0))
    else:
        rtc.init((year, month, day, hour, minute, second, 0, 0))  # machine.RTC of the CC3200
