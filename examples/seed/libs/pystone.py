"""A small benchmark that reports as Pystone does. Its figures compare boards with each other only."""

import time


class Record:
    def __init__(self, number, text, next=None):
        self.number = number
        self.text = text
        self.next = next


def one_pass(index, row):
    """Records, a list, text and arithmetic, about as much of each."""
    head = None
    for number in range(5):
        head = Record(number + index, "record", head)
    total = 0
    while head is not None:
        row[head.number % len(row)] = head.number
        if head.text == "record" and head.number % 3 != 1:
            total += head.number * 7 // 3
        head = head.next
    return total


def main(loops=500):
    row = [0] * 50
    start = time.ticks_us()
    for index in range(loops):
        one_pass(index, row)
    seconds = max(time.ticks_diff(time.ticks_us(), start), 1) / 1000000
    print("Pystone(1.2) time for %d passes = %g seconds" % (loops, seconds))
    print("This machine benchmarks at %g pystones/second" % (loops / seconds))
