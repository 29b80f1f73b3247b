"""Which way a BNO055 points."""

import struct
from .bno055_base import CHIP_ID, EULER, OPERATION_MODE, Registers

# BNO055 data sheet, 3.3 and 4.3.1
NDOF = 0x0C
ID = 0xA0


class BNO055(Registers):
    def __init__(self, i2c, address=0x28):
        super().__init__(i2c, address)
        if self.read(CHIP_ID, 1)[0] != ID:
            raise OSError("no BNO055 at 0x%02x" % address)
        self.write(OPERATION_MODE, NDOF)

    def euler(self):
        """Heading, roll and pitch in degrees."""
        return tuple(value / 16 for value in struct.unpack("<hhh", self.read(EULER, 6)))
