# An item of a list, tuple or dict, found without a __getitem__, __hash__ or __eq__ of the user's.
def _iot_item(o, k):
    if type(o) in (list, tuple) and type(k) is int:
        return o[k]
    if type(o) is dict:
        for n, v in o.items():
            if type(n) is type(k) and n == k:
                return v
    raise KeyError
