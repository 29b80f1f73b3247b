"""What the board does when nobody works with it: says that it is alive."""

import time


def main():
    while True:
        print("alive for %d s" % (time.ticks_ms() // 1000))
        time.sleep(10)
