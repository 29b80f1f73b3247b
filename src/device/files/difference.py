# Compares what is wanted with what is there. Wanted files are named by folder, in an order that both
# sides know. Says "same" when the digest of all their digests is the expected one, else those, each
# cut short, zeros for what is missing; and whatever else is below the roots. Dots say that it lives.
def difference(wanted, roots, expected, width):
    all = b""
    files = {}
    for folder, names in wanted:
        for n in names:
            p = folder + n
            files[p] = 1
            d = digest(p) if isdir(p) is False else b""
            all += (d + bytes(width))[:width]
            print(end=".")
        p = folder[:-1]
        while p and p not in files:
            files[p] = 2
            p = p.rsplit("/", 1)[0]
    if expected and digest_of(all) == expected:
        say("same")
    else:
        say("".join("%02x" % c for c in all))
    for r in roots:
        others(r, files, os.statvfs(r) if r == "/" and hasattr(os, "statvfs") else None, roots)


def others(path, files, fs, roots):
    base = path if path[-1:] == "/" else path + "/"
    if isdir(path):
        for n, folder, size, _ in entries(path):
            p = base + n
            if folder:
                # What is mounted in the root is a file system of its own.
                if p in roots or fs and os.statvfs(p) != fs:
                    continue
                others(p, files, None, roots)
            # What is of the other kind is in the way.
            if files.get(p) != (2 if folder else 1):
                say("%d %d %d %r" % (1 if folder else 0, 0 if folder else size, -1, p))
