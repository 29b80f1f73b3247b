"""The registers of a BNO055, an orientation sensor by Bosch, as far as this example needs them."""

# BNO055 data sheet, 4.2.1: register map, page 0
CHIP_ID = 0x00
EULER = 0x1A
OPERATION_MODE = 0x3D


class Registers:
    """A sensor on an I2C bus."""

    def __init__(self, i2c, address=0x28):
        self.i2c = i2c
        self.address = address

    def read(self, register, size):
        return self.i2c.readfrom_mem(self.address, register, size)

    def write(self, register, value):
        self.i2c.writeto_mem(self.address, register, bytes([value]))
