# Answers of the other programs here: lines that begin with a sign of their own, so that what a timer
# prints meanwhile is not taken for one, and in the end a checksum over all of them.
_c = 0


def say(text):
    global _c
    _c = (_c * 31 + sum(bytes(text, "utf8"))) % 65521
    print("\x16" + text)
