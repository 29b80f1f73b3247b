"""complete, inspect, is_complete and history: what editors ask while a user types."""

import time


def complete(kernel, code, at=None):
    """The texts that a client would make of `code`, and the exchange."""
    content = {"code": code, "cursor_pos": len(code) if at is None else at}
    done = kernel.request("complete_request", content)
    start, end = done.reply["cursor_start"], done.reply["cursor_end"]
    assert done.reply["status"] == "ok" and 0 <= start <= end <= len(code), (code, done)
    return [code[:start] + match + code[end:] for match in done.reply["matches"]]


def check_complete_names(kernel):
    """Names of the board's own `__main__` complete."""
    kernel.execute("speed_of_light = 299792458\nspeed_of_sound = 343")
    assert complete(kernel, "x = speed_of_") == ["x = speed_of_light", "x = speed_of_sound"]
    assert complete(kernel, "nobody_has_this_") == []


def check_complete_attributes(kernel):
    """Attributes of dotted names complete, of the board's modules too."""
    kernel.execute("import sys\nclass Led:\n    pass\nled = Led()\nled.colour = 'red'")
    assert "sys.version" in complete(kernel, "sys.vers")
    assert complete(kernel, "print(led.col") == ["print(led.colour"]


def check_complete_code_points(kernel):
    """Positions count characters of Unicode, whatever their bytes."""
    kernel.execute("temperature = 20")
    assert complete(kernel, "'é 😀 日本'; temperat") == ["'é 😀 日本'; temperature"]


def check_complete_middle(kernel):
    """What stands behind the cursor stays."""
    kernel.execute("pressure = 1013")
    assert "print(pressure, 1)" in complete(kernel, "print(press, 1)", at=len("print(press"))


def check_complete_calls_nothing(kernel):
    """To complete reads no property and calls nothing."""
    kernel.execute(
        "touched = 0\nclass Sensor:\n    @property\n    def reading(self):\n"
        "        global touched\n        touched += 1\n        return 5\nsensor = Sensor()"
    )
    assert "sensor.reading" in complete(kernel, "sensor.rea")
    complete(kernel, "sensor.reading.")
    assert kernel.value("touched") == "0"


def check_complete_magics(kernel):
    """Magics, and modules to import, complete."""
    assert "%connect" in complete(kernel, "%conn")
    assert "import sys" in complete(kernel, "import sy")


def check_complete_outside(kernel):
    """A cursor behind the text means its end; one that is none is an error."""
    for content in ({"code": "pri", "cursor_pos": 99}, {"code": "", "cursor_pos": 0}):
        assert kernel.request("complete_request", content).reply["status"] == "ok", content
    for content in ({"code": "abc", "cursor_pos": -1}, {"code": "abc", "cursor_pos": "1"},
                    {"code": "abc", "cursor_pos": 1.5}, {"cursor_pos": 0}, {"code": None, "cursor_pos": 0}):
        for kind in ("complete_request", "inspect_request"):
            assert kernel.request(kind, content).reply["status"] == "error", (kind, content)


def check_while_running(kernel):
    """While a cell runs, completion and inspection answer and disturb nothing."""
    kernel.execute("busy_name = 1\nimport time")
    complete(kernel, "busy_")
    running = kernel.send_execute("print('on')\nwhile True: time.sleep(0.01)")
    kernel.wait_for(lambda: "on" in running.text(), running)
    assert complete(kernel, "busy_n") == ["busy_name"]
    kernel.request("inspect_request", {"code": "busy_name", "cursor_pos": 4, "detail_level": 0})
    assert not running.replies, running
    kernel.interrupt()
    assert kernel.finish(running).reply["ename"] == "KeyboardInterrupt", running
    assert running.text() == "on\n", running


def inspect(kernel, code, at=None, detail=0):
    content = {"code": code, "cursor_pos": len(code) if at is None else at, "detail_level": detail}
    reply = kernel.request("inspect_request", content).reply
    assert reply["status"] == "ok", reply
    assert reply["found"] == bool(reply["data"]), reply
    return reply["data"].get("text/plain", "")


def check_inspect(kernel):
    """A name's type and value are told; of a function written here, its source."""
    kernel.execute("gain = 17\ndef amplify(x):\n    '''Louder.'''\n    return gain * x")
    text = inspect(kernel, "gain")
    assert "int" in text and "17" in text, text
    assert "return gain * x" in inspect(kernel, "amplify", detail=1)


def check_inspect_place(kernel):
    """The name at the cursor is meant, counted in characters; a call's name inside its brackets."""
    kernel.execute("needle = 'sharp'")
    assert "sharp" in inspect(kernel, "'😀 日本'; needle + hay", at=len("'😀 日本'; need"))


def check_inspect_magic(kernel):
    """A magic tells its usage."""
    assert "usage: %connect" in inspect(kernel, "%connect")


def check_page(kernel):
    """`name?` in a cell shows the same in the pager, and prints nothing."""
    kernel.execute("shown = 1234567")
    done = kernel.execute("shown?")
    [page] = done.reply["payload"]
    assert page["source"] == "page" and "1234567" in page["data"]["text/plain"], done
    assert done.outputs == [m for m in done.outputs if m["msg_type"] == "execute_input"], done
    assert "usage: %connect" in kernel.execute("%connect?").reply["payload"][0]["data"]["text/plain"]


def check_inspect_unknown(kernel):
    """What nobody knows is not found, and no error."""
    assert inspect(kernel, "nobody_knows_me") == ""
    assert inspect(kernel, "") == ""


def check_is_complete(kernel):
    """Whether Enter would run it: complete, incomplete with the next line's indent, or invalid."""
    for code, status in {
        "x = 1": "complete",
        "": "complete",
        "%connect x": "complete",
        "for i in range(3):\n    print(i)\n": "complete",
        "for i in range(3):": "incomplete",
        "print(": "incomplete",
        "'''a": "incomplete",
        "x = 'a": "invalid",
        "x = )": "invalid",
    }.items():
        reply = kernel.request("is_complete_request", {"code": code}).reply
        assert reply["status"] == status, (code, reply)
    assert kernel.request("is_complete_request", {"code": "if x:"}).reply["indent"] == "    "
    assert kernel.request("is_complete_request", {}).reply["status"] == "error"


def history(kernel, access, **options):
    content = {"output": False, "raw": True, "hist_access_type": access, **options}
    reply = kernel.request("history_request", content).reply
    assert reply["status"] == "ok", reply
    return reply["history"]


def cells(entries):
    return [entry[2] for entry in entries]


def check_history_tail(kernel):
    """The last cells, in order; none that was silent or not to be kept."""
    first = kernel.execute("tail_one = 1").reply["execution_count"]
    kernel.execute("tail_two = 2", silent=True)
    kernel.execute("tail_three = 3", store_history=False)
    kernel.execute("tail_four = 4")
    entries = history(kernel, "tail", n=2)
    assert cells(entries) == ["tail_one = 1", "tail_four = 4"], entries
    assert [line for _, line, _ in entries] == [first, first + 1], entries


def check_history_failed(kernel):
    """A cell that failed is kept: it is what a user wants back to mend."""
    kernel.execute("1 / 0 # kept")
    assert cells(history(kernel, "tail", n=1)) == ["1 / 0 # kept"]


def check_history_output(kernel):
    """With output, each cell comes with its result."""
    kernel.execute("6 * 9")
    kernel.execute("nothing = 1")
    entries = history(kernel, "tail", n=2, output=True)
    assert cells(entries) == [["6 * 9", "54"], ["nothing = 1", None]], entries


def check_history_search(kernel):
    """A glob finds cells; the last n of them, and each text once where that is asked."""
    for code in ("seek = 1", "seek = 2", "seek = 1", "other = 1"):
        kernel.execute(code)
    assert cells(history(kernel, "search", pattern="seek*", n=10)) == ["seek = 1", "seek = 2", "seek = 1"]
    assert cells(history(kernel, "search", pattern="seek*", n=2)) == ["seek = 2", "seek = 1"]
    unique = cells(history(kernel, "search", pattern="*see? =*", n=10, unique=True))
    assert sorted(unique) == ["seek = 1", "seek = 2"], unique
    assert history(kernel, "search", pattern="nobody wrote this*", n=10) == []


def check_history_range(kernel):
    """A range of lines of this session, the end excluded."""
    first = kernel.execute("range_one = 1").reply["execution_count"]
    kernel.execute("range_two = 2")
    kernel.execute("range_three = 3")
    entries = history(kernel, "range", session=0, start=first, stop=first + 2)
    assert cells(entries) == ["range_one = 1", "range_two = 2"], entries


def check_history_kept(kernel):
    """A kernel that was started again remembers, as another session."""
    before = kernel.execute("kept = 'on disk'").reply["execution_count"]
    session = history(kernel, "tail", n=1)[0][0]
    kernel.client.stop_channels()
    kernel.manager.restart_kernel()
    kernel.open()
    entries = history(kernel, "search", pattern="kept = *", n=1)
    assert entries and entries[-1][0::2] == [session, "kept = 'on disk'"], entries
    assert history(kernel, "range", session=-1, start=before, stop=before + 1) == entries
    kernel.execute("%connect -q sim://conformance\nanew = 1")
    assert history(kernel, "tail", n=1)[0][0] != session


def check_history_malformed(kernel):
    """Nonsense is answered."""
    for content in ({}, {"hist_access_type": "?"}, {"hist_access_type": "tail", "n": "many"},
                    {"hist_access_type": "search", "pattern": 5},
                    {"hist_access_type": "range", "session": "x", "start": None}):
        kernel.request("history_request", content)
    kernel.alive()


def check_quick(kernel):
    """A hundred questions in a row are all answered, in the order in which they came."""
    sent = [kernel.send("complete_request", {"code": "pri", "cursor_pos": 3}) for _ in range(100)]
    started = time.monotonic()
    for exchange in sent:
        kernel.finish(exchange)
    assert time.monotonic() - started < 30
