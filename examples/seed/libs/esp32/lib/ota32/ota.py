"""Firmware over the air, into the partition that the board does not run from."""

BLOCK_BYTES = 4096


class OTA:
    def __init__(self):
        from esp32 import Partition

        self.partition = Partition(Partition.RUNNING).get_next_update()

    def install(self, stream):
        """Writes what `stream` has, and starts from there the next time."""
        block = bytearray(BLOCK_BYTES)
        number = 0
        while stream.readinto(block):
            self.partition.writeblocks(number, block)
            number += 1
        self.partition.set_boot()
