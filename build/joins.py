"""Kills thrown at processes that join one study, on Linux.

    python3 build/joins.py [ROUNDS]

In each of ROUNDS (20 unless told) two to four processes start with the same line of `nn search` (with halving, with halving and a
Parzen estimator, or with both at two trials a time) or `nn compare`, and --join. At random times one of them is ended by kill -9 or told to stop by
SIGINT, up to six times, and another takes its place with the same line, until all have ended by themselves. In every fourth round nobody
is disturbed, and each training then has to be somebody's once. All files are those of one process, times and what was agreed on aside, and all
processes print the same. Ends with 1 if anything is otherwise.
"""

import collections
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

from study_faults import NN, ROOT, outcome

SMALL = "--hidden 4 --blas managed --threads 1 --checkpoint-every 1".split()
VARY = ["--vary", "learning-rate=0.001..0.1:log"]
STUDIES = {
    "search": ["search", "rows.csv", "--trials", "6", "--halving", "2", "--epochs", "8", *VARY, *SMALL],
    "tpe": ["search", "rows.csv", "--trials", "13", "--halving", "3", "--epochs", "6", "--sampler", "tpe", *VARY, *SMALL],
    "jobs": ["search", "rows.csv", "--trials", "8", "--halving", "2", "--epochs", "8", "--jobs", "2", *VARY, *SMALL],
    "compare": ["compare", "optimizers", "rows.csv", "--values", "adam,sgd", "--seeds", "2", "--epochs", "4", *SMALL],
}
LINE = re.compile(r"\((\d+) of \d+\)  (.*)")


def demand(holds, message):
    if not holds:
        print(f"joins: FAILED: {message} (in {os.getcwd()})", file=sys.stderr, flush=True)
        sys.exit(1)


def start(words, tag):
    out, error = open(f"{tag}.out", "w"), open(f"{tag}.err", "w")
    # A shell has what runs in the background ignore SIGINT.
    hear = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen([*NN, *words], stdout=out, stderr=error, preexec_fn=hear)
    out.close()
    error.close()
    process.tag = tag
    return process


def text(process, kind):
    with open(f"{process.tag}.{kind}") as file:
        return file.read()


def files(folder):
    """All files by their paths, without what joined processes have agreed on."""
    shutil.rmtree("out", ignore_errors=True)
    shutil.copytree(folder, "out")
    for name in ("search.json", "comparison.json"):
        if os.path.exists(f"out/{name}"):
            with open(f"out/{name}") as file:
                document = json.load(file)
            document.pop("joined", None)
            with open(f"out/{name}", "w") as file:
                json.dump(document, file)
    return outcome("out")


def whole(words):
    shutil.rmtree("S", ignore_errors=True)
    end = subprocess.run([*NN, *words, "--out", "S"], capture_output=True, text=True)
    demand(end.returncode == 0, f"{words}: {end.stderr}")
    return files("S"), span_free(end.stdout)


def span_free(printed):
    return re.sub(r"\s*\b\d+\.\d\b(?= |$)", " SECONDS", printed, flags=re.M)


def one_round(number, name, expected, printed, span):
    shutil.rmtree("S", ignore_errors=True)
    words = [*STUDIES[name], "--out", "S", "--join"]
    left = 0 if number % 4 == 3 else random.randint(1, 6)
    count = random.randint(2, 4)
    running = [start(words, f"p{place}") for place in range(count)]
    ended, kills, stops = [], 0, 0
    started = count
    due = time.monotonic() + random.uniform(0, span)
    while running:
        time.sleep(0.01)
        for process in [one for one in running if one.poll() is not None]:
            running.remove(process)
            demand(process.returncode == 0, f"round {number}, {name}: {process.returncode} {text(process, 'err')}")
            ended.append(process)
        if running and left > 0 and time.monotonic() > due:
            left -= 1
            due = time.monotonic() + random.uniform(0, span)
            process = random.choice(running)
            is_stop = random.random() < 0.3
            process.send_signal(signal.SIGINT if is_stop else signal.SIGKILL)
            process.wait()
            if process.returncode == 0:
                continue
            running.remove(process)
            error = text(process, "err")
            codes = [130, -signal.SIGINT] if is_stop else [-signal.SIGKILL]
            demand(process.returncode in codes, f"round {number}, {name}, stopped: {process.returncode} {error}")
            if process.returncode == 130:
                demand("--join" in error.splitlines()[-1], f"round {number}, {name}: {error}")
            kills, stops = kills + (not is_stop), stops + is_stop
            running.append(start(words, f"p{started}"))
            started += 1
    what = f"round {number}: {name} by {count} processes, {kills} killed, {stops} stopped"
    found = files("S")
    other = [path for path in sorted(expected.keys() | found.keys()) if expected.get(path) != found.get(path)]
    demand(not other, f"{what}: other files: {other}")
    for process in ended:
        demand(span_free(text(process, "out")) == printed, f"{what}: printed {text(process, 'out')}")
    if kills + stops == 0 and number % 4 == 3:
        lines = [LINE.search(line) for process in ended for line in text(process, "err").splitlines()]
        mine = collections.Counter(line[1] for line in lines if line and not line[2].endswith(", kept"))
        demand(mine, f"{what}: no line of a training: {text(ended[0], 'err')}")
        demand(all(times == 1 for times in mine.values()), f"{what}: trained more than once: {mine}")
    for name in os.listdir("."):
        if re.fullmatch(r"p\d+\.(out|err)", name):
            os.remove(name)
    return kills, stops, count


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    seed = int(os.environ.get("NN_SEED", time.time()))
    random.seed(seed)
    folder = tempfile.mkdtemp(prefix="nn-joins-")
    os.chdir(folder)
    rows = random.Random(1)
    with open("rows.csv", "w") as file:
        file.write("x,z,kind\n")
        for _ in range(60):
            x, z = rows.gauss(0, 1), rows.gauss(0, 1)
            file.write(f"{x:.4f},{z:.4f},{'a' if x > z else 'b'}\n")
    known = {}
    for name, words in STUDIES.items():
        began = time.monotonic()
        known[name] = (*whole(words), time.monotonic() - began)
    kills = stops = processes = 0
    for number in range(rounds):
        name = list(STUDIES)[(number // 4 + number) % len(STUDIES)]
        killed, stopped, started = one_round(number, name, *known[name])
        kills, stops, processes = kills + killed, stops + stopped, processes + started
        if number % 10 == 9:
            print(f"joins: {number + 1} rounds, {kills} kills and {stops} stops so far", flush=True)
    print(
        f"joins: {rounds} studies by {processes} processes, {kills} of them killed and {stops} told to stop, all with the files of one process (seed {seed})",
        flush=True,
    )
    os.chdir(ROOT)
    shutil.rmtree(folder)


main()
