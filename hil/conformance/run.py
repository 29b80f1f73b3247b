"""Runs one group of checks and says how each went: a JSON line each on standard output.

  run.py GROUP        GROUP is the name of a module beside this file, e.g. checks_execute

  {"checks": ["A silent cell publishes nothing but busy and idle", ...]}
  {"failure": null, or why the first failed}
  ...

All checks of a group share a kernel with a simulated board, one after the other; one that fails
leaves a new kernel to the next. None can hang: SIGALRM ends it.
"""

import importlib
import inspect
import json
import signal
import sys
import traceback

from kernel import Kernel

# The longest that a check may take; each of its waits has a deadline of its own.
CHECK_S = 50


class Late(BaseException):
    """A check that did not end by itself. No `except Exception` is to swallow it."""


def say(**line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def on_alarm(*_):
    raise Late(f"not done after {CHECK_S} s")


def checks_of(module):
    """The functions whose names begin with `check_`, in the order in which they are written."""
    found = [
        one for name, one in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("check_") and one.__module__ == module.__name__
    ]
    return sorted(found, key=lambda one: one.__code__.co_firstlineno)


def title(check):
    return inspect.getdoc(check).split("\n")[0].rstrip(".")


def main(group):
    signal.signal(signal.SIGALRM, on_alarm)
    checks = checks_of(importlib.import_module(group))
    say(checks=[title(one) for one in checks])
    kernel = None
    try:
        for one in checks:
            failure = None
            signal.alarm(CHECK_S)
            try:
                if inspect.signature(one).parameters:
                    kernel = kernel or Kernel()
                    one(kernel)
                else:
                    one()
            except (Exception, Late):
                failure = traceback.format_exc()
            finally:
                signal.alarm(0)
            if failure and kernel:
                failure += f"\nThe kernel logged:\n{kernel.log()}"
                kernel.close()
                kernel = None
            say(failure=failure)
    finally:
        if kernel:
            kernel.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
