# The build's asyncio waits for a web page's event loop. This gives it the loop of a board: `run`
# sleeps until the next task is due. Tasks, events, locks and gather stay MicroPython's own.

import sys
import time

# asyncio.core imports these two names and, without its timer, uses neither.
sys.modules["js"] = sys.modules["jsffi"] = sys
import asyncio
import asyncio.core as core

_delay = None


def _schedule(delay):
    global _delay
    _delay = delay


class _Finished(BaseException):
    pass


def _finished(task, result):
    raise _Finished(task, result)


def _serve(main):
    global _delay
    if main:
        main.state = _finished
    while True:
        _delay = None
        try:
            core._run_iter()
        except _Finished as finished:
            task, result = finished.args
            if task is not main:
                raise
            if isinstance(result, StopIteration):
                return result.value
            raise result
        if _delay is None:
            return None
        time.sleep_ms(_delay)


def run(coro):
    return _serve(core.create_task(coro))


core._schedule_run_iter = _schedule
core.Loop.run_until_complete = lambda aw: _serve(core._promote_to_task(aw))
core.Loop.run_forever = lambda: _serve(None)
core.new_event_loop()
asyncio.new_event_loop = core.new_event_loop
asyncio.run = run
asyncio.run_until_complete = core.Loop.run_until_complete
for _module in (asyncio, core):
    for _name in ("js", "jsffi", "ThenableEvent", "TopLevelCoro", "asyncio_timer"):
        if hasattr(_module, _name):
            delattr(_module, _name)
