"""Asks the ONNX checker and ONNX Runtime about files that nn exports, and writes down what they say.

python3 ask_onnx.py NN.dll FIXTURE.json     needs onnx, numpy, node and onnxruntime-node (see onnx_runtime.js)

The fixture holds, of small networks of every kind, the model file, rows, and ONNX Runtime's answers; the tests compare the
library with these numbers. Rows of MNIST are compared here only.
"""

import base64
import gzip
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import onnx

import tables

program, fixture = sys.argv[1:3]
runtime = pathlib.Path(__file__).with_name("onnx_runtime.js")


def ask(model, rows, output):
    kind = str(rows.dtype)
    arguments = ["node", str(runtime), str(model), kind, str(rows.shape[0]), str(rows.shape[1]), output]
    answer = subprocess.run(arguments, input=rows.tobytes(), capture_output=True, check=True).stdout
    return numpy.frombuffer(answer, "<f8" if output == "label" else rows.dtype).reshape(rows.shape[0], -1)


def export(model, target):
    document = json.loads(tables.nn(program, "model", "export", str(model), "--out", str(target), "--json"))
    # Given a path, a full check would write the shapes it finds into the file.
    onnx.checker.check_model(onnx.load(str(target)), full_check=True)
    return document["largest_difference"]


def small(folder):
    for name, data, options in tables.networks():
        model = tables.train(program, folder, name, data, options)
        target = model.with_suffix(".onnx")
        own = export(model, target)
        rows = tables.rows_of(data).astype("<f8" if "float64" in name else "<f4")
        outputs = [port.name for port in onnx.load(str(target)).graph.output]
        answers = ask(target, rows, outputs[0])
        print(f"{name}: checked; read back by nn: {own:.1e}")
        yield {
            "name": name,
            "model": base64.b64encode(model.read_bytes()).decode(),
            "onnx_sha256": hashlib.sha256(target.read_bytes()).hexdigest(),
            "rows": rows.astype(float).ravel().tolist(),
            "answers": answers.astype(float).ravel().tolist(),
            "labels": [int(label) for label in ask(target, rows, "label").ravel()] if "label" in outputs else None,
        }


def mnist(folder):
    data = pathlib.Path(__file__).parents[2] / "data" / "mnist" / "t10k-images-idx3-ubyte.gz"
    images = numpy.frombuffer(gzip.decompress(data.read_bytes()), "u1", offset=16).reshape(-1, 784).astype("<f4")
    for options in ("--hidden 128", "--hidden 256,128 --batch-norm --dropout 0.2 --activation gelu"):
        run, target, own = folder / options, folder / "mnist.onnx", folder / "own.npy"
        tables.nn(program, "train", str(data.parent), "--out", str(run), "--epochs", "1", "--quiet", *options.split())
        target.unlink(missing_ok=True)
        own.unlink(missing_ok=True)
        export(run, target)
        tables.nn(program, "predict", str(run), str(data.parent), "--probabilities", "--out", str(own))
        difference = numpy.abs(ask(target, images, "probabilities") - numpy.load(own)).max()
        print(f"MNIST {options}: {len(images)} rows, largest difference to ONNX Runtime {difference:.2e}")
        assert difference <= 1e-5


with tempfile.TemporaryDirectory() as name:
    folder = pathlib.Path(name)
    mnist(folder)
    tables.write_tables(folder)
    found = list(small(folder))
    pathlib.Path(fixture).write_text(json.dumps({"asked": "ONNX Runtime 1.30.0, opset 17", "networks": found}))
