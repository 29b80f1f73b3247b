"""Prints which way the sensor points, once a second."""

import time
from machine import I2C
from .bno055 import BNO055


def main():
    sensor = BNO055(I2C(0))
    while True:
        print("%7.1f %7.1f %7.1f" % sensor.euler())
        time.sleep(1)
