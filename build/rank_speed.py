"""What ranks cost, and whether the formula of docs/ranks.md says so, on Linux with two cores that have nothing else to do.

    python3 build/rank_speed.py [ROUNDS]

784-512-512-10, Adam, float32, in batches of 128, 1024 and 4096 rows. ROUNDS times (5 unless told, 0 for none) in turn: one process with two threads and
whole batches, and two ranks of one thread and one shard that share memory. Then, three times with 1 Gbit/s between them and once with 100 Mbit/s,
one process, and two ranks on two hosts, which are namespaces of the network (wants root, ip, tc and unshare; skipped with a reason otherwise).
Times of steps are medians over epochs, the first of each training left out; those of exchanges are means over all steps, waits included, as run.json has
them. Predicted are the time of one process and 4 bytes for each parameter at 95 % of the link's rate, the rest being headers.
"""

import json
import os
import random
import shutil
import statistics
import struct
import sys
import tempfile

from ranks import across, alone, demand, down, installed, launch, no_hosts, quiet, read, settle, up, HOSTS, LINK

PARAMETERS = 784 * 512 + 512 + 512 * 512 + 512 + 512 * 10 + 10
STEPS = {128: 60, 1024: 60, 4096: 15}
LINKS = {"1 Gbit/s": (1e9, "rate 1gbit burst 128kb latency 100ms", 6, 3), "100 Mbit/s": (1e8, "rate 100mbit burst 64kb latency 400ms", 4, 1)}


def data(batch):
    """Digits made up, so many batches of them."""
    rows, draw = batch * STEPS[batch], random.Random(batch)
    folder = f"data-{batch}"
    os.makedirs(folder)
    for name, kind, shape, content in (
        ("x.npy", "|u1", f"({rows}, 784)", lambda: draw.randbytes(rows * 784)),
        ("y.npy", "<i4", f"({rows},)", lambda: struct.pack(f"<{rows}i", *(draw.randrange(10) for _ in range(rows)))),
    ):
        head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}"
        head += " " * ((-len(head) - 11) % 64) + "\n"
        with open(f"{folder}/{name}", "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + content())


def words(batch, epochs, *more):
    network = "--preset none --hidden 512,512 --optimizer adam --validation none --seed 1 --blas managed --quiet --force".split()
    return ["train", f"data-{batch}/x.npy,data-{batch}/y.npy", *network, "--batch-size", str(batch), "--epochs", str(epochs), *more]


def step_of(run):
    """Milliseconds of a step, and of its exchanges."""
    epochs = [json.loads(line) for line in read(f"{run}/history.jsonl").decode().splitlines()]
    steps = epochs[0]["step"]
    seconds = statistics.median(epoch["seconds"] for epoch in epochs[1:])
    record = json.loads(read(f"{run}/run.json")).get("ranks")
    return 1000 * seconds / steps, record["exchange_milliseconds"] if record else 0.0


def alone_by_two_threads(batch, epochs):
    alone(words(batch, epochs, "--threads", "2", "--out", "one"))
    return step_of("one")[0]


def by_two_ranks(batch, epochs, start):
    job = start(words(batch, epochs, "--threads", "1", "--shards", "2", "--out", "many"))
    demand(job.wait(600) == 0, f"{job.say()}")
    return step_of("many")


def table(title, rows):
    print(f"\n{title}", flush=True)
    for row in rows:
        print("  " + "  ".join(f"{cell:>{18 if place else 5}}" for place, cell in enumerate(row)), flush=True)


def shared(mpi, rounds):
    rows = [("rows", "one process, ms", "two ranks, ms", "exchanges, ms", "of its steps/s", "worst and best")]
    for batch in STEPS:
        pairs = []
        for index in range(rounds):
            one = lambda: alone_by_two_threads(batch, 16)
            many = lambda: by_two_ranks(batch, 16, lambda line: launch(mpi, 2, line))
            # What comes first may find another machine than what comes next.
            if index % 2 == 0:
                pairs.append((one(), *many()))
            else:
                found = many()
                pairs.append((one(), *found))
        one, two, exchange = (statistics.median(column) for column in zip(*pairs))
        ratios = sorted(one / two for one, two, _ in pairs)
        rows.append(
            (batch, f"{one:.2f}", f"{two:.2f}", f"{exchange:.2f}", f"{statistics.median(ratios):.2f}", f"{ratios[0]:.2f}, {ratios[-1]:.2f}")
        )
    table(f"two ranks of one thread, shared memory, {mpi.name}", rows)


def linked(mpi):
    reason = no_hosts() if shutil.which("tc") else "there is no tc (apt-get install iproute2)"
    if reason:
        print(f"rank_speed: SKIPPED two hosts: {reason}", flush=True)
        return
    try:
        demand(up(), "the link between two namespaces cannot be made")
        for link, (rate, shape, epochs, times) in LINKS.items():
            for host in HOSTS:
                demand(quiet("ip", "netns", "exec", host, "tc", "qdisc", "replace", "dev", LINK, "root", "tbf", *shape.split()), "tc")
            rows = [("rows", "predicted, ms", "measured, ms", "more", "exchange predicted", "exchange measured")]
            moved = 1000 * 4 * PARAMETERS / (0.95 * rate / 8)
            for batch in STEPS:
                found = []
                for _ in range(times):
                    computed = alone_by_two_threads(batch, 6)
                    found.append((computed + moved, *by_two_ranks(batch, epochs, lambda line: across(mpi, line))))
                predicted, step, exchange = (statistics.median(column) for column in zip(*found))
                more = 100 * statistics.median(step / predicted - 1 for predicted, step, _ in found)
                rows.append((batch, f"{predicted:.1f}", f"{step:.1f}", f"{more:+.0f} %", f"{moved:.1f}", f"{exchange:.1f}"))
            table(f"two ranks of one thread, {link}, {mpi.name}", rows)
    finally:
        down()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    mpis = installed()
    if not mpis:
        print("rank_speed: SKIPPED: there is no mpirun (apt-get install --no-install-recommends openmpi-bin libopenmpi3, or mpich)")
        return
    settle()
    home, folder = os.getcwd(), tempfile.mkdtemp(prefix="nn-rank-speed-")
    os.chdir(folder)
    for batch in STEPS:
        data(batch)
    for mpi in mpis:
        if rounds:
            shared(mpi, rounds)
        linked(mpi)
    os.chdir(home)
    shutil.rmtree(folder)


main()
