# The board's `machine` module: identity, reset and clock; pins and PWM that remember what they were
# told; an ADC; buses with nothing connected to them.

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


class PWM:
    def __init__(self, dest, *, freq=5000, duty_u16=32768, duty_ns=None):
        self._dest = dest
        self.init(freq=freq, duty_u16=duty_u16, duty_ns=duty_ns)

    def init(self, *, freq=None, duty_u16=None, duty_ns=None):
        if freq is not None:
            self.freq(freq)
        if duty_u16 is not None:
            self.duty_u16(duty_u16)
        if duty_ns is not None:
            self.duty_ns(duty_ns)

    def deinit(self):
        self._duty = 0

    def freq(self, hz=None):
        if hz is None:
            return self._freq
        if hz <= 0:
            raise ValueError("freq")
        self._freq = hz

    def duty_u16(self, duty=None):
        if duty is None:
            return self._duty
        if not 0 <= duty <= 65535:
            raise ValueError("duty_u16")
        self._duty = duty

    def duty_ns(self, ns=None):
        if ns is None:
            return self._duty * 1000000000 // (65535 * self._freq)
        self.duty_u16(ns * self._freq * 65535 // 1000000000)

    def __repr__(self):
        return "PWM(%s, freq=%d, duty_u16=%d)" % (self._dest, self._freq, self._duty)


class ADC:
    # Half of the 3.3 V that it measures up to, always.
    def __init__(self, dest, **options):
        self._dest = dest

    def read_u16(self):
        return 32768

    def read_uv(self):
        return 1650000

    def __repr__(self):
        return "ADC(%s)" % self._dest


class I2C:
    def __init__(self, id=-1, **options):
        pass

    def init(self, **options):
        pass

    def deinit(self):
        pass

    def scan(self):
        return []

    # Nobody acknowledges the address.
    def writeto(self, addr, *rest):
        raise OSError(19)

    readfrom = readfrom_into = writevto = writeto
    readfrom_mem = readfrom_mem_into = writeto_mem = writeto


class SoftI2C(I2C):
    def __init__(self, scl, sda, **options):
        pass


class SPI:
    MSB = 0
    LSB = 1

    def __init__(self, id=-1, *rest, **options):
        pass

    def init(self, *rest, **options):
        pass

    def deinit(self):
        pass

    def write(self, buf):
        pass

    # Nobody drives the line: it reads as zeros.
    def read(self, nbytes, write=0):
        return bytes(nbytes)

    def readinto(self, buf, write=0):
        buf[:] = bytes(len(buf))

    def write_readinto(self, write_buf, read_buf):
        self.readinto(read_buf)


class SoftSPI(SPI):
    pass


class UART:
    def __init__(self, id, *rest, **options):
        pass

    def init(self, *rest, **options):
        pass

    def deinit(self):
        pass

    def any(self):
        return 0

    def read(self, *rest):
        return None

    readinto = readline = read

    def write(self, buf):
        return len(buf)

    def flush(self):
        pass

    def txdone(self):
        return True


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
