# Prints the keys of a dict that are strings, a line each.
def _iot_keys(o):
    if type(o) is dict:
        for k in o.keys():
            if type(k) is str and "\n" not in k:
                print(k)
