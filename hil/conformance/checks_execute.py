"""execute_request: its options, its replies, what it publishes, and what waits behind it."""


def check_order(kernel):
    """Busy, the cell, its output, its value, the reply, idle: in that order."""
    done = kernel.execute("print(1)\n6 * 7")
    assert done.types == ["busy", "execute_input", "stream", "execute_result", "idle"], done
    assert done.reply["status"] == "ok", done


def check_input(kernel):
    """The cell is published with the number that the reply has."""
    done = kernel.execute("pass  # é 😀")
    assert done.all("execute_input") == [
        {"code": "pass  # é 😀", "execution_count": done.reply["execution_count"]}
    ], done


def check_result(kernel):
    """The value of the last expression is the result, with the cell's number."""
    done = kernel.execute("a = 5\n(a,\n 'x')")
    [result] = done.all("execute_result")
    assert result["data"]["text/plain"] == "(5, 'x')", done
    assert result["execution_count"] == done.reply["execution_count"], done
    assert done.text() == "", done


def check_result_once(kernel):
    """The last expression is evaluated once."""
    kernel.execute("calls = 0\ndef count():\n    global calls\n    calls += 1\n    return calls")
    assert kernel.execute("count()").all("execute_result")[0]["data"]["text/plain"] == "1"
    assert kernel.value("calls") == "1"


def check_no_result(kernel):
    """None, a statement and an empty cell have no result."""
    for code in ("None", "b = 1", "", "\n\n", "# only words", "if True:\n    7"):
        done = kernel.execute(code)
        assert (done.reply["status"], done.all("execute_result")) == ("ok", []), (code, done)


def check_streams(kernel):
    """Text of any language arrives whole and in order."""
    done = kernel.execute("for i in range(300): print(i, 'äöü 日本語 😀')")
    assert done.text() == "".join(f"{i} äöü 日本語 😀\n" for i in range(300))
    assert done.text("stderr") == ""


def check_count(kernel):
    """The number goes up by one, and stays where a cell is not kept in the history."""
    first = kernel.execute("1").reply["execution_count"]
    assert kernel.execute("2").reply["execution_count"] == first + 1
    assert kernel.execute("3", store_history=False).reply["execution_count"] == first + 1
    assert kernel.execute("4", silent=True).reply["execution_count"] == first + 1
    assert kernel.execute("1 / 0").reply["execution_count"] == first + 2


def check_silent(kernel):
    """A silent cell runs, and publishes nothing but busy and idle."""
    done = kernel.execute("print('heard')\nquiet = 8\nquiet", silent=True)
    assert done.types == ["busy", "idle"], done
    assert done.reply["status"] == "ok", done
    assert kernel.value("quiet") == "8"


def check_silent_error(kernel):
    """A silent cell that fails says so in its reply, and aborts nothing."""
    failing = kernel.send_execute("1 / 0", silent=True)
    after = kernel.send_execute("after_silent = 1")
    assert kernel.finish(failing).reply["ename"] == "ZeroDivisionError", failing
    assert failing.types == ["busy", "idle"], failing
    assert kernel.finish(after).reply["status"] == "ok", after


def check_user_expressions(kernel):
    """Expressions are evaluated after the cell; one that fails spoils no other."""
    expressions = {"good": "ux + 1", "text": "'word'", "bad": "nowhere", "worse": "1 +"}
    done = kernel.execute("ux = 41", user_expressions=expressions)
    assert done.reply["status"] == "ok", done
    answers = done.reply["user_expressions"]
    assert set(answers) == set(expressions), answers
    assert answers["good"]["data"]["text/plain"] == "42", answers
    assert answers["text"]["data"]["text/plain"] == "'word'", answers
    assert (answers["bad"]["status"], answers["bad"]["ename"]) == ("error", "NameError"), answers
    assert (answers["worse"]["status"], answers["worse"]["ename"]) == ("error", "SyntaxError"), answers


def check_user_expressions_quiet(kernel):
    """Expressions are evaluated for a silent cell too, which is how editors ask."""
    done = kernel.execute("", silent=True, user_expressions={"sum": "1 + 1"})
    assert done.reply["user_expressions"]["sum"]["data"]["text/plain"] == "2", done
    assert done.types == ["busy", "idle"], done


def check_error(kernel):
    """An exception is an `error` message and an `error` reply, with the cell's line numbers."""
    done = kernel.execute("def f():\n    return 1 / 0\n\nprint('before')\nf()")
    [error] = done.all("error")
    assert done.types == ["busy", "execute_input", "stream", "error", "idle"], done
    assert error == {field: done.reply[field] for field in ("ename", "evalue", "traceback")}, done
    assert error["ename"] == "ZeroDivisionError", done
    text = "\n".join(error["traceback"])
    assert "line 5" in text and "line 2" in text, text


def check_syntax_error(kernel):
    """Code that cannot be compiled is a SyntaxError, and nothing of it runs."""
    done = kernel.execute("torn = 1\nfor")
    assert (done.reply["status"], done.reply["ename"]) == ("error", "SyntaxError"), done
    assert kernel.value("'torn' in globals()") == "False"


def check_queue(kernel):
    """Cells that are sent at once run in order, each with its own parent."""
    sent = [kernel.send_execute(f"print({i})") for i in range(10)]
    for i, exchange in enumerate(sent):
        assert kernel.finish(exchange).text() == f"{i}\n", exchange
    counts = [exchange.reply["execution_count"] for exchange in sent]
    assert counts == list(range(counts[0], counts[0] + 10)), counts


def check_abort(kernel):
    """After an error what waits is aborted: not run, and told so with its number."""
    failing = kernel.send_execute("import time\ntime.sleep(0.3)\n1 / 0")
    waiting = [kernel.send_execute("ran = True") for _ in range(3)]
    assert kernel.finish(failing).reply["ename"] == "ZeroDivisionError", failing
    for exchange in waiting:
        assert kernel.finish(exchange).reply["status"] == "aborted", exchange
        assert exchange.types == ["busy", "idle"], exchange
    assert kernel.value("'ran' in globals()") == "False"


def check_abort_others(kernel):
    """What is no cell is answered though it was sent behind an error."""
    failing = kernel.send_execute("import time\ntime.sleep(0.3)\n1 / 0")
    others = [kernel.send(kind, content) for kind, content in (
        ("kernel_info_request", {}),
        ("is_complete_request", {"code": "1"}),
        ("comm_info_request", {}),
        ("history_request", {"hist_access_type": "tail", "n": 1, "output": False, "raw": True}),
    )]
    kernel.finish(failing)
    for exchange in others:
        assert kernel.finish(exchange).reply["status"] in ("ok", "complete"), exchange


def check_no_abort(kernel):
    """Where the error is not to stop them, cells that wait run."""
    failing = kernel.send_execute("import time\ntime.sleep(0.2)\n1 / 0", stop_on_error=False)
    after = kernel.send_execute("print('on')")
    assert kernel.finish(failing).reply["status"] == "error", failing
    assert kernel.finish(after).text() == "on\n", after


def check_after_abort(kernel):
    """A cell that is sent after the failure was seen runs."""
    assert kernel.execute("1 / 0").reply["status"] == "error"
    assert kernel.execute("print('on')").text() == "on\n"


def check_defaults(kernel):
    """A request with nothing but code has the protocol's defaults."""
    done = kernel.request("execute_request", {"code": "21 * 2"})
    assert done.all("execute_result")[0]["data"]["text/plain"] == "42", done


def check_malformed(kernel):
    """A request without code, or with fields of the wrong kind, is answered, and the kernel lives."""
    for content in ({}, {"code": 5}, {"code": None}, {"code": ["a"]}):
        assert kernel.request("execute_request", content).reply["status"] == "error", content
    for field in ("silent", "store_history", "user_expressions", "allow_stdin", "stop_on_error"):
        for value in (None, "no", 7, [], {"a": 1}):
            kernel.request("execute_request", {"code": "1", field: value})
    assert kernel.execute("print(1)").text() == "1\n"
