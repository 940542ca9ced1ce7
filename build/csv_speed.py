#!/usr/bin/env python3
"""How fast nn reads a CSV file, and what it takes of memory: csv_speed.py NN [rounds].

Writes a million rows of nineteen numbers and a class once into the folder for temporary files, trains a small network on
them for one step, and prints the rate that the run states and the peak of the whole process, beside the size of the numbers.
"""

import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile

ROWS, COLUMNS = 1_000_000, 20


def table(path):
    """The same file for the same seed."""
    draw = random.Random(1)
    names = [f"f{column}" for column in range(COLUMNS - 1)]
    with open(path + ".part", "w") as file:
        file.write(",".join(names + ["y"]) + "\n")
        for _ in range(ROWS):
            numbers = [draw.gauss(0, 1) for _ in names]
            cells = [f"{number:.6f}" for number in numbers]
            file.write(",".join(cells + ["a" if numbers[0] + numbers[1] > 0 else "b"]) + "\n")
    os.replace(path + ".part", path)


def measure(nn, path, out):
    """Megabytes a second, and the peak in megabytes."""
    shutil.rmtree(out, ignore_errors=True)
    words = [nn, "train", path, "--hidden", "8", "--epochs", "1", "--batch-size", "4096", "--quiet", "--out", out]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    with open(os.path.join(out, "run.json")) as file:
        data = json.load(file)["data"]
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return data["bytes"] / data["seconds"] / 1e6, peak / 1e6


def main():
    nn, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    path = os.path.join(tempfile.gettempdir(), "nn-million.csv")
    if not os.path.exists(path):
        table(path)
    arrays = ROWS * COLUMNS * 8 / 1e6
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            rate, peak = measure(nn, path, os.path.join(folder, "run"))
            print(f"{rate:5.1f} MB/s   peak {peak:.0f} MB, {peak / arrays:.2f} times the {arrays:.0f} MB of numbers")


if __name__ == "__main__":
    main()
