# Starts the WebREPL; one that runs since the last reset is left as it is.
import sys

# A simulated board has no radio: what stands in for its driver is here.
sys.path.append("/.simulated")

if "webrepl_cfg" not in sys.modules:
    import network
    import webrepl_cfg

    # On a board with a radio `import webrepl; webrepl.start()` says this. A simulated board's WebREPL
    # is served from outside (`iot sim --ws`), and is there already.
    address = network.WLAN(network.STA_IF).ifconfig()[0]
    print("WebREPL daemon started on ws://%s:%d" % (address, webrepl_cfg.PORT))
    print("Started webrepl in normal mode")
