# The board's `machine` module: identity, reset, clock and a pin that remembers its value.

import time
import board_facts

PWRON_RESET = 1
HARD_RESET = 2
WDT_RESET = 3
DEEPSLEEP_RESET = 4
SOFT_RESET = 5

# What only the board itself can do goes through this descriptor.
_control = open(6, "wb", buffering=0)
_frequency = board_facts.frequency


def unique_id():
    return board_facts.uid


def reset():
    _control.write("reset")


def soft_reset():
    raise SystemExit


def reset_cause():
    return board_facts.reset_cause


def bootloader(timeout=None):
    _control.write("bootloader")


def freq(hz=None):
    global _frequency
    if hz is None:
        return _frequency
    _frequency = hz


def idle():
    time.sleep_ms(1)


def lightsleep(ms=None):
    while ms is None:
        time.sleep_ms(1000)
    time.sleep_ms(ms)


def deepsleep(ms=None):
    lightsleep(ms)
    _control.write("deepsleep")


def disable_irq():
    return 0


def enable_irq(state=0):
    pass


def _milliseconds(y, mo, d, h, mi, s, us):
    seconds = time.mktime((y, mo, d, h, mi, s, 0, 0)) + board_facts.epoch_offset
    return seconds * 1000 + us // 1000


class Pin:
    IN = 1
    OUT = 3
    OPEN_DRAIN = 7
    PULL_UP = 2
    PULL_DOWN = 1
    IRQ_RISING = 1
    IRQ_FALLING = 2
    _levels = {}

    def __init__(self, id, mode=-1, pull=-1, *, value=None):
        self._id = id
        self.init(mode, pull, value=value)

    def init(self, mode=-1, pull=-1, *, value=None):
        if value is not None:
            self.value(value)

    def value(self, x=None):
        if x is None:
            return Pin._levels.get(self._id, 0)
        Pin._levels[self._id] = 1 if x else 0

    def __call__(self, x=None):
        return self.value(x)

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)

    def toggle(self):
        self.value(not self.value())

    def irq(self, handler=None, trigger=3):
        pass

    def __repr__(self):
        return "Pin(%s)" % self._id


class RTC:
    def datetime(self, when=None):
        if when is None:
            t = time.time_ns()
            y, mo, d, h, mi, s, weekday, _ = time.gmtime(t // 1000000000)
            return (y, mo, d, weekday, h, mi, s, t // 1000 % 1000000)
        y, mo, d, _, h, mi, s, us = when
        _control.write("clock %d" % _milliseconds(y, mo, d, h, mi, s, us))

    def init(self, when):
        y, mo, d, h, mi, s, us = (tuple(when) + (0,) * 7)[:7]
        self.datetime((y, mo, d, 0, h, mi, s, us))
