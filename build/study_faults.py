"""Kills thrown at whole commands of nn, on Linux: studies, and everything that writes one file.

    python3 build/study_faults.py [KILLS] [COMMAND...]

First every write, sync and rename of each command in turn is cut short by a kill, and then by an error of a full or broken disk
(with strace; only the named ones of train, resume, compare, search, predict, evaluate, export and import where any are named, and
none for "-"; NN_FAULTS="error=EIO" throws that alone). Then comparisons and searches with
halving are killed at KILLS (100 unless told) random times. After each kill the command goes on as nn says: with `nn resume`,
with --resume, or once more. All files are then those of a command never interrupted, but for times and dates. Ends with 1 if
anything is otherwise.
"""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NN = ["dotnet", os.path.join(ROOT, "NeuralNetwork.Cli/bin/Release/net10.0/nn.dll")]
CALLS = ["pwrite64", "fsync", "rename"]
FAULTS = os.environ.get("NN_FAULTS", "signal=KILL error=ENOSPC error=EIO").split()
SMALL = "--hidden 4 --blas managed --threads 1 --checkpoint-every 1 --quiet".split()
STUDIES = {
    "compare": ["compare", "optimizers", "rows.csv", "--values", "adam,sgd", "--epochs", "4", *SMALL],
    "search": ["search", "rows.csv", "--trials", "4", "--halving", "2", "--epochs", "8"]
    + ["--vary", "learning-rate=0.001..0.1:log", *SMALL],
}
RUNS = {**STUDIES, "train": ["train", "rows.csv", "--epochs", "4", *SMALL]}
# Goes on with what a kill left of a training, and is killed itself.
RESUME = ["resume", "out", "--quiet"]
FILES = {
    "predict": (["predict", "trained", "rows.csv", "--out"], "out/p.csv"),
    "evaluate": (["evaluate", "trained", "rows.csv", "--plot"], "out/e.svg"),
    "export": (["model", "export", "trained", "--out"], "out/m.onnx"),
    "import": (["model", "import", "trained/model.safetensors", "--out"], "out/i.safetensors"),
}
RECORDS = {"compare": "comparison.json", "search": "search.json", "train": "config.json"}
# What says when.
TIMES = {"started", "seconds", "training_seconds", "milliseconds_per_step", "resumed"}


def demand(holds, message):
    if not holds:
        print(f"study_faults: FAILED: {message} (in {os.getcwd()})", file=sys.stderr, flush=True)
        sys.exit(1)


def ended(words, prefix=()):
    return subprocess.run([*prefix, *NN, *words], capture_output=True, text=True)


def timeless(node):
    if isinstance(node, dict):
        return {key: timeless(value) for key, value in node.items() if key not in TIMES}
    return [timeless(one) for one in node] if isinstance(node, list) else node


def content(path):
    with open(path, "rb") as file:
        found = file.read()
    # Beginning again has the data by their whole path.
    if path in ("out/run.json", "out/report.html"):
        found = found.replace(f"{os.getcwd()}/".encode(), b"")
    if path.endswith("checkpoint.safetensors"):
        # Its header has the seconds of each epoch.
        return found[8 + int.from_bytes(found[:8], "little") :]
    if path.endswith(".json"):
        return json.dumps(timeless(json.loads(found)))
    if path.endswith(".jsonl"):
        return [json.dumps(timeless(json.loads(line))) for line in found.decode().splitlines()]
    if path.endswith(".csv") and b"seconds" in found.split(b"\n")[0]:
        rows = [row.split(",") for row in found.decode().splitlines()]
        place = rows[0].index("seconds")
        return [row[:place] + row[place + 1 :] for row in rows]
    if path.endswith(".html"):
        # Dates, spans of time and speeds: a report's words and curves are the same. A command is wrapped by its length.
        text = re.sub(r"\s*\\\n\s*", " ", found.decode())
        text = re.sub(r"\d{4}-\d\d-\d\d[ T][\d:.]+( UTC|Z|[+-][\d:]+)?", "DATE", text)
        text = re.sub(r"<td class=.number.>\d+\.\d</td>", "SECONDS", text)
        return re.sub(r"[\d.,]+(&nbsp;|\s)?(ms|s|µs|rows/s|k rows/s|M rows/s)\b", "TIME", text)
    return found


def outcome(folder):
    paths = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
    return {path: content(path) for path in paths if not path.endswith("/.lock")}


def differing(expected, folder):
    found = outcome(folder)
    return [path for path in sorted(expected.keys() | found.keys()) if expected.get(path) != found.get(path)]


def going_on(name):
    """The words that go on with what a kill left of a run or a study in the folder "out"."""
    if not os.path.exists(f"out/{RECORDS[name]}"):
        return [*RUNS[name], "--out", "out"]
    if name == "train":
        return RESUME
    return [*RUNS[name], "--out", "out", "--resume"]


def clear():
    shutil.rmtree("out", ignore_errors=True)


def prepare(name):
    clear()
    if name == "resume":
        shutil.copytree("part", "out")


def finish(name, expected, what):
    words = [*FILES[name][0], FILES[name][1], "--force"] if name in FILES else RESUME if name == "resume" else going_on(name)
    end = ended(words)
    demand(end.returncode == 0, f"{what}; then {' '.join(words)} ended with {end.returncode}: {end.stderr}")
    demand("interrupted" not in end.stderr, f"{what}; then exit code 0 and: {end.stderr}")
    other = differing(expected, "out")
    demand(not other, f"{what}; then other files: {other}")


def first(name):
    if name == "resume":
        return RESUME
    return [*FILES[name][0], FILES[name][1]] if name in FILES else [*RUNS[name], "--out", "out"]


def whole(name):
    """The files of a command that nothing interrupts, which are the same when it is repeated."""
    if name == "resume":
        clear()
        ended(first("train"), traced("rename", "signal=KILL", 10))
        shutil.rmtree("part", ignore_errors=True)
        shutil.move("out", "part")
    prepare(name)
    end = ended(first(name))
    demand(end.returncode == 0, f"{name} ended with {end.returncode}: {end.stderr}")
    expected = outcome("out")
    prepare(name)
    demand(ended(first(name)).returncode == 0, name)
    other = differing(expected, "out")
    demand(not other, f"{name} repeated: other files: {other}")
    return expected


def traced(call, fault, when):
    # Stopped at this call alone, a command runs at its own speed.
    return ["strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{fault}:when={when}"]


def fail_at_each_call(name, expected, fault):
    """Every call of a command, up to the first that it does not come to: what fails is said with exit code 4."""
    points = 0
    for call in CALLS:
        when = 0
        while True:
            when += 1
            prepare(name)
            end = ended(first(name), traced(call, fault, when))
            if end.returncode == 0:
                break
            what = f"{name} with {fault} at {call} number {when}"
            codes = [-signal.SIGKILL, 128 + signal.SIGKILL] if fault.startswith("signal") else [4]
            demand(end.returncode in codes, f"{what}: {end.returncode} {end.stderr}")
            finish(name, expected, what)
            points += 1
    print(f"study_faults: {name}: {fault} at each of {points} writes, syncs and renames; the same files in the end", flush=True)


def kill_at_random(kills, expected, spans):
    killed, studies = 0, 0
    while killed < kills:
        name = random.choice(sorted(STUDIES))
        clear()
        before = killed
        while True:
            words = going_on(name)
            process = subprocess.Popen([*NN, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                process.wait(random.uniform(0.1, spans[name]))
            except subprocess.TimeoutExpired:
                process.kill()
            error = process.communicate()[1].decode()
            if process.returncode == 0:
                demand("interrupted" not in error, f"{name}, exit code 0: {error}")
                break
            demand(process.returncode == -signal.SIGKILL, f"{name}, {killed - before} kills: {process.returncode} {error}")
            killed += 1
            if killed - before >= 4:
                break
        finish(name, expected[name], f"{name} killed {killed - before} times")
        studies += 1
        if studies % 20 == 0:
            print(f"study_faults: {killed} random kills of {studies} studies so far", flush=True)
    print(f"study_faults: {killed} random kills of {studies} studies, all of which ended with the same files", flush=True)


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    every = [*RUNS, "resume", *FILES]
    named = [name for name in sys.argv[2:] if name != "-"] or ([] if "-" in sys.argv else every)
    folder = tempfile.mkdtemp(prefix="nn-study-faults-")
    os.chdir(folder)
    rows = random.Random(1)
    with open("rows.csv", "w") as file:
        file.write("x,z,kind\n")
        for _ in range(60):
            x, z = rows.gauss(0, 1), rows.gauss(0, 1)
            file.write(f"{x:.4f},{z:.4f},{'a' if x > z else 'b'}\n")
    demand(ended([*RUNS["train"], "--out", "trained"]).returncode == 0, "the first run")
    if named and not shutil.which("strace"):
        print("study_faults: no strace: the kills at single calls are skipped")
        named = []
    for name in named:
        expected = whole(name)
        for fault in FAULTS:
            fail_at_each_call(name, expected, fault)
    if kills > 0:
        expected, spans = {}, {}
        for name in STUDIES:
            began = time.monotonic()
            expected[name] = whole(name)
            spans[name] = (time.monotonic() - began) / 2
        kill_at_random(kills, expected, spans)
    os.chdir(ROOT)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
