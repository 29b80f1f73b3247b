"""What each message of Jupyter's protocol 5.4 holds: checked on everything that a kernel sends.

The tables follow "Messaging in Jupyter"
(https://jupyter-client.readthedocs.io/en/stable/messaging.html). A field that is not listed is a
fault, for a client would never see it; one whose name ends in "?" may be missing.
"""

from datetime import datetime

STREAMS = ("stdout", "stderr")
STATES = ("busy", "idle", "starting")


class Wrong(AssertionError):
    """A message that the protocol does not allow."""


def each(kind):
    return lambda value, at: [check(item, kind, f"{at}[{i}]") for i, item in enumerate(expect(value, list, at))]


def mapping(kind):
    return lambda value, at: [check(item, kind, f"{at}.{key}") for key, item in expect(value, dict, at).items()]


def one_of(*values):
    def inner(value, at):
        if value not in values:
            raise Wrong(f"{at}: {value!r} is none of {values}")
    return inner


def text(value, at):
    if expect(value, str, at) == "":
        raise Wrong(f"{at} is empty")


def count(value, at):
    if isinstance(value, bool) or expect(value, int, at) < 0:
        raise Wrong(f"{at}: {value!r} counts nothing")


def anything(_value, _at):
    pass


def date(value, at):
    # jupyter_client has turned it into a datetime, where it is a date.
    if expect(value, datetime, at).tzinfo is None:
        raise Wrong(f"{at}: {value!r} has no time zone")


def bundle(value, at):
    """Representations by MIME type: JSON types hold JSON, all others text."""
    for mime, data in expect(value, dict, at).items():
        if "/" not in mime:
            raise Wrong(f"{at}: {mime!r} is no MIME type")
        if not mime.split(";")[0].endswith("json"):
            expect(data, str, f"{at}[{mime}]")


def history_entry(value, at):
    if len(expect(value, list, at)) != 3:
        raise Wrong(f"{at}: {value!r} is not session, line and cell")
    check(value[0], int, at)
    check(value[1], count, at)
    if isinstance(value[2], list):
        if len(value[2]) != 2:
            raise Wrong(f"{at}: {value!r} is not input and output")
        check(value[2][0], str, at)
        check(value[2][1], either(str, None), at)
    else:
        check(value[2], str, at)


def either(*kinds):
    def inner(value, at):
        if value is None and None in kinds:
            return
        expect(value, tuple(kind for kind in kinds if kind), at)
    return inner


def payload(value, at):
    expect(value, dict, at)
    check(value, {
        "page": {"source": str, "data": bundle, "start": count},
        "set_next_input": {"source": str, "text": str, "replace?": bool},
        "ask_exit": {"source": str, "keepkernel": bool},
    }.get(value.get("source"), {"source": one_of("page", "set_next_input", "ask_exit")}), at)


def evaluation(value, at):
    if expect(value, dict, at).get("status") == "ok":
        check(value, {"status": str, "data": bundle, "metadata": dict}, at)
    else:
        check(value, ERROR_REPLY, at)


FAILURE = {"ename": text, "evalue": str, "traceback": each(str)}
# `exit_code` is a field of our own (docs/architecture.md): how `iot execute` is to end.
ERROR_REPLY = {"status": one_of("error"), **FAILURE, "exit_code?": count}
DISPLAY = {"data": bundle, "metadata": dict}
# One row of `_jupyter_types_experimental`, as JupyterLab reads it.
COMPLETION_TYPE = {"text": str, "start": count, "end": count, "type": str, "signature?": str}

HEADER = {
    "msg_id": text,
    "msg_type": text,
    "session": text,
    "username": str,
    "date": date,
    "version": one_of("5.4"),
}

# Replies, by type: what they hold when all is well. Any of them may be an error instead.
REPLIES = {
    "kernel_info_reply": {
        "protocol_version": one_of("5.4"),
        "implementation": text,
        "implementation_version": text,
        "language_info": {
            "name": one_of("python"),
            "version": text,
            "mimetype": text,
            "file_extension": one_of(".py"),
            "pygments_lexer?": str,
            "codemirror_mode?": either(str, dict),
            "nbconvert_exporter?": str,
        },
        "banner": text,
        "debugger?": bool,
        "help_links?": each({"text": text, "url": text}),
        "supported_features?": each(text),
    },
    "execute_reply": {
        "execution_count": count,
        "payload?": each(payload),
        "user_expressions?": mapping(evaluation),
    },
    "complete_reply": {
        "matches": each(text),
        "cursor_start": count,
        "cursor_end": count,
        "metadata": {"_jupyter_types_experimental?": each(COMPLETION_TYPE)},
    },
    "inspect_reply": {"found": bool, "data": bundle, "metadata": dict},
    "history_reply": {"history": each(history_entry)},
    "comm_info_reply": {"comms": mapping({"target_name": str})},
    "interrupt_reply": {},
    "shutdown_reply": {"restart": bool},
}

# Everything that is not a reply.
OTHERS = {
    "status": {"execution_state": one_of(*STATES)},
    "execute_input": {"code": str, "execution_count": count},
    "stream": {"name": one_of(*STREAMS), "text": text},
    "display_data": {**DISPLAY, "transient?": {"display_id?": text}},
    "update_display_data": {**DISPLAY, "transient": {"display_id": text}},
    "execute_result": {**DISPLAY, "execution_count": count, "transient?": {"display_id?": text}},
    "clear_output": {"wait": bool},
    "error": FAILURE,
    "input_request": {"prompt": str, "password": bool},
    # "target_module" is of an older protocol; ipykernel still says it.
    "comm_open": {"comm_id": text, "target_name": text, "data": dict, "target_module?": either(str, None)},
    "comm_msg": {"comm_id": text, "data": dict},
    "comm_close": {"comm_id": text, "data": dict},
    "iopub_welcome": {"subscription": str},
}

IS_COMPLETE = {
    "complete": {"status": str},
    "incomplete": {"status": str, "indent": str},
    "invalid": {"status": str},
    "unknown": {"status": str},
}

# Where each type may come. A shutdown is also told to those who did not ask for it.
IOPUB = {*OTHERS, "shutdown_reply"} - {"input_request"}
STDIN = {"input_request"}


def expect(value, kind, at):
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise Wrong(f"{at}: {value!r} is not {getattr(kind, '__name__', kind)}")
    return value


def check(value, schema, at):
    """Raises `Wrong`, naming the place, when `value` is not what `schema` says."""
    if isinstance(schema, type):
        expect(value, schema, at)
    elif not isinstance(schema, dict):
        schema(value, at)
    else:
        expect(value, dict, at)
        for field, kind in schema.items():
            name = field.rstrip("?")
            if name in value:
                check(value[name], kind, f"{at}.{name}")
            elif not field.endswith("?"):
                raise Wrong(f"{at} lacks {name!r}: {value!r}")
        if unknown := set(value) - {field.rstrip("?") for field in schema}:
            raise Wrong(f"{at} holds what the protocol does not know: {unknown}")


def content_schema(kind, content):
    if kind == "is_complete_reply" and content.get("status") != "error":
        return IS_COMPLETE.get(content.get("status"), {"status": one_of(*IS_COMPLETE)})
    if kind not in REPLIES:
        return OTHERS.get(kind) or ERROR_REPLY
    if content.get("status") == "error":
        # An execute_reply also says its number, and what goes with it.
        return {**ERROR_REPLY, **(REPLIES[kind] if kind == "execute_reply" else {})}
    if content.get("status") == "aborted" and kind == "execute_reply":
        return {"status": str, "execution_count": count}
    return {"status": one_of("ok"), **REPLIES[kind]}


def check_message(message, channel):
    """Raises `Wrong` when a message is not as the protocol has it on `channel`."""
    kind = message["msg_type"]
    at = f"{channel}: {kind}"
    known = {"iopub": IOPUB, "stdin": STDIN}.get(channel, {*REPLIES, "is_complete_reply"})
    if kind not in known:
        raise Wrong(f"{at} does not belong there")
    check(message["header"], {**HEADER, "msg_type": one_of(kind)}, f"{at}.header")
    expect(message["parent_header"], dict, f"{at}.parent_header")
    expect(message["metadata"], dict, f"{at}.metadata")
    content = expect(message["content"], dict, at)
    check(content, content_schema(kind, content), at)
