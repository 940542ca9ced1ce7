"""Whether two builds of nn give the same bytes: what a change that moves walls, and nothing else, has to leave as it was.

    python3 build/same_bytes.py OLD/nn.dll NEW/nn.dll
    python3 build/same_bytes.py OLD/nn.dll before.json      # keeps what the old build gives, as checksums
    python3 build/same_bytes.py before.json NEW/nn.dll

Both train the runs of TRAININGS on tables made here from a seed, with the managed products and one thread, then evaluate, predict
and export them; both export the 50 networks that ONNX Runtime was asked about in all formats, and give the JSON documents of
DOCUMENTS. Ends with 1 and the names of what differs, if anything does; times and dates may. Takes some minutes.
"""

import base64
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
FIXTURES = os.path.join(ROOT, "NeuralNetwork.Tests", "Fixtures", "onnx-runtime.json")

# A training for everything that takes part in a step: its name, its table, and its options.
TRAININGS = {
    "default": ("classes", ""),
    "plain": ("classes", "--preset none --hidden 32,16 --batch-size 32"),
    "original": ("classes", "--preset original"),
    "norm": ("classes", "--preset none --batch-norm --dropout 0.2 --input-dropout 0.1 --optimizer adamw --weight-decay 0.01"),
    "gates": ("classes", "--preset none --hidden 16,16,16 --activation gelu,mish,silu --optimizer nadam --schedule cosine:100"),
    "rectifiers": ("classes", "--preset none --hidden 16,16,16 --activation prelu,leaky-relu:0.1,selu --optimizer radam"),
    "members": ("classes", "--members 3 --validation folds --calibrate true --class-weights balanced --early-stopping 3"),
    "smoothed": ("classes", "--preset none --label-smoothing 0.1 --optimizer nag --momentum 0.8 --max-norm 2 --clip-norm 0.5"),
    "waves": ("values", "--embedding periodic --optimizer amsgrad --clip-global-norm 1 --schedule one-cycle:60"),
    "huber": ("values", "--preset none --loss huber:0.5 --optimizer rmsprop --centered true --momentum 0.5 --l1 0.001 --l2 0.01"),
    "double": ("values", "--preset none --precision float64 --optimizer adadelta --convention keras2 --init orthogonal"),
    "sign": ("values", "--preset none --optimizer lion --loss log-cosh --schedule plateau:0.5:1:0.0001:1:0:0 --warmup 5"),
    "whole": ("values", "--preset none --optimizer rprop --batch-size all --activation tanh --standardize false"),
    "binary": ("pairs", "--preset none --loss binary-cross-entropy --optimizer adamax --convention optax --clip-value 0.1"),
    "focal": ("pairs", "--preset none --loss focal:2 --optimizer adagrad --convention keras3 --batch-norm --batch-norm-position after"),
    "momentum": ("pairs", "--preset none --optimizer momentum --dampening 0.1 --rate-in-buffer true --schedule step:0.5:20"),
}
LENGTH = "--epochs 6 --seed 7 --blas managed --threads 1 --quiet".split()

DOCUMENTS = {
    **{f"explain {name}": ["explain", *name.split()] for name in ["optimizer adam", "optimizer nadam", "optimizer rmsprop"]},
    **{f"explain {name}": ["explain", *name.split()] for name in ["activation gelu", "loss cross-entropy", "loss huber"]},
    **{f"explain {name}": ["explain", *name.split()] for name in ["initializer he-normal", "schedule cosine", "batch-norm"]},
    **{f"explain {name}": ["explain", *name.split()] for name in ["members", "folds", "temperature", "periodic"]},
    "gradcheck": ["gradcheck", "--batch-norm", "--dropout", "0.2", "--seed", "1"],
    "inspect": ["data", "inspect", "classes.csv"],
    "dry-run": ["train", "classes.csv", "--out", "none", "--dry-run"],
}
# What says when, where, or how fast.
PASSING = {"started", "seconds", "training_seconds", "milliseconds_per_step", "resumed", "command", "version", "commit", "peak_memory"}
PASSING |= {"rows_per_second", "memory", "host", "run", "model", "path", "build"}


def tables():
    draw = random.Random(3)
    rows = [[draw.gauss(0, 1) for _ in range(5)] for _ in range(400)]
    texts = {"classes": "a,b,c,d,e,kind\n", "pairs": "a,b,c,d,e,kind\n", "values": "a,b,c,d,e,y\n"}
    for row in rows:
        cells = ",".join(f"{x:.5f}" for x in row)
        texts["classes"] += f"{cells},{'red' if row[0] > row[1] else 'green' if row[2] > 0 else 'blue'}\n"
        texts["pairs"] += f"{cells},{'yes' if row[0] * row[1] > 0 else 'no'}\n"
        texts["values"] += f"{cells},{row[0] * 3 + abs(row[1]) - row[2] * row[3]:.5f}\n"
    for name, text in texts.items():
        with open(f"{name}.csv", "w") as file:
            file.write(text)


def lasting(node):
    if isinstance(node, dict):
        return {key: lasting(value) for key, value in node.items() if key not in PASSING}
    return [lasting(one) for one in node] if isinstance(node, list) else node


class Build:
    """What a build of nn gives, by name."""

    def __init__(self, dll):
        self.command = ["dotnet", os.path.abspath(dll)]
        self.found = {}

    def run(self, words):
        return subprocess.run([*self.command, *words], capture_output=True)

    def keep(self, name, words, *files):
        end = self.run(words)
        if end.returncode != 0:
            sys.exit(f"same_bytes: {self.command[-1]} {' '.join(words)}: {end.stderr.decode()}")
        for path in files:
            with open(path, "rb") as file:
                here = os.getcwd().encode()
                self.found[f"{name}: {os.path.basename(path)}"] = file.read().replace(here, b"HERE")

    def document(self, name, words):
        end = self.run([*words, "--json"])
        self.found[f"{name}: exit code"] = end.returncode
        # Where there is no document the two builds never agree: nothing was compared.
        nothing = f"{self.command[-1]}: {end.stderr.decode()}"
        self.found[f"{name}: JSON"] = lasting(json.loads(end.stdout)) if end.stdout else nothing

    def export(self, name, model):
        for file, more in [("m.onnx", []), ("m.npz", []), ("M.cs", []), ("t.safetensors", ["--layout", "torch"])]:
            end = self.run(["model", "export", model, "--out", file, "--force", "--quiet", *more])
            self.found[f"{name} as {file}: exit code"] = end.returncode
            if end.returncode == 0:
                with open(file, "rb") as written:
                    self.found[f"{name} as {file}"] = written.read()


def all_of(dll):
    build, back = Build(dll), os.getcwd()
    with tempfile.TemporaryDirectory(prefix="nn-same-bytes-") as folder:
        os.chdir(folder)
        tables()
        for name, (table, options) in TRAININGS.items():
            words = ["train", f"{table}.csv", "--out", name, *options.split(), *LENGTH]
            build.keep(name, words, f"{name}/model.safetensors", f"{name}/config.json")
            build.document(f"evaluation of {name}", ["evaluate", name, f"{table}.csv"])
            build.keep(f"prediction of {name}", ["predict", name, f"{table}.csv", "--out", f"{name}.out.csv"], f"{name}.out.csv")
            build.document(f"show {name}", ["model", "show", name])
            build.document(f"plan of {name}", ["explain", "plan", f"{table}.csv", "--config", f"{name}/config.json"])
            build.export(name, name)
        for network in json.load(open(FIXTURES))["networks"]:
            with open("fixture.safetensors", "wb") as file:
                file.write(base64.b64decode(network["model"]))
            build.export(network["name"], "fixture.safetensors")
        for name, words in DOCUMENTS.items():
            build.document(name, words)
        os.chdir(back)
    return build.found


def checksums(place):
    if place.endswith(".json"):
        with open(place) as file:
            return json.load(file)
    found = all_of(place)
    as_bytes = {name: what if isinstance(what, bytes) else json.dumps(what).encode() for name, what in found.items()}
    return {name: hashlib.sha256(what).hexdigest() for name, what in as_bytes.items()}


def main():
    old = checksums(sys.argv[1])
    if sys.argv[2].endswith(".json"):
        with open(sys.argv[2], "w") as file:
            json.dump(old, file, indent=1)
        return
    new = checksums(sys.argv[2])
    other = [name for name in sorted(old.keys() | new.keys()) if old.get(name) != new.get(name)]
    for name in other:
        print(f"same_bytes: other than before: {name}")
    print(f"same_bytes: {len(old)} things compared, {len(other)} differ")
    sys.exit(1 if other else 0)


main()
