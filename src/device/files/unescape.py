# Undoes the escapes of a raw block: each letter is its byte with 96 added.
def unescape(d):
    for a in b"bcdp":
        d = d.replace(bytes((16, a)), bytes((a - 96,)))
    return d
