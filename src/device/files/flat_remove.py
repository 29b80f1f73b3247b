# Removes a file, if its name arrived as it was sent. That it is not there is no error.
def _iot_do(n, s):
    import os

    if sum(bytes(n, "utf8")) != s:
        raise ValueError
    if n in os.listdir():
        os.remove(n)
