#!/usr/bin/env python3
"""PyTorch (CPU) on the work that `nn train mnist` does. Needs python3-torch (Debian's, or any other) and NumPy.

Prints one JSON object: milliseconds per training step (the median over epochs after the first, and the best epoch) and
the accuracy on the test images. `against_pytorch.py` runs it in turn with nn.
"""
import argparse
import gzip
import json
import os
import statistics
import time

import numpy as np
import torch

parser = argparse.ArgumentParser()
parser.add_argument("--data", required=True, help="folder with the four IDX files, plain or .gz")
parser.add_argument("--hidden", default="512,512")
parser.add_argument("--batch-norm", action="store_true")
parser.add_argument("--dropout", type=float, default=0.0)
parser.add_argument("--lr", type=float, default=0.002)
parser.add_argument("--batch-size", type=int, default=128)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--threads", type=int, default=os.cpu_count())
options = parser.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(42)


def idx(name):
    """The array in an IDX file."""
    for suffix, opener in (("", open), (".gz", gzip.open)):
        path = os.path.join(options.data, name + suffix)
        if os.path.exists(path):
            content = opener(path, "rb").read()
            sizes = np.frombuffer(content, ">u4", content[3], 4)
            return np.frombuffer(content, np.uint8, offset=4 + 4 * content[3]).reshape(sizes)
    raise SystemExit(f"no {name}[.gz] in {options.data}")


def images(name):
    pixels = idx(name)
    return torch.from_numpy(pixels.reshape(len(pixels), -1).astype(np.float32) / 255)


def labels(name):
    return torch.from_numpy(idx(name).astype(np.int64))


def network(inputs):
    layers = []
    for units in map(int, options.hidden.split(",")):
        dense = torch.nn.Linear(inputs, units)
        torch.nn.init.kaiming_normal_(dense.weight)
        torch.nn.init.zeros_(dense.bias)
        layers.append(dense)
        if options.batch_norm:
            layers.append(torch.nn.BatchNorm1d(units))
        layers.append(torch.nn.ReLU())
        if options.dropout:
            layers.append(torch.nn.Dropout(options.dropout))
        inputs = units
    return torch.nn.Sequential(*layers, torch.nn.Linear(inputs, 10))


x, y = images("train-images-idx3-ubyte"), labels("train-labels-idx1-ubyte")
model = network(x.shape[1])
loss = torch.nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), options.lr)
milliseconds = []
for epoch in range(options.epochs):
    model.train()
    order = torch.randperm(len(x))
    batches = order[: len(x) // options.batch_size * options.batch_size].split(options.batch_size)
    start = time.perf_counter()
    for rows in batches:
        optimizer.zero_grad(set_to_none=True)
        loss(model(x[rows]), y[rows]).backward()
        optimizer.step()
    milliseconds.append((time.perf_counter() - start) / len(batches) * 1e3)

model.eval()
with torch.no_grad():
    right = model(images("t10k-images-idx3-ubyte")).argmax(1) == labels("t10k-labels-idx1-ubyte")
warm = milliseconds[1:] or milliseconds
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "threads": options.threads,
            "ms_per_step": round(statistics.median(warm), 3),
            "best_ms_per_step": round(min(warm), 3),
            "test_accuracy": round(right.float().mean().item(), 4),
        }
    )
)
