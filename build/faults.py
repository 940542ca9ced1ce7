"""Proof that nothing is ever lost: faults thrown at real runs of nn, on Linux.

    python3 build/faults.py [KILLS]

NN_PROGRAM holds the words that start nn where it is not the build's: "wine64 nn.exe" for Windows. Then there are kills only.

First KILLS (100 unless told, 0 for none) kill -9 at random times of runs that save after every step. After each of them the
files verify, a copy resumed to its end at once comes to the bytes of the run never interrupted, and the run itself is resumed
until the next kill, to the same bytes in the end.
Then every write, sync and rename of a resumed run in turn fails with EIO, fails with ENOSPC, and is cut short by a kill:
the exit code says so, the files verify, nothing unfinished stays, and resuming comes to the same bytes. That part needs
strace, and is skipped with a message where there is none. Ends with 1 if anything is otherwise.
"""

import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OTHER = shlex.split(os.environ.get("NN_PROGRAM", ""))
NN = OTHER or ["dotnet", os.path.join(ROOT, "NeuralNetwork.Cli/bin/Release/net10.0/nn.dll")]
CALLS = ["pwrite64", "fsync", "rename"]
UNFINISHED = ".nn-unfinished-"

# Everything that has a state: batch norm, dropout, moments, a rate that rises and falls, patience.
OPTIONS = (
    "--batch-norm --dropout 0.2 --optimizer adam --lr 0.01 --schedule one-cycle --early-stopping 3"
    " --batch-size 64 --checkpoint-every 1 --blas managed --threads 1 --quiet"
).split()


def make_data():
    """Two classes with a rule between them and some noise: small enough that a run takes seconds."""
    rows = random.Random(1)
    with open("data.csv", "w") as file:
        file.write(",".join([f"x{column}" for column in range(8)] + ["kind"]) + "\n")
        for _ in range(1500):
            x = [rows.gauss(0, 1) for _ in range(8)]
            score = x[0] * x[1] + x[2] - abs(x[3]) + rows.gauss(0, 0.7)
            file.write(",".join([f"{value:.4f}" for value in x] + ["a" if score > 0 else "b"]) + "\n")


def train(run, more):
    return NN + ["train", "data.csv", "--out", run, "--force", *OPTIONS, *more]


def resume(run):
    return NN + ["resume", run, "--quiet"]


def demand(holds, message):
    if not holds:
        print(f"faults: FAILED: {message}", file=sys.stderr)
        sys.exit(1)


def done(arguments):
    ended = subprocess.run(arguments, capture_output=True, text=True)
    demand(ended.returncode == 0, f"{' '.join(arguments[2:])} ended with {ended.returncode}: {ended.stderr}")


def read(run, name):
    with open(os.path.join(run, name), "rb") as file:
        return file.read()


def outcome(run):
    """What has to be the same: the model, and the history but for the seconds."""
    rows = [row.split(",") for row in read(run, "history.csv").decode().splitlines()]
    seconds = rows[0].index("seconds")
    return read(run, "model.safetensors"), [row[:seconds] + row[seconds + 1 :] for row in rows]


def verify(run):
    if any(os.path.exists(os.path.join(run, f"{name}.safetensors")) for name in ("model", "checkpoint")):
        done(NN + ["model", "verify", run])


def kill_at_random(kills):
    more = ["--hidden", "16,8", "--epochs", "12"]
    began = time.monotonic()
    done(train("whole", more))
    span = time.monotonic() - began
    expected = outcome("whole")
    killed = finished = saved = unsaved = ended = 0
    while killed < kills:
        # A run that was killed before its first checkpoint begins again.
        can_resume = os.path.exists("killed/config.json")
        is_saved = os.path.exists("killed/checkpoint.safetensors")
        process = subprocess.Popen(
            resume("killed") if can_resume else train("killed", more),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        try:
            process.wait(random.uniform(0.2, span))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        error = process.communicate()[1].decode()
        if process.returncode == 0:
            demand(outcome("killed") == expected, f"a run killed before comes to other bytes, after {killed} kills in all")
            finished += 1
            shutil.rmtree("killed")
        else:
            demand(process.returncode == -signal.SIGKILL, f"exit code {process.returncode}: {error}")
            killed += 1
            saved += is_saved
            unsaved += can_resume and not is_saved
            verify("killed")
            if os.path.exists("killed/config.json"):
                copy("killed", "ended")
                done(resume("ended"))
                demand(outcome("ended") == expected, f"kill {killed}, resumed to its end, comes to other bytes")
                ended += 1
    if os.path.exists("killed/config.json"):
        done(resume("killed"))
        demand(outcome("killed") == expected, "the last run comes to other bytes")
        finished += 1
    print(
        f"faults: {killed} random kills, {saved} of them of a resumed run and {unsaved} of one begun again; {ended} copies"
        f" resumed to the end at once, and {finished} runs ended, all with the same bytes",
        flush=True,
    )


def traced(calls, more, run):
    command = ["strace", "-f", "-qq", "-y", "-o", "trace.txt", "-e", f"trace={','.join(calls)}", *more, *resume(run)]
    return subprocess.run(command, capture_output=True, text=True)


def copy(source, run):
    shutil.rmtree(run, ignore_errors=True)
    shutil.copytree(source, run)


def saves():
    """The calls of a clean run that write in its folder, each as its name and what it is about."""
    with open("trace.txt") as file:
        found = [re.search(r"(pwrite64|fsync|rename)\((.*)", line) for line in file]
    return [match.groups() for match in found if match]


def check_order(calls):
    """fsync of the file, rename, fsync of the folder: nothing else in between."""
    for place, (name, about) in enumerate(calls):
        if name == "rename":
            before, after = calls[place - 1], calls[place + 1]
            demand(before[0] == "fsync" and UNFINISHED in before[1], f"before rename: {before}")
            demand(after[0] == "fsync" and UNFINISHED not in after[1], f"after rename: {after}")
    renames = sum(name == "rename" for name, _ in calls)
    print(f"faults: {renames} saves in the order fsync of the file, rename, fsync of the folder")


def fail_each_call():
    more = ["--hidden", "8", "--steps", "5", "--validation", "none"]
    more_options = list(OPTIONS)
    place = more_options.index("--early-stopping")
    del more_options[place : place + 2]
    begin = NN + ["train", "data.csv", "--force", *more_options, *more]
    done([*begin, "--out", "all"])
    expected = outcome("all")
    # A run that stands after its second step: every later save is of the one that is resumed.
    process = subprocess.Popen([*begin, "--out", "part"], stderr=subprocess.DEVNULL)
    while not (os.path.exists("part/checkpoint.safetensors")):
        time.sleep(0.001)
    process.kill()
    process.wait()
    copy("part", "clean")
    ended = traced(CALLS, [], "clean")
    demand(ended.returncode == 0 and outcome("clean") == expected, f"a clean resumption: {ended.stderr}")
    calls = saves()
    check_order(calls)
    points = 0
    for name in CALLS:
        for when in range(1, sum(call == name for call, _ in calls) + 1):
            for fault in ["error=EIO", "error=ENOSPC", "signal=KILL"]:
                copy("part", "faulty")
                ended = traced([name], ["-e", f"inject={name}:{fault}:when={when}"], "faulty")
                what = f"{name} number {when} with {fault}: exit code {ended.returncode}: {ended.stderr.strip()}"
                if fault == "signal=KILL":
                    demand(ended.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), what)
                else:
                    demand(ended.returncode == 4 and ended.stderr.count("\n") == 1 and "faulty" in ended.stderr, what)
                    # What the killed run left is swept only by one that gets as far as its lock.
                    before = [file for file in os.listdir("part") if file.startswith(UNFINISHED)]
                    new = [file for file in os.listdir("faulty") if file not in before]
                    left = [file for file in new if file.startswith(UNFINISHED) or file == ".lock"]
                    demand(not left, f"{what}; left behind: {left}")
                verify("faulty")
                done(resume("faulty"))
                demand(outcome("faulty") == expected, f"{what}; then other bytes")
                points += 1
        print(f"faults: {name}: {points} points so far", flush=True)
    print(f"faults: {points} failed calls, each with the right exit code, good files, and the same bytes in the end")


def main():
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    folder = tempfile.mkdtemp(prefix="nn-faults-")
    os.chdir(folder)
    make_data()
    try:
        if kills > 0:
            kill_at_random(kills)
        if OTHER:
            print("faults: another program than the build's: the faults of single calls are skipped")
        elif shutil.which("strace"):
            fail_each_call()
        else:
            print("faults: no strace: the faults of single calls are skipped")
    finally:
        os.chdir(ROOT)
        shutil.rmtree(folder)


main()
