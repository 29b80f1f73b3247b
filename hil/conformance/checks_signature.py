"""Messages that are forged, sent twice, or unheard of: no effect and, but for the last, no answer."""

from kernel import Exchange, forger


def frames_of(kernel, kind, content):
    """The frames of a message, signed, and the exchange that an answer would belong to."""
    message = kernel.session.msg(kind, content)
    exchange = kernel.exchanges[message["header"]["msg_id"]] = Exchange(message["header"])
    return kernel.session.serialize(message), exchange


def execute(kernel, code):
    content = {"code": code, "silent": False, "store_history": True, "user_expressions": {},
               "allow_stdin": False, "stop_on_error": True}
    return frames_of(kernel, "execute_request", content)


def is_ignored(kernel, exchange):
    kernel.alive()
    assert kernel.execute("print(victim)").text() == "untouched\n"
    assert (exchange.types, exchange.replies) == ([], []), exchange


def check_forged(kernel):
    """A wrong key, no signature, half of one, or one of other content: not taken."""
    kernel.execute("victim = 'untouched'")
    frames, exchange = execute(kernel, "victim = 'forged'")
    delimiter, signature, *parts = frames
    other, _ = execute(kernel, "pass")
    for wrong in (b"", b"0" * 64, signature[:32], signature + b"0", signature.upper(), other[1], b"\xff" * 64):
        kernel.sockets["shell"].send_multipart([delimiter, wrong, *parts])
    is_ignored(kernel, exchange)


def check_other_key(kernel):
    """A message that is signed with another key is not taken, on any socket."""
    kernel.execute("victim = 'untouched'")
    stranger = forger()
    for channel in ("shell", "control", "stdin"):
        for kind, content in (
            ("execute_request", {"code": "victim = 'forged'", "silent": False}),
            ("shutdown_request", {"restart": False}),
            ("interrupt_request", {}),
            ("kernel_info_request", {}),
        ):
            stranger.send(kernel.sockets[channel], kind, content)
    kernel.alive()
    assert kernel.execute("print(victim)").text() == "untouched\n"


def check_tampered(kernel):
    """One character changed in any part of a signed message, and it is not taken."""
    kernel.execute("victim = 'untouched'")
    for part in range(2, 6):
        frames, exchange = execute(kernel, "victim = 'forged'")
        frames[part] = frames[part].replace(b"}", b" }", 1)
        kernel.sockets["shell"].send_multipart(frames)
        is_ignored(kernel, exchange)


def check_replay(kernel):
    """The same bytes again have no effect and no reply, on the same or another socket."""
    kernel.execute("runs = 0")
    frames, exchange = execute(kernel, "runs += 1")
    kernel.sockets["shell"].send_multipart(frames)
    kernel.finish(exchange)
    for channel in ("shell", "control", "stdin", "shell"):
        kernel.sockets[channel].send_multipart(frames)
    kernel.alive()
    assert kernel.value("runs") == "1"
    assert (exchange.types.count("busy"), len(exchange.replies)) == (1, 1), exchange


def check_replay_control(kernel):
    """An interrupt that is sent again interrupts nothing."""
    frames, exchange = frames_of(kernel, "interrupt_request", {})
    kernel.sockets["control"].send_multipart(frames)
    kernel.finish(exchange)
    running = kernel.send_execute("print('on')\nimport time\ntime.sleep(0.5)\nprint('to the end')")
    kernel.wait_for(lambda: "on" in running.text(), running)
    kernel.sockets["control"].send_multipart(frames)
    assert kernel.finish(running).reply["status"] == "ok", running


def check_truncated(kernel):
    """A message that lacks parts, or its delimiter, is not taken."""
    kernel.execute("victim = 'untouched'")
    frames, exchange = execute(kernel, "victim = 'forged'")
    for count in range(len(frames)):
        kernel.sockets["shell"].send_multipart(frames[:count] or [b""])
    kernel.sockets["shell"].send_multipart(frames[1:])
    is_ignored(kernel, exchange)


def check_unknown(kernel):
    """A type that nobody knows is not answered, on any socket, and harms nothing."""
    kernel.execute("victim = 'untouched'")
    for channel in ("shell", "control", "stdin"):
        for kind in ("unheard_of_request", "toString", "__proto__", "", "execute_reply"):
            sent = kernel.send(kind, {"code": "victim = 'forged'"}, channel)
            kernel.alive()
            assert sent.replies == [] and sent.outputs == [], sent
    assert kernel.execute("print(victim)").text() == "untouched\n"


def check_wrong_socket(kernel):
    """A request on a socket that is not its own is not run."""
    kernel.execute("victim = 'untouched'")
    for channel in ("control", "stdin"):
        sent = kernel.send("execute_request", {"code": "victim = 'forged'"}, channel)
        kernel.alive()
        assert sent.replies == [], sent
    assert kernel.execute("print(victim)").text() == "untouched\n"
