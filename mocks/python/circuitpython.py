# What CircuitPython has where MicroPython has `machine`: microcontroller, supervisor, storage, rtc, a
# board; and what its own modules have less. Runs at a start, with the board's read-only modules in
# reach.

import sys
import os
import time
import hashlib as _hashlib
from collections import namedtuple
import board_facts

_control = open(6, "wb", buffering=0)


# Modules cannot be made here: a class does. Functions in it are not bound.
def _module(name, **attributes):
    module = type(name, (), attributes)
    sys.modules[name] = module
    return module


class _Cpu:
    uid = bytearray(board_facts.uid)
    frequency = board_facts.frequency
    temperature = 25.0
    voltage = None
    reset_reason = None


def _reset():
    _control.write("reset")


_run_mode = type("RunMode", (), {"NORMAL": "NORMAL", "SAFE_MODE": "SAFE_MODE", "UF2": "UF2", "BOOTLOADER": "BOOTLOADER"})
_next_run_mode = ["NORMAL"]


def _on_next_reset(run_mode):
    _next_run_mode[0] = run_mode


def _reset_mode():
    if _next_run_mode[0] in ("UF2", "BOOTLOADER"):
        _control.write("bootloader")
    _reset()


_module(
    "microcontroller",
    cpu=_Cpu(),
    cpus=(_Cpu(),),
    reset=_reset_mode,
    on_next_reset=_on_next_reset,
    RunMode=_run_mode,
)


class _Runtime:
    usb_connected = True
    serial_connected = True

    def __init__(self):
        self._autoreload = board_facts.autoreload

    @property
    def autoreload(self):
        return self._autoreload

    @autoreload.setter
    def autoreload(self, on):
        self._autoreload = bool(on)
        _control.write("autoreload %d" % self._autoreload)

    @property
    def serial_bytes_available(self):
        import select

        p = select.poll()
        p.register(sys.stdin, 1)
        return len(p.poll(0))


_runtime = _Runtime()


def _set_autoreload(on):
    _runtime.autoreload = on


_supervisor = _module(
    "supervisor",
    runtime=_runtime,
    reload=lambda: _control.write("reload"),
    ticks_ms=time.ticks_ms,
)
# Deprecated in 8.0.0, gone in 9.0.0 (release notes).
if board_facts.release < (9,):
    _supervisor.enable_autoreload = lambda: _set_autoreload(True)
    _supervisor.disable_autoreload = lambda: _set_autoreload(False)


class _Mount:
    label = "CIRCUITPY"

    @property
    def readonly(self):
        return board_facts.readonly


def _remount(mount_path, readonly=False, *, disable_concurrent_write_protection=False):
    try:
        _control.write("remount %d" % bool(readonly))
    except OSError:
        raise RuntimeError("Cannot remount path when visible via USB.")


def _drive(on):
    try:
        _control.write("remount %d" % on)
    except OSError:
        raise RuntimeError("Cannot change USB devices now")


_module(
    "storage",
    remount=_remount,
    getmount=lambda path: _Mount(),
    disable_usb_drive=lambda: _drive(0),
    enable_usb_drive=lambda: _drive(1),
    VfsFat=_Mount,
)

_module("board", board_id=board_facts.board_id)

_struct_time = namedtuple(
    "struct_time",
    ("tm_year", "tm_mon", "tm_mday", "tm_hour", "tm_min", "tm_sec", "tm_wday", "tm_yday", "tm_isdst"),
)


def _struct(values):
    values = tuple(values)
    if len(values) != 9:
        raise TypeError("time.struct_time() takes a 9-sequence")
    return _struct_time(*values)


_gmtime, _mktime, _ticks_us = time.gmtime, time.mktime, time.ticks_us
_seconds = time.time


def _localtime(seconds=None):
    return _struct(tuple(_gmtime(_seconds() if seconds is None else seconds))[:8] + (-1,))


class _Rtc:
    calibration = 0

    @property
    def datetime(self):
        return _localtime()

    @datetime.setter
    def datetime(self, when):
        _control.write("clock %d" % (int(_mktime(tuple(when)[:8])) * 1000))


_module("rtc", RTC=_Rtc)

for _name in ("sleep_ms", "sleep_us", "ticks_add", "ticks_cpu", "ticks_diff", "ticks_ms", "ticks_us", "gmtime", "time_ns", "strftime"):
    if hasattr(time, _name):
        delattr(time, _name)
time.struct_time = _struct
time.localtime = _localtime
time.mktime = lambda when: int(_mktime(tuple(when)[:8]))
time.monotonic = lambda: _ticks_us() / 1000000
time.monotonic_ns = lambda: _ticks_us() * 1000
for _name in ("ilistdir", "mount", "umount", "path"):
    if hasattr(os, _name):
        delattr(os, _name)


class _Hash:
    def __init__(self, data):
        self._hash = _hashlib.sha256(data)

    digest_size = 32

    def update(self, data):
        self._hash.update(data)

    def digest(self):
        return self._hash.digest()


def _new(name, data=b""):
    if name != "sha256":
        raise ValueError("Unsupported hash algorithm")
    return _Hash(data)


_module("hashlib", new=_new)
