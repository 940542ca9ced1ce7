#!/usr/bin/env python3
"""Milliseconds per training step of nn against PyTorch, in turn on the same machine: machines differ and drift, a ratio
of neighbouring runs holds.

    python3 against_pytorch.py [--rounds 3] [--batch-norm --dropout 0.2] [--mkl FOLDER] [--python /usr/bin/python3]

PyTorch runs as it is installed and, with --mkl, also on the MKL in a folder (one that holds libmkl_gnu_thread.so, too).
nn runs on each of --blas (mkl and managed). Build first: ./build.sh Build; ./build.sh Mkl.
"""
import argparse
import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(here)
parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--hidden", default="512,512")
parser.add_argument("--batch-norm", action="store_true")
parser.add_argument("--dropout", type=float, default=0.0)
parser.add_argument("--blas", default="mkl,managed")
parser.add_argument("--mkl", help="a folder with MKL for PyTorch")
parser.add_argument("--python", default=sys.executable, help="the Python that has PyTorch")
parser.add_argument("--nn", default=os.path.join(root, "NeuralNetwork.Cli/bin/Release/net10.0/nn.dll"))
options = parser.parse_args()

same = ["--hidden", options.hidden, "--batch-size", "128", "--lr", "0.002", "--epochs", str(options.epochs)]
if options.batch_norm:
    same.append("--batch-norm")
if options.dropout:
    same += ["--dropout", str(options.dropout)]


def pytorch(environment):
    command = [options.python, os.path.join(here, "pytorch_mlp.py"), "--data", os.path.join(root, "data/mnist"), *same]
    output = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    if output.returncode != 0:
        last = output.stderr.strip().splitlines()[-1:] or ["no word of why"]
        sys.exit(f"{options.python}: {last[0]} (--python names a Python that has PyTorch)")
    return json.loads(output.stdout)["ms_per_step"]


def nn(blas):
    with tempfile.TemporaryDirectory() as folder:
        run = os.path.join(folder, "run")
        command = ["dotnet", options.nn, "train", "mnist", *same, "--validation", "none", "--blas", blas]
        subprocess.run([*command, "--out", run, "--quiet"], capture_output=True, check=True)
        with open(os.path.join(run, "history.csv"), encoding="utf-8") as history:
            rows = [(int(row["step"]), float(row["seconds"])) for row in csv.DictReader(history)]
        steps = [step - before for (step, _), (before, _) in zip(rows, [(0, 0.0), *rows])]
        each = [seconds / count * 1e3 for (_, seconds), count in zip(rows, steps)]
        return statistics.median(each[1:] or each)


contestants = {"pytorch": lambda: pytorch({})}
if options.mkl:
    preload = {"LD_LIBRARY_PATH": options.mkl, "LD_PRELOAD": "libgomp.so.1:libmkl_rt.so", "MKL_THREADING_LAYER": "GNU"}
    contestants["pytorch on mkl"] = lambda: pytorch(preload)
for name in options.blas.split(","):
    contestants[f"nn on {name}"] = lambda name=name: nn(name)

results = {name: [] for name in contestants}
for turn in range(options.rounds):
    for name, run in contestants.items():
        results[name].append(run())
        print(f"round {turn + 1}: {name:16} {results[name][-1]:8.3f} ms/step", flush=True)

rivals = [name for name in contestants if name.startswith("pytorch")]
best = min(rivals, key=lambda name: statistics.median(results[name]))
print(f"\nmedians, and ratios to {best} round by round")
for name, values in results.items():
    ratios = [value / rival for value, rival in zip(values, results[best])]
    print(f"{name:16} {statistics.median(values):8.3f} ms/step   {statistics.median(ratios):.2f} x ({min(ratios):.2f} .. {max(ratios):.2f})")
