# A main.py that serves a prompt beside its other tasks, as a program with micropython-lib's aiorepl
# does (version 0.2): the same texts and the same answers to control characters, in a few lines. It
# has no history, no arrow keys, and no `await` at its prompt.

import asyncio
import micropython
import select
import sys

_poll = select.poll()
_poll.register(sys.stdin, select.POLLIN)
_globals = __import__("__main__").__dict__
_write = sys.stdout.write
ticks = 0


async def _key():
    await asyncio.sleep_ms(0)
    while not _poll.poll(0):
        await asyncio.sleep_ms(2)
    return sys.stdin.read(1)


def _show(result):
    if result is not None:
        _write(repr(result) + "\n")


# Ctrl-C ends what runs at the prompt; what the raw REPL runs it does not end.
def _execute(code):
    if not code.strip():
        return
    try:
        micropython.kbd_intr(3)
        try:
            return eval(code, _globals)
        except SyntaxError:
            return exec(code, _globals)
    except KeyboardInterrupt:
        pass
    except Exception as error:
        print("{}: {}".format(type(error).__name__, error))
    finally:
        micropython.kbd_intr(-1)


_WINDOW = 512


async def _raw_paste():
    _write("R\x01" + chr(_WINDOW & 255) + chr(_WINDOW >> 8) + "\x01")
    text = ""
    left = _WINDOW
    while True:
        key = await _key()
        if key == "\x03":
            _write("\x04")
            raise KeyboardInterrupt
        if key == "\x04":
            _write("\x04")
            return text
        text += key
        left -= 1
        if not left:
            _write("\x01")
            left = _WINDOW


async def _raw():
    heading = "raw REPL; CTRL-B to exit\n"
    _write(heading)
    while True:
        _write(">")
        line = ""
        while True:
            key = await _key()
            if key == "\x01":
                command, line = line, ""
                if command == "\x05A":
                    line = await _raw_paste()
                    break
                if not (len(command) == 2 and command[0] == "\x05"):
                    _write(heading + ">")
            elif key == "\x02":
                _write("\n")
                return
            elif key == "\x03":
                line = ""
            elif key == "\x04":
                _write("OK")
                break
            else:
                line += key
        if not line:
            # A soft reset is not done, only claimed.
            _write("Ignored: soft reboot\n" + heading)
        try:
            exec(line, _globals)
            _write("\x04")
        except Exception as error:
            # It does say the code again.
            print(line)
            _write("\x04")
            sys.print_exception(error, sys.stdout)
        _write("\x04")


async def _repl():
    print("Starting asyncio REPL...")
    micropython.kbd_intr(-1)
    try:
        while True:
            _write("--> ")
            line = ""
            while True:
                key = await _key()
                if key == "\n":
                    _write("\n")
                    _show(_execute(line))
                    break
                elif key in "\x08\x7f":
                    if line:
                        line = line[:-1]
                        _write("\x08 \x08")
                elif key == "\x01":
                    await _raw()
                    break
                elif key == "\x03":
                    _write("\n")
                    break
                elif key == "\x04":
                    # Only Ctrl-D ends the program, and with it all tasks.
                    _write("\n")
                    return
                elif " " <= key <= "~":
                    line += key
                    _write(key)
    finally:
        micropython.kbd_intr(3)


async def _tick():
    global ticks
    while True:
        ticks += 1
        await asyncio.sleep_ms(20)


async def _main():
    task = asyncio.create_task(_tick())
    await _repl()
    task.cancel()


asyncio.run(_main())
