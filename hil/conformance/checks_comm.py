"""comm_*: no widget lives on a board; this computer's Python has some, and all goes through the kernel."""

# A target that sends back what it gets, bytes reversed, or runs it where it is code.
ECHO = """%%host
def opened(comm, opening):
    @comm.on_msg
    def answer(message):
        data = message["content"]["data"]
        if "code" in data:
            exec(data["code"], {**globals(), "comm": comm})
        else:
            reversed_bytes = [bytes(part)[::-1] for part in message["buffers"]]
            comm.send(data, metadata={"about": "echo"}, buffers=reversed_bytes)

get_ipython().kernel.comm_manager.register_target("echo", opened)
"""


def one_way(kernel, kind, content, **options):
    """Sends a message that has no reply, and waits for its idle status."""
    sent = kernel.send(kind, content, **options)
    return dealt_with(kernel, sent)


def dealt_with(kernel, sent):
    kernel.wait_for(lambda: sent.is_idle, sent)
    assert (sent.types[0], sent.types[-1], sent.replies) == ("busy", "idle", []), sent
    return sent


def host(kernel, code):
    """Runs a cell of this computer's Python."""
    done = kernel.execute(f"%%host\n{code}")
    assert done.reply["status"] == "ok", done
    return done


def opened(kernel, comm_id):
    """Opens a comm to a target of Python's, which is started for that where it does not run."""
    assert kernel.execute(ECHO).reply["status"] == "ok"
    content = {"comm_id": comm_id, "target_name": "echo", "data": {}}
    assert one_way(kernel, "comm_open", content).outputs == []


def code_message(comm_id, code):
    return {"comm_id": comm_id, "data": {"code": code}}


# Without Python.


def check_info(kernel):
    """comm_info_request is answered, with and without a target."""
    for content in ({}, {"target_name": "jupyter.widget"}, {"target_name": None}):
        assert kernel.request("comm_info_request", content).reply == {"status": "ok", "comms": {}}


def check_open(kernel):
    """A comm for a target that nobody knows is closed at once."""
    content = {"comm_id": "abc", "target_name": "jupyter.widget", "data": {"state": 1}}
    sent = one_way(kernel, "comm_open", content)
    assert [closed["comm_id"] for closed in sent.all("comm_close")] == ["abc"], sent


def check_others(kernel):
    """Messages for a comm that is not open are ignored."""
    for kind in ("comm_msg", "comm_close"):
        assert one_way(kernel, kind, {"comm_id": "abc", "data": {}}).outputs == []
    kernel.alive()


def check_malformed(kernel):
    """Nonsense closes nothing and breaks nothing."""
    for kind in ("comm_msg", "comm_close"):
        for content in ({}, {"comm_id": 5}, {"comm_id": None, "data": []}):
            one_way(kernel, kind, content)
    kernel.alive()


# With a Python, which the next check starts.


def check_unknown_target(kernel):
    """Python closes a comm for a target that it does not know."""
    assert kernel.execute(ECHO).reply["status"] == "ok"
    sent = one_way(kernel, "comm_open", {"comm_id": "abc", "target_name": "nobody", "data": {}})
    assert [closed["comm_id"] for closed in sent.all("comm_close")] == ["abc"], sent
    assert kernel.request("comm_info_request", {"target_name": "nobody"}).reply["comms"] == {}


def check_bytes(kernel):
    """Content, metadata and bytes arrive whole, both ways."""
    opened(kernel, "bytes")
    data = {"text": "Zoë 😀", "list": [1, None, {}], "number": 0.5}
    parts = [b"", bytes(range(256)), b"<IDS|MSG>" * 1000]
    sent = one_way(kernel, "comm_msg", {"comm_id": "bytes", "data": data}, buffers=parts)
    (echo,) = sent.outputs
    assert echo["content"] == {"comm_id": "bytes", "data": data}, echo
    assert echo["metadata"]["about"] == "echo", echo
    assert [bytes(part) for part in echo["buffers"]] == [part[::-1] for part in parts]


def check_closed(kernel):
    """A comm is listed while it is open, whoever closes it."""
    for comm_id, by_python in (("one", False), ("two", True)):
        opened(kernel, comm_id)
        question = {"target_name": "echo"}
        comms = kernel.request("comm_info_request", question).reply["comms"]
        assert comms[comm_id] == {"target_name": "echo"}, comms
        if by_python:
            sent = one_way(kernel, "comm_msg", code_message(comm_id, "comm.close()"))
            assert sent.types == ["busy", "comm_close", "idle"], sent
        else:
            one_way(kernel, "comm_close", {"comm_id": comm_id, "data": {}})
        assert comm_id not in kernel.request("comm_info_request", question).reply["comms"]


def check_widget(kernel):
    """A slider: opened by its cell, moved by the front end, and Python has the value."""
    made = host(kernel, "import ipywidgets\nslider = ipywidgets.IntSlider()\ndisplay(slider)")
    opens = made.all("comm_open")
    assert {one["target_name"] for one in opens} == {"jupyter.widget"}, made
    (view,) = made.all("display_data")
    model = view["data"]["application/vnd.jupyter.widget-view+json"]["model_id"]
    comms = kernel.request("comm_info_request", {"target_name": "jupyter.widget"}).reply["comms"]
    assert model in comms and comms.keys() >= {one["comm_id"] for one in opens}, comms
    state = {"method": "update", "state": {"value": 7}, "buffer_paths": []}
    # The cell is sent behind it, and not held back until it is dealt with.
    moved = kernel.send("comm_msg", {"comm_id": model, "data": state})
    assert host(kernel, "print(slider.value)").text() == "7\n"
    dealt_with(kernel, moved)


def check_outputs(kernel):
    """What a widget's code prints and shows is published for the message that set it off, in order."""
    opened(kernel, "outputs")
    code = """
from IPython.display import clear_output, display
print("one")
handle = display("two", display_id="three")
comm.send({"four": 4})
handle.update("five")
clear_output(wait=True)
import sys
print("six", file=sys.stderr)
"""
    sent = one_way(kernel, "comm_msg", code_message("outputs", code))
    expected = "stream display_data comm_msg update_display_data clear_output stream".split()
    assert sent.types == ["busy", *expected, "idle"], sent
    assert (sent.text(), sent.text("stderr")) == ("one\n", "six\n"), sent


def check_captured(kernel):
    """An Output widget names the message as the front end knows it: what it captures is found by that."""
    opened(kernel, "captured")
    host(kernel, "import ipywidgets\nout = ipywidgets.Output()")
    sent = one_way(kernel, "comm_msg", code_message("captured", "with out: print('caught')"))
    states = [one["data"]["state"] for one in sent.all("comm_msg")]
    assert states == [{"msg_id": sent.header["msg_id"]}, {"msg_id": ""}], sent
    assert sent.types == ["busy", "comm_msg", "stream", "comm_msg", "idle"], sent
    done = host(kernel, "with out: print('caught')")
    states = [one["data"]["state"] for one in done.all("comm_msg")]
    assert states == [{"msg_id": done.header["msg_id"]}, {"msg_id": ""}], done


def check_exception(kernel):
    """An exception of a widget's code is shown for its message; one that is captured, in its cell."""
    opened(kernel, "exception")
    code = "import ipywidgets\nwith ipywidgets.Output(): 1 / 0"
    sent = one_way(kernel, "comm_msg", code_message("exception", code))
    assert "ZeroDivisionError" in sent.text("stderr"), sent
    done = host(kernel, f"{code}\nprint('on')")
    assert "ZeroDivisionError" in done.text("stderr") and done.text() == "on\n", done
    assert done.all("error") == [], done


def check_question(kernel):
    """A widget's code that asks finds the end of input: no cell is there to show the question in."""
    opened(kernel, "question")
    code = "try: input('Who?')\nexcept EOFError: print('no answer')"
    sent = one_way(kernel, "comm_msg", code_message("question", code))
    assert sent.text().endswith("no answer\n") and sent.asked == [], sent


def check_progress(kernel):
    """A widget that a cell moves is seen to move while the cell runs."""
    code = "import ipywidgets\nbar = ipywidgets.FloatProgress(max=1)\nbar.value = 0.5\ninput()"
    running = kernel.send_execute(f"%%host\n{code}", allow_stdin=True)

    def values():
        return [one["data"]["state"].get("value") for one in running.all("comm_msg")]

    kernel.wait_for(lambda: 0.5 in values() and running.asked, running)
    # Python is busy, and is not asked.
    assert kernel.request("comm_info_request").reply["comms"] != {}
    kernel.answer(running, "")
    assert kernel.finish(running).reply["status"] == "ok", running


def check_beside_board(kernel):
    """Widgets do not wait for a cell that runs on the board."""
    opened(kernel, "beside")
    running = kernel.send_execute("print('begun')\nwhile True: pass")
    kernel.wait_for(lambda: running.text() == "begun\n", running)
    sent = one_way(kernel, "comm_msg", code_message("beside", "print('meanwhile')"))
    assert sent.text() == "meanwhile\n" and not running.replies, sent
    kernel.interrupt()
    assert kernel.finish(running).reply["ename"] == "KeyboardInterrupt", running


def check_afterwards(kernel):
    """What a thread sends when its cell is over arrives."""
    code = """import ipywidgets, threading
go = threading.Event()
bar = ipywidgets.FloatProgress(max=1)
def work():
    go.wait()
    bar.value = 0.25
threading.Thread(target=work).start()"""
    begun = host(kernel, code)
    host(kernel, "go.set()")
    # As whose it is sent is up to Python.
    kernel.wait_for(
        lambda: any(
            one["data"].get("state", {}).get("value") == 0.25
            for exchange in kernel.exchanges.values() for one in exchange.all("comm_msg")
        ),
        begun,
    )


def check_interrupt(kernel):
    """An interrupt ends a widget's code that hangs, and Python keeps what it has."""
    opened(kernel, "hanging")
    code = "print('begun', flush=True)\nimport time\ntime.sleep(1000)"
    sent = kernel.send("comm_msg", code_message("hanging", code))
    kernel.wait_for(lambda: sent.text() == "begun\n", sent)
    kernel.interrupt()
    dealt_with(kernel, sent)
    assert "KeyboardInterrupt" in sent.text("stderr"), sent
    sent = one_way(kernel, "comm_msg", code_message("hanging", "print('on')"))
    assert sent.text() == "on\n", sent


# ipykernel's own socket drops what a client has no room for beyond a thousand messages: ZMQ_SNDHWM.
MANY = 900


def check_many(kernel):
    """Hundreds of messages at once come, each of them and in order."""
    opened(kernel, "many")
    code = f"for number in range({MANY}): comm.send({{'number': number, 'text': 'x' * 1000}})"
    sent = one_way(kernel, "comm_msg", code_message("many", code))
    numbers = [one["data"]["number"] for one in sent.all("comm_msg")]
    assert numbers == list(range(MANY)), f"{len(numbers)} came"
