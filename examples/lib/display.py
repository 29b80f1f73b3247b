# display(data) shows data in a notebook, and clear_output() takes away what was shown.
# To use it in programs on a board, copy this file there. The format: docs/rich-output.md of iot.
# Runs on MicroPython 1.9 and later, also on a BBC micro:bit.


# data    bytes of a PNG, JPEG, GIF or WebP picture; text; a dict or list, shown as JSON; or an
#         object with a method that IPython knows, e.g. _repr_html_
# mime    what data is, where that cannot be seen: "text/html", "image/svg+xml", "text/markdown", …
# id      a name, so that display(other, id=id, update=True) takes its place
# width, height    of a picture, in pixels
def display(data, mime=None, id=None, update=False, width=None, height=None):
    if not mime:
        data, mime = _display_kind(data)
    if mime[-4:] == "json" and not isinstance(data, (str, bytes, bytearray)):
        from json import dumps

        data = dumps(data)
    options = ""
    for option in ("id", id), ("width", width), ("height", height):
        if option[1]:
            options += ("," if options else "") + "%s=%s" % option
    _display_send("update" if update else "display", mime, options, data)


def clear_output(wait=False):
    print("\x1b]4949;clear%s\x07" % (";wait" if wait else ""))


# What data is, and how it is shown: (data, mime).
def _display_kind(data):
    kinds = "image/png image/jpeg image/svg+xml text/html text/markdown application/json"
    for mime in kinds.split():
        method = getattr(data, "_repr_%s_" % mime.split("/")[1].split("+")[0], None)
        value = method() if method else None
        if value is not None:
            return value, mime
    if isinstance(data, (bytes, bytearray)):
        head = bytes(data[:3])
        for sign, kind in (b"\x89PN", "png"), (b"\xff\xd8\xff", "jpeg"), (b"GIF", "gif"), (b"RIF", "webp"):
            if head == sign:
                return data, "image/" + kind
        raise ValueError("no PNG, JPEG, GIF or WebP: say mime")
    if isinstance(data, (dict, list)):
        return data, "application/json"
    return str(data), "text/plain"


# Prints the mark, in parts: a picture may be most of what the memory holds.
def _display_send(verb, mime, options, data):
    text = isinstance(data, str)
    encode = None
    if not text:
        try:
            from binascii import b2a_base64 as encode
        except ImportError:
            pass
    raw = bytes(data, "utf8") if text else data
    coding = "base64" if encode else "text"
    print("\x1b]4949;%s;%s;%s;%d;%d;%s;" % (verb, mime, coding, len(raw), sum(raw), options), end="")
    if text:
        for char in "\\\n\r\x1b\x07":
            data = data.replace(char, "\\x%02x" % ord(char))
        print(data, end="")
    else:
        for i in range(0, len(raw), 192):
            part = bytes(raw[i : i + 192])
            if encode:
                print(str(encode(part), "utf8")[:-1], end="")
            else:
                for byte in part:
                    print("\\x%02x" % byte, end="")
    print("\x07")
