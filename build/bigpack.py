#!/usr/bin/env python3
"""Writes packed rows from a seed, as `nn data pack` does: of 784 bytes each, of ten classes.

    python3 build/bigpack.py FOLDER ROWS        8 000 000 rows are 6.3 GB

A row of class k has its noise up to 127, and 100 more in the places k, k + 10, k + 20, ... It says nothing about how well anything is learned,
and is there to be larger than memory.
"""
import hashlib
import json
import os
import random
import sys

COLS, CLASSES, BLOCK = 784, 10, (1 << 20) // 784


def header(descr, shape):
    text = "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }" % (descr, shape)
    length = (10 + len(text) + 1 + 63) // 64 * 64 - 10
    return b"\x93NUMPY\x01\x00" + length.to_bytes(2, "little") + text.ljust(length - 1).encode() + b"\n"


def main(folder, rows):
    os.makedirs(folder, exist_ok=True)
    draw = random.Random(42)
    # Rows are cut from noise at random places: to draw each number would take an hour.
    noise = bytes(byte & 127 for byte in draw.randbytes(1 << 22))
    marked = [bytes(byte + (100 if (at - k) % 10 == 0 else 0) for at, byte in enumerate(noise[: 1 << 21])) for k in range(10)]
    whole, blocks = hashlib.sha256(), []
    labels = bytearray()
    with open(os.path.join(folder, "x.npy"), "wb") as x:
        def put(data):
            x.write(data)
            whole.update(data)

        put(header("|u1", "%d, %d" % (rows, COLS)))
        for start in range(0, rows, BLOCK):
            count = min(BLOCK, rows - start)
            kinds = [draw.randrange(CLASSES) for _ in range(count)]
            # Places are multiples of ten, so that marks are where they belong.
            at = [10 * draw.randrange(((1 << 21) - COLS) // 10) for _ in range(count)]
            data = b"".join(marked[k][place : place + COLS] for k, place in zip(kinds, at))
            labels.extend(kinds)
            blocks.append(hashlib.sha256(data).hexdigest())
            put(data)
        length = x.tell()
    y = header("|u1", "%d," % rows) + bytes(labels)
    with open(os.path.join(folder, "y.npy"), "wb") as out:
        out.write(y)
    record = {
        "schema": 1, "format": "nn-pack", "rows": rows, "features": COLS, "numbers": "u1", "pictures": True,
        "classes": [str(k) for k in range(CLASSES)], "values": 0, "first_index": None, "drops": False,
        "preprocessing": {"divisor": 1, "shift": [], "scale": [], "columns": [], "target": "", "target_shift": [], "target_scale": []},
        "source": {},
        "x": {"bytes": length, "sha256": whole.hexdigest(), "blocks": blocks},
        "y": {"bytes": len(y), "sha256": hashlib.sha256(y).hexdigest(), "blocks": []},
    }
    with open(os.path.join(folder, "data.json"), "w") as out:
        json.dump(record, out)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
