"""input_request: `input()` on the board asks in the notebook."""

from kernel import forger


def asked(kernel, running, times=1):
    kernel.wait_for(lambda: len(running.asked) >= times or running.replies, running)
    assert len(running.asked) == times, running
    return running.asked[-1]["content"]


def check_input(kernel):
    """What is typed is what `input()` returns, whatever its language."""
    running = kernel.send_execute("name = input('Your name? ')\nprint('Hello', name)", allow_stdin=True)
    assert asked(kernel, running) == {"prompt": "Your name? ", "password": False}
    kernel.answer(running, "Zoë 😀")
    assert kernel.finish(running).reply["status"] == "ok", running
    assert running.text() == "Hello Zoë 😀\n", running


def check_several(kernel):
    """Several questions, output between them, an empty answer and no prompt."""
    code = "a = input('1')\nprint('between')\nb = input()\nc = input('3')\nprint(repr((a, b, c)))"
    running = kernel.send_execute(code, allow_stdin=True)
    for number, (prompt, value) in enumerate((("1", "x y"), ("", ""), ("3", "'\\")), start=1):
        assert asked(kernel, running, number)["prompt"] == prompt
        kernel.answer(running, value)
    assert kernel.finish(running).text() == "between\n" + repr(("x y", "", "'\\")) + "\n", running


def check_output_before(kernel):
    """What was printed before the question is seen before it."""
    running = kernel.send_execute("print('look')\ninput('?')", allow_stdin=True)
    asked(kernel, running)
    kernel.wait_for(lambda: "look" in running.text(), running)
    kernel.answer(running, "")
    kernel.finish(running)


def check_not_allowed(kernel):
    """Where the client cannot ask, the cell fails and says so, rather than hang."""
    done = kernel.execute("print('asking')\ninput('?')\nprint('past')", allow_stdin=False)
    assert (done.reply["status"], done.asked) == ("error", []), done
    assert "allow" in done.reply["evalue"], done
    assert "past" not in done.text(), done
    assert kernel.execute("print('on')").text() == "on\n"


def check_interrupt(kernel):
    """An interrupt ends the wait; the board and the next question are well."""
    running = kernel.send_execute("kept = 5\ninput('?')", allow_stdin=True)
    asked(kernel, running)
    kernel.interrupt()
    assert kernel.finish(running).reply["ename"] == "KeyboardInterrupt", running
    assert kernel.value("kept") == "5"
    again = kernel.send_execute("print(input('again'))", allow_stdin=True)
    assert asked(kernel, again)["prompt"] == "again"
    kernel.answer(again, "yes")
    assert kernel.finish(again).text() == "yes\n", again


def check_late_answer(kernel):
    """An answer that nobody waits for any more is dropped: the next question does not get it."""
    running = kernel.send_execute("input('?')", allow_stdin=True)
    asked(kernel, running)
    kernel.interrupt()
    kernel.finish(running)
    kernel.answer(running, "too late")
    kernel.alive()
    again = kernel.send_execute("print(input('again'))", allow_stdin=True)
    asked(kernel, again)
    kernel.answer(again, "in time")
    assert kernel.finish(again).text() == "in time\n", again


def check_forged_answer(kernel):
    """An answer that is not signed with the kernel's key answers nothing."""
    running = kernel.send_execute("print(input('?'))", allow_stdin=True)
    asked(kernel, running)
    content = {"status": "ok", "value": "forged"}
    forger().send(kernel.sockets["stdin"], "input_reply", content, parent=running.asked[-1])
    kernel.alive()
    assert not running.replies, running
    kernel.answer(running, "true")
    assert kernel.finish(running).text() == "true\n", running


def check_questions_meanwhile(kernel):
    """While a question waits, the kernel answers others."""
    running = kernel.send_execute("input('?')", allow_stdin=True)
    asked(kernel, running)
    kernel.alive()
    kernel.request("complete_request", {"code": "pri", "cursor_pos": 3})
    kernel.answer(running, "")
    assert kernel.finish(running).reply["status"] == "ok", running
