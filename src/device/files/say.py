# Answers of the other programs here: lines that begin with a sign of their own, so that what a timer
# prints meanwhile is not taken for one, and in the end a checksum over all of them.
_c = 0


def say(text):
    global _c
    b = bytes(text, "utf8")
    for i in range(0, len(b) + 1, 8):
        _c = (_c * 31 + sum(b[i : i + 8])) % 65521
    print("\x16" + text)
