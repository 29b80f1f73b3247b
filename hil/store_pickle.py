"""Reads each file of a folder as a pickle, and writes its value beside it in every protocol."""

import pathlib
import pickle
import sys

for path in sorted(pathlib.Path(sys.argv[1]).glob("*.pickle")):
    value = pickle.loads(path.read_bytes())
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        path.with_suffix(f".{protocol}").write_bytes(pickle.dumps(value, protocol))
