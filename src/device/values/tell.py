# Prints a variable, a line for each part: what it is and how many parts follow, or its value. Bytes
# come in pieces, as Python writes them. No recursion: a micro:bit has no stack for it. The last line
# is a checksum of those before it.
def _iot_tell(n):
    i = c = 0
    m = ""
    a = []
    q = [iter((globals()[n],))]
    while q:
        if m and i < len(m):
            s = repr(bytes(m[i : i + 40]))
            i += 40
        else:
            try:
                v = next(q[-1])
            except StopIteration:
                q.pop()
                if a:
                    a.pop()
                continue
            i = 0
            s, m, k = _iot_part(v)
            if k:
                for w in a:
                    if w is v:
                        s = "@"
                a.append(v)
                q.append(k)
            if s[0] in "@!":
                q = 0
        c = (c * 31 + sum(bytes(s, "utf8"))) % 65521
        print("\x16" + s)
    print("\x16=%d" % c)
