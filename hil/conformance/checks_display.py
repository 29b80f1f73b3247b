"""display_data, update_display_data and clear_output: what a board shows by marked lines."""

import base64

# A mark as docs/rich-output.md has it, by hand: what any program on any board can print.
MARK = "\x1b]4949;{verb};{mime};{encoding};{size};{sum};{options};{data}\x07"

# The smallest PNG there is: one pixel.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)


def mark(mime, data, verb="display", encoding="text", options="", **wrong):
    raw = data if isinstance(data, bytes) else data.encode()
    text = base64.b64encode(raw).decode() if encoding == "base64" else raw.decode()
    fields = {"size": len(raw), "sum": sum(raw), **wrong}
    return MARK.format(verb=verb, mime=mime, encoding=encoding, options=options, data=text, **fields)


def show(*marks):
    return "\n".join(f"print({one!r})" for one in marks)


def check_html(kernel):
    """HTML is shown between the lines printed before and after it."""
    done = kernel.execute(f"print('before')\n{show(mark('text/html', '<b>20 °C</b>'))}\nprint('after')")
    assert done.types == ["busy", "execute_input", "stream", "display_data", "stream", "idle"], done
    [shown] = done.all("display_data")
    assert shown["data"]["text/html"] == "<b>20 °C</b>", shown
    assert "text/plain" in shown["data"], shown
    assert done.text() == "before\nafter\n", done.text()


def check_picture(kernel):
    """A picture arrives byte for byte, with its size."""
    picture = mark("image/png", PNG, encoding="base64", options="width=320")
    [shown] = kernel.execute(show(picture)).all("display_data")
    assert base64.b64decode(shown["data"]["image/png"]) == PNG, shown
    assert shown["metadata"]["image/png"] == {"width": 320}, shown


def check_json(kernel):
    """JSON is JSON, not text."""
    [shown] = kernel.execute(show(mark("application/json", '{"t": [1, 2.5, null]}'))).all("display_data")
    assert shown["data"]["application/json"] == {"t": [1, 2.5, None]}, shown


def check_update(kernel):
    """A display that has a name is updated in its place."""
    first = mark("text/plain", "one", options="id=dial")
    second = mark("text/plain", "two", verb="update", options="id=dial")
    done = kernel.execute(show(first, second))
    [shown], [update] = done.all("display_data"), done.all("update_display_data")
    assert shown["transient"]["display_id"] == update["transient"]["display_id"], done
    assert (shown["data"]["text/plain"], update["data"]["text/plain"]) == ("one", "two"), done
    # From another cell too.
    [again] = kernel.execute(show(second)).all("update_display_data")
    assert again["transient"] == shown["transient"], again


def check_clear(kernel):
    """Output is cleared, at once or when more comes."""
    done = kernel.execute("print('a')\nprint('\\x1b]4949;clear\\x07')\nprint('b')\nprint('\\x1b]4949;clear;wait\\x07')\nprint('c')")
    kinds = [kind for kind in done.types if kind in ("stream", "clear_output")]
    assert kinds == ["stream", "clear_output", "stream", "clear_output", "stream"], done
    assert done.all("clear_output") == [{"wait": False}, {"wait": True}], done


def check_damaged(kernel):
    """A damaged mark is shown as the text that it is, and the next one works."""
    done = kernel.execute(show(
        mark("text/html", "<b>torn</b>", sum=1),
        mark("text/html", "<b>short</b>", size=999),
        mark("text/html", "<b>whole</b>"),
    ))
    assert [shown["data"]["text/html"] for shown in done.all("display_data")] == ["<b>whole</b>"], done
    assert "torn" in done.text() and "short" in done.text(), done


def check_plain(kernel):
    """Print stays plain, whatever else is in it: colours, other escapes, half a mark."""
    for text in ("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "4949;display", "\x1b]4949", "\x1b"):
        done = kernel.execute(f"print({text!r})")
        assert (done.text(), done.all("display_data")) == (f"{text}\n", []), (text, done)


def check_silent(kernel):
    """A silent cell shows nothing."""
    done = kernel.execute(show(mark("text/html", "<b>unseen</b>")), silent=True)
    assert done.types == ["busy", "idle"], done


def check_many(kernel):
    """A thousand updates in a row: the last is there, all before idle, and text keeps its place."""
    code = "\n".join((
        f"print({mark('text/plain', '0', options='id=many')!r})",
        "for i in range(1000):",
        "    text = str(i)",
        "    total = sum(text.encode())",
        "    print('\\x1b]4949;update;text/plain;text;%d;%d;id=many;%s\\x07' % (len(text), total, text))",
        "print('end')",
    ))
    done = kernel.execute(code)
    updates = [update["data"]["text/plain"] for update in done.all("update_display_data")]
    assert updates[-1] == "999", updates[-3:]
    assert [int(one) for one in updates] == sorted(int(one) for one in updates)
    assert done.types[-2:] == ["stream", "idle"], done.types[-5:]
