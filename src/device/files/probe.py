# Prints what this board has, a digit for each of the names, and how much memory is free.
def probe(names):
    import gc

    gc.collect()
    r = ""
    for n in names.split():
        m, a, *b = n.split(".")
        try:
            o = getattr(__import__(m), a)
            for a in b:
                o = getattr(o, a)
            r += "1"
        except Exception:
            r += "0"
    say(r)
    say(str(gc.mem_free() if hasattr(gc, "mem_free") else 0))
