"""Data and networks the oracles are asked about, and the files that carry numbers from and to them."""

import json
import pathlib
import random
import struct
import subprocess

import numpy

ACTIVATIONS = (
    "identity relu leaky-relu:0.1 prelu elu:1.3 selu gelu gelu-tanh silu mish softplus softsign tanh sigmoid "
    "hard-sigmoid hard-tanh softmax exponential"
).split()


def networks():
    """Name, data and options of `nn train` for each network."""
    for precision in ("float32", "float64"):
        for activation in ACTIVATIONS:
            yield f"{activation} {precision}", "classes", f"--activation {activation} --precision {precision}"
        for task, data in (("classification", "classes"), ("regression", "values")):
            for position in ("before", "after"):
                options = f"--batch-norm --batch-norm-position {position} --dropout 0.2 --precision {precision}"
                yield f"batch norm {position} and dropout, {task} {precision}", data, options
        yield f"binary {precision}", "halves", f"--loss binary-cross-entropy --precision {precision}"
        yield f"hinge {precision}", "halves", f"--loss hinge --precision {precision}"
        yield f"poisson {precision}", "counts", f"--loss poisson --precision {precision}"


def write_tables(folder):
    """Three columns, one of names, and something to learn of each kind."""
    draw = random.Random(7)
    lines = {name: ["length,weight,colour,target"] for name in ("classes", "halves", "values", "counts")}
    for _ in range(200):
        length, weight, colour = draw.gauss(1e4, 3), draw.gauss(-2, 1), draw.choice(["red", "green", "blue"])
        score = (length - 1e4) / 3 - weight + (colour == "red")
        targets = {
            "classes": "abc"[min(2, max(0, int(score)))],
            "halves": "no" if score < 1 else "yes",
            "values": f"{1000 + 50 * score:.3f}",
            "counts": f"{max(0, int(score))}.0",
        }
        for name, target in targets.items():
            lines[name].append(f"{length:.4f},{weight:.4f},{colour},{target}")
    for name, text in lines.items():
        (folder / f"{name}.csv").write_text("\n".join(text) + "\n")


def nn(program, *arguments):
    done = subprocess.run(["dotnet", program, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"nn {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def train(program, folder, name, data, options):
    """A model after a few epochs; the path of its file."""
    run = folder / "".join(c if c.isalnum() else "-" for c in name)
    arguments = ["train", str(folder / f"{data}.csv"), "--out", str(run), "--quiet", "--hidden", "5,4"]
    task = "regression" if data in ("values", "counts") else "classification"
    nn(program, *arguments, "--task", task, "--epochs", "6", "--batch-size", "20", *options.split())
    return run / "model.safetensors"


def rows_of(data, rows=16):
    """Raw features with a column for each category, in the order of the model's: the CSV's, categories sorted."""
    draw = random.Random(len(data))
    one_hot = [[0, 0, 1], [0, 1, 0], [1, 0, 0]]
    return numpy.array([[draw.gauss(1e4, 3), draw.gauss(-2, 1), *draw.choice(one_hot)] for _ in range(rows)])


def read_safetensors(path):
    """Metadata and tensors of a safetensors file."""
    raw = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    types = {"F32": "<f4", "F64": "<f8", "I64": "<i8"}
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        start, stop = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = numpy.frombuffer(raw[start:stop], types[entry["dtype"]]).reshape(entry["shape"])
    return metadata, tensors


def write_safetensors(path, tensors):
    """Tensors of NumPy or, for bfloat16, pairs of a type's name and raw bytes with a shape."""
    names = {"float32": "F32", "float64": "F64", "float16": "F16", "int64": "I64"}
    header, body = {}, b""
    for name, tensor in tensors.items():
        kind, shape, raw = (
            tensor if isinstance(tensor, tuple) else (names[str(tensor.dtype)], tensor.shape, tensor.tobytes())
        )
        header[name] = {"dtype": kind, "shape": list(shape), "data_offsets": [len(body), len(body) + len(raw)]}
        body += raw
    text = json.dumps(header).encode()
    pathlib.Path(path).write_bytes(struct.pack("<Q", len(text)) + text + body)
