# As say.py, for a board with little memory and stack: its names stay in __main__ until they are
# deleted, so that they are its own.
_iot_c = 0


def _iot_say(text):
    global _iot_c
    b = bytes(text, "utf8")
    for i in range(0, len(b) + 1, 8):
        _iot_c = (_iot_c * 31 + sum(b[i : i + 8])) % 65521
    print("\x16" + text)
