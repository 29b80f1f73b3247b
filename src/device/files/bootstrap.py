# Takes a program in one block (docs/transfer.md) and runs it: sooner there than typed. Says how much
# memory is free, and imports what the program needs, so that a board without it says so at once.
import sys, gc, os, io, binascii, deflate, hashlib

os.rename
g = sys.stdin.buffer.read
gc.collect()
sys.stdout.write("\x16%d\n\x06" % gc.mem_free())
h = g(13)
d = g(int(h[1:5], 16))
if binascii.crc32(d, h[0]) != int(h[5:], 16):
    raise ValueError("block")
for a in b"bcdp":
    d = d.replace(bytes((16, a)), bytes((a - 96,)))
exec(deflate.DeflateIO(io.BytesIO(d), deflate.RAW, 10).read(), {})
