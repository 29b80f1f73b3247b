# Whether all that an object has can be read without effect: named tuples and exceptions.
def _iot_plain(o):
    return isinstance(o, (tuple, BaseException, type(__import__("sys").implementation)))
