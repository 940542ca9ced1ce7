"""Proof that ranks change nothing but the time, by the MPI libraries of this machine, on Linux.

    python3 build/ranks.py [ROUNDS] [PART...]

All parts, or those named: bytes, faults, hosts, kills. For each MPI that is installed (Open MPI, MPICH):

 * Trainings of one to four ranks, with shards that ranks do not divide and a last batch of fewer rows than ranks, come to the model and
   the history of one process.
 * ROUNDS times (10 unless told, 0 for none) a rank is ended by kill -9 at a random time, and half as often a rank or the launcher is told to
   stop; the run goes on with another number of ranks, and perhaps another MPI, until it ends: the same bytes.
 * What is wrong ends with one line, its exit code, no process left, and every file as it was: a rank that is stopped, has
   other options, other data or another library of matrix products, more ranks than shards, another installation's launcher, files that are not
   there, run folders that are taken, a divergence.
 * Two hosts, which are namespaces of the network with names of their own, come to the same bytes, and end with 4 when the link
   between them is cut. Wants root, ip and unshare; skipped with a reason otherwise.

Ends with 1 if anything is otherwise. Where there is no MPI it says so, and ends with 0.
"""

import atexit
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

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NN = ["dotnet", os.path.join(ROOT, "NeuralNetwork.Cli/bin/Release/net10.0/nn.dll")]
MARK = "NN_RANKS_MARK"
NUMBERS = ("OMPI_COMM_WORLD_RANK", "PMI_RANK")
CORES = len(os.sched_getaffinity(0))
LONGEST = 120

COMMON = "--preset none --hidden 32,16 --batch-size 64 --seed 7 --blas managed --threads 1".split()
CLASSES = (
    "classes.csv --batch-norm --dropout 0.2 --optimizer adam --lr 0.01 --schedule cosine --clip-norm 0.5 --validation 0.2".split() + COMMON
)
# 643 rows: the last batch has 3, fewer than there are ranks.
VALUES = "values.csv --weights w --l2 0.01 --average ema --optimizer momentum --lr 0.01 --clip-global-norm 1 --validation held.csv".split() + COMMON
SHORT = ["--epochs", "4"]
KILLED = [*CLASSES, "--epochs", "60", "--shards", "4", "--checkpoint-every", "1"]
ENDLESS = [*CLASSES, "--epochs", "100000", "--shards", "4", "--checkpoint-every", "100"]
HOSTS = {"nnA": "10.77.0.1", "nnB": "10.77.0.2"}
LINK = "nn0"
LEAVE = '"$0" "$@"; code=$?; echo $code > code.${OMPI_COMM_WORLD_RANK:-$PMI_RANK}; exit $code'
SHELL = """#!/bin/sh
# In the place of ssh: the second word's command on the host that the first one is.
while [ "${1#-}" != "$1" ]; do shift; done
host=$1
shift
case $host in
    10.77.0.1) host=nnA ;;
    10.77.0.2) host=nnB ;;
esac
exec ip netns exec "$host" unshare --uts sh -c "hostname $host; $*"
"""

counts = collections.Counter()
codes = collections.Counter()


def demand(holds, message):
    if not holds:
        print(f"ranks: FAILED: {message} (in {os.getcwd()})", file=sys.stderr, flush=True)
        sys.exit(1)


class Mpi:
    """An installation: what starts ranks, and the library that belongs to it."""

    def __init__(self, name, launcher, library):
        self.name, self.launcher, self.library = name, launcher, library
        self.is_open = name == "Open MPI"
        # A rank that waits keeps its core: of MPICH's not more than there are cores come on well.
        self.most = 4 if self.is_open else max(2, CORES)

    def words(self, more=()):
        return [self.launcher, *(["--oversubscribe", "--bind-to", "none"] if self.is_open else []), *more]


def installed():
    found = {}
    for launcher in ("mpirun.openmpi", "mpirun.mpich", "mpirun", "mpiexec"):
        path = shutil.which(launcher)
        if not path:
            continue
        said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
        if "Open MPI" in said or "OpenRTE" in said:
            found.setdefault("Open MPI", Mpi("Open MPI", path, "libmpi.so.40"))
        elif "HYDRA" in said:
            found.setdefault("MPICH", Mpi("MPICH", path, "libmpich.so.12"))
    return list(found.values())


class Job:
    """A launcher at work, and the ranks that it has started."""

    made = 0

    def __init__(self, words):
        Job.made += 1
        atexit.register(self.end)
        self.mark = f"{os.getpid()}.{Job.made}"
        self.words = words
        self.out, self.error = open(f"{Job.made}.out", "w+"), open(f"{Job.made}.err", "w+")
        # A shell has what runs in the background ignore SIGINT.
        hear = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.error,
            env={**os.environ, MARK: self.mark},
            start_new_session=True,
            preexec_fn=hear,
        )

    def processes(self):
        """All that live, with their variables."""
        found = {}
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open(f"/proc/{name}/environ", "rb") as file:
                    pairs = [one.partition("=") for one in file.read().decode(errors="replace").split("\0")]
                with open(f"/proc/{name}/stat") as file:
                    state = file.read().rpartition(")")[2].split()[0]
            except OSError:
                continue
            variables = {key: value for key, _, value in pairs}
            if variables.get(MARK) == self.mark and state not in "ZX":
                found[int(name)] = variables
        return found

    def ranks(self):
        """The processes that are ranks, by their number."""
        return {
            int(variables[name]): pid for pid, variables in self.processes().items() for name in NUMBERS if name in variables
        }

    def end(self):
        """Ends what is left of it."""
        for pid in [self.process.pid, *self.processes()] if self.process.poll() is None else self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def say(self):
        """The ends of what it has said."""
        for file in (self.out, self.error):
            file.seek(0)
        return self.out.read()[-3000:], self.error.read()[-3000:]

    def wait(self, longest=LONGEST, sweep=False):
        """The exit code; no process is left then. `sweep`: what the launcher cannot reach any more is ended here."""
        try:
            code = self.process.wait(longest)
        except subprocess.TimeoutExpired:
            code = None if not sweep else 0
        due = time.monotonic() + 15
        while self.processes() and time.monotonic() < due and code is not None and not sweep:
            time.sleep(0.05)
        left = self.processes()
        self.end()
        demand(code is not None, f"hangs: {' '.join(self.words)}: {self.say()}")
        demand(sweep or not left, f"left over of {' '.join(self.words)}: {left.keys()}: {self.say()}")
        return code

    def complaints(self):
        """What nn has to say of what is wrong, each line once."""
        lines = [line.strip() for line in self.say()[1].splitlines()]
        return sorted({line for line in lines if line.startswith("nn: ") and not line.startswith("nn: warning: ")})


def launch(mpi, ranks, words, more=()):
    return Job([*mpi.words(more), "-n", str(ranks), *NN, *words])


def alone(words):
    ended = subprocess.run([*NN, *words], capture_output=True, text=True)
    demand(ended.returncode == 0, f"{words}: {ended.returncode} {ended.stderr}")


def read(path):
    with open(path, "rb") as file:
        return file.read()


def outcome(run):
    """What has to be the same: the model, and the history but for the seconds."""
    rows = [row.split(",") for row in read(f"{run}/history.csv").decode().splitlines()]
    seconds = rows[0].index("seconds")
    return read(f"{run}/model.safetensors"), [row[:seconds] + row[seconds + 1 :] for row in rows]


def has_ended(run):
    return os.path.exists(f"{run}/run.json") and not json.loads(read(f"{run}/run.json"))["interrupted"]


def content(folder):
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [(name, read(f"{folder}/{name}")) for name in names]


def tables():
    draw = random.Random(1)
    row = lambda: [draw.gauss(0, 1) for _ in range(8)]
    names = [f"x{column}" for column in range(8)]
    with open("classes.csv", "w") as file:
        file.write(",".join([*names, "kind"]) + "\n")
        for _ in range(1470):
            x = row()
            score = x[0] * x[1] + x[2] - abs(x[3]) + draw.gauss(0, 0.7)
            file.write(",".join([f"{value:.4f}" for value in x] + ["a" if score > 0 else "b"]) + "\n")
    for name, rows in (("values.csv", 643), ("held.csv", 150)):
        with open(name, "w") as file:
            file.write(",".join([*names, "w", "y"]) + "\n")
            for _ in range(rows):
                x = row()
                y = x[0] * x[1] + 3 * x[2] + draw.gauss(0, 0.5)
                file.write(",".join([f"{value:.4f}" for value in [*x, draw.uniform(0.5, 2), y]]) + "\n")
    # The same rows but for one cell; and one row less.
    text = read("classes.csv").decode().splitlines()
    os.makedirs("cell")
    os.makedirs("row")
    with open("cell/classes.csv", "w") as file:
        file.write("\n".join([text[0], text[1].replace(text[1].split(",")[0], "0.1234", 1), *text[2:]]) + "\n")
    with open("row/classes.csv", "w") as file:
        file.write("\n".join(text[:-1]) + "\n")


def same_bytes(mpis):
    pairs = [(4, ranks) for ranks in (1, 2, 3, 4)] + [(7, 3), (2, 2)]
    for name, words in {"classes": CLASSES, "values": VALUES}.items():
        models = {}
        for shards in sorted({shards for shards, _ in pairs}):
            alone(["train", *words, *SHORT, "--shards", str(shards), "--out", "one", "--force"])
            models[shards] = outcome("one")
        demand(len({model for model, _ in models.values()}) == len(models), f"{name}: shards change nothing, so nothing is shown")
        for mpi in mpis:
            for shards, ranks in pairs:
                job = launch(mpi, ranks, ["train", *words, *SHORT, "--shards", str(shards), "--out", "many", "--force"])
                what = f"{name}, {shards} shards by {ranks} ranks of {mpi.name}"
                demand(job.wait() == 0, f"{what}: {job.say()}")
                demand(outcome("many") == models[shards], f"{what}: other bytes")
                record = json.loads(read("many/run.json")).get("ranks")
                count = record["count"] if record else 1
                demand(count == ranks, f"{what}: run.json has {record}")
                counts["equal"] += 1
    print(f"ranks: {counts['equal']} trainings by ranks, all with the bytes of one process", flush=True)


def disturbed(mpis, rounds):
    """Kills, and signals that ask to stop, until so many of each; the run is resumed by other ranks each time."""
    alone(["train", *KILLED, "--out", "one", "--force"])
    expected = outcome("one")
    before, left = 0, {"kill": rounds, "stop": rounds // 2}
    while any(left.values()) or os.path.exists("run"):
        mpi = random.choice(mpis)
        ranks = random.choice([count for count in range(1 if before else 2, mpi.most + 1) if count != before])
        before = ranks
        can_resume = os.path.exists("run/config.json")
        words = ["resume", "run"] if can_resume else ["train", *KILLED, "--out", "run", "--force"]
        job = launch(mpi, ranks, words)
        kinds = [kind for kind, count in left.items() if count > 0]
        kind = random.choice(kinds) if kinds else None
        try:
            job.process.wait(random.uniform(0.3, 4) if kind else LONGEST)
        except subprocess.TimeoutExpired:
            pass
        found = job.ranks() if kind and job.process.poll() is None else {}
        target = None
        if found:
            target = random.choice(sorted(found))
            what = signal.SIGKILL if kind == "kill" else random.choice([signal.SIGTERM, signal.SIGINT])
            pid = found[target]
            if kind == "stop" and random.random() < 0.4:
                target, pid = "launcher", job.process.pid
            try:
                os.kill(pid, what)
            except ProcessLookupError:
                target = None
        code = job.wait()
        _, error = job.say()
        demand("internal error" not in error and "Unhandled" not in error, f"{words} of {mpi.name}: {error}")
        # A launcher that is told to stop may end with 0.
        if code == 0 and has_ended("run"):
            demand(outcome("run") == expected, f"{words} by {ranks} ranks of {mpi.name}: other bytes than those of one process")
            counts["ended"] += 1
            shutil.rmtree("run")
            before = 0
            continue
        demand(target is not None, f"{words} by {ranks} ranks of {mpi.name} ended with {code}: {error}")
        left[kind] -= 1
        counts[kind] += 1
        counts[f"{kind} resumed"] += can_resume
        codes[f"{mpi.name}, {what.name} to {'the launcher' if target == 'launcher' else 'a rank'}: {code}"] += 1
        if kind == "stop" and target != "launcher":
            # A signal that comes before a rank listens ends it as any process.
            demand(code in (130, 143, 2, 15), f"{what.name} to rank {target} of {mpi.name}: {code} {error}")
        if os.path.exists("run/checkpoint.safetensors"):
            alone(["model", "verify", "run"])
        elif not os.path.exists("run/config.json"):
            shutil.rmtree("run", ignore_errors=True)
            before = 0
        if (counts["kill"] + counts["stop"]) % 10 == 0:
            print(f"ranks: {counts['kill']} kills and {counts['stop']} stops so far", flush=True)
    print(
        f"ranks: {counts['kill']} kills of a rank ({counts['kill resumed']} of a resumed run), {counts['stop']} told to stop; {counts['ended']} runs ended,"
        " all with the bytes of one process",
        flush=True,
    )


def saved_by_a_stop(mpis):
    """A run that saves only when it is told to stop has then saved."""
    words = ["train", *CLASSES, "--epochs", "2000", "--shards", "4", "--checkpoint-every", "1000000", "--out", "stopped", "--force"]
    for mpi in mpis:
        for who, what in (("0", signal.SIGTERM), ("1", signal.SIGINT), ("launcher", signal.SIGTERM), ("launcher", signal.SIGINT)):
            shutil.rmtree("stopped", ignore_errors=True)
            job = launch(mpi, 2, words)
            until(lambda: os.path.exists("stopped/history.csv") and read("stopped/history.csv").count(b"\n") > 3, job)
            os.kill(job.process.pid if who == "launcher" else job.ranks()[int(who)], what)
            code = job.wait()
            say = f"{what.name} to {'the launcher' if who == 'launcher' else 'rank ' + who} of {mpi.name}: {code}"
            demand(code in (130, 143) or who == "launcher", f"{say}: {job.say()}")
            demand(os.path.exists("stopped/checkpoint.safetensors"), f"{say}: nothing saved: {job.say()}")
            alone(["model", "verify", "stopped"])
            codes[f"{mpi.name}, {what.name} to {'the launcher' if who == 'launcher' else 'a rank'}: {code}"] += 1
            counts["saved"] += 1


def until(holds, job, longest=60):
    due = time.monotonic() + longest
    while not holds():
        demand(job.process.poll() is None and time.monotonic() < due, f"{' '.join(job.words)}: not yet there: {job.say()}")
        time.sleep(0.02)


def line_of(job, code, line, what, longest=LONGEST, sweep=False):
    began = time.monotonic()
    found = job.wait(longest, sweep)
    span = time.monotonic() - began
    lines = job.complaints()
    demand(len(lines) == 1 and re.search(line, lines[0]), f"{what}: lines {lines} instead of {line}")
    demand(found == code, f"{what}: {found} instead of {code}: {lines}")
    counts["faults"] += 1
    return span


def faults(mpis):
    alone(["train", *CLASSES, *SHORT, "--shards", "4", "--out", "there", "--force"])
    libraries = natives()
    for mpi in mpis:
        train = ["train", *CLASSES, *SHORT, "--shards", "4", "--out", "fault"]
        # Each is a part of one job, as mpirun takes them with colons between.
        part = lambda words, folder=None: ["-n", "1", *(["-wdir", folder] if folder else []), *NN, *words]
        two = lambda first, second: Job([*mpi.words(), *first, ":", *second])
        swap = lambda words, old, new: [new if word == old else word for word in words]

        def fault(what, code, line, job):
            kept = content("there")
            line_of(job, code, line, f"{what} ({mpi.name})")
            demand(not content("fault"), f"{what} ({mpi.name}): has written {content('fault')}")
            demand(content("there") == kept, f"{what} ({mpi.name}): has changed a run")

        other = swap(train, "0.01", "0.5")
        fault("another rate", 2, "rank 1 .*--learning-rate: 0.5, and 0.01 on rank 0", two(part(train), part(other)))
        fault("an option more", 2, "rank 1 .*--weight-decay", two(part(train), part([*train, "--weight-decay", "0.1"])))
        fault("another seed", 2, "rank 1 .*--seed: 8, and 7 on rank 0", two(part(train), part(swap(train, "7", "8"))))
        for blas in libraries[:1]:
            fault("another library", 2, "rank 1 .*BLAS", two(part(train), part(swap(train, "managed", blas))))
        fault("another cell", 3, "rank 1 .*data file", two(part(train), part(train, f"{os.getcwd()}/cell")))
        fault("a row less", 3, "rank 1 .*rows", two(part(train), part(train, f"{os.getcwd()}/row")))
        fault("no data on one rank", 3, "rank 1 .*nowhere.csv: no such file", two(part(train), part(swap(train, "classes.csv", "nowhere.csv"))))
        fault("no data on the first rank", 3, "rank 0 .*nowhere.csv: no such file", two(part(swap(train, "classes.csv", "nowhere.csv")), part(train)))
        fault("no data", 3, "nn: error: nowhere.csv: no such file", launch(mpi, 2, swap(train, "classes.csv", "nowhere.csv")))
        fault("a wrong word", 2, "nn: error: --hidden", launch(mpi, 2, swap(train, "32,16", "many")))
        fault("a wrong word on one rank", 2, "rank 1 .*--hidden", two(part(train), part(swap(train, "32,16", "many"))))
        fault("more ranks than shards", 2, "--shards: 2 for 3 ranks", launch(mpi, 3, swap(train, "4", "2")))
        fault("folds", 2, "--folds: does not go with ranks", launch(mpi, 2, [*train, "--folds", "3"]))
        fault("a run that is there", 2, "--out: there exists", launch(mpi, 2, swap(train, "fault", "there")))
        fault("no such run", 3, "nowhere: no such run folder", launch(mpi, 2, ["resume", "nowhere"]))
        fault("divergence", 5, "loss is NaN.*no model was saved", launch(mpi, 2, swap(swap(train, "0.01", "1e30"), "adam", "sgd")))
        fault("no library", 2, "/nowhere/libmpi.so cannot be loaded", launch(mpi, 2, [*train, "--mpi", "/nowhere/libmpi.so"]))
        for stranger in mpis:
            if stranger is not mpi:
                line = f"{mpi.name} started 2 ranks, and {stranger.library} .* knows 1"
                fault("another installation's launcher", 2, line, launch(mpi, 2, [*train, "--mpi", stranger.library]))
        kept = content("there")
        job = launch(mpi, 2, ["resume", "there"])
        demand(job.wait() == 0 and content("there") == kept, f"resume of a run that has ended ({mpi.name}): {job.say()}")

        in_hand(mpi)


def natives():
    """Libraries of matrix products beside the program's own."""
    said = subprocess.run([*NN, "doctor", "--json"], capture_output=True, text=True).stdout
    return [one["name"] for one in json.loads(said)["candidates"] if one["correct"] and one["name"] != "managed"]


def in_hand(mpi):
    """Faults of a training that is under way."""
    begin = lambda *more: launch(mpi, 2, ["train", *ENDLESS, "--out", "fault", *more])
    is_saved = lambda: os.path.exists("fault/checkpoint.safetensors")

    job = begin()
    until(is_saved, job)
    second = launch(mpi, 2, ["train", *ENDLESS, "--out", "fault", "--force"])
    line_of(second, 4, "fault: .*(process|another|lock|use)", f"a run in hand ({mpi.name})")
    job.process.send_signal(signal.SIGTERM)
    job.wait()
    alone(["model", "verify", "fault"])
    shutil.rmtree("fault")

    for rank in (1, 0):
        job = begin("--stall", "3")
        until(is_saved, job)
        os.kill(job.ranks()[rank], signal.SIGSTOP)
        span = line_of(job, 4, "waited [34] s for the other ranks: one is stopped", f"rank {rank} stopped ({mpi.name})", 30)
        counts["stall"] = max(counts["stall"], span)
        alone(["model", "verify", "fault"])
        shutil.rmtree("fault")

    job = begin()
    until(is_saved, job)
    # At once: file by file the run would write new ones meanwhile.
    os.rename("fault", "removed")
    line_of(job, 4, "nn: error: fault/.*gone", f"the run folder is removed ({mpi.name})", 30)
    demand(not os.path.exists("fault"), f"the run folder is removed ({mpi.name}): made again")
    shutil.rmtree("removed")


def quiet(*words):
    return subprocess.run(words, capture_output=True, text=True).returncode == 0


def no_hosts():
    """Why there can be no two hosts here; None where there can."""
    if os.geteuid() != 0:
        return "root makes namespaces"
    for tool in ("ip", "unshare"):
        if not shutil.which(tool):
            return f"there is no {tool} (apt-get install iproute2 util-linux)"
    if any(os.path.exists(f"/var/run/netns/{host}") for host in HOSTS):
        return "there are namespaces nnA or nnB already"
    if not quiet("ip", "netns", "add", "nnA"):
        return "the system makes no namespaces here"
    return None


def up():
    quiet("ip", "netns", "add", "nnB")
    made = [quiet("ip", "link", "add", LINK, "netns", "nnA", "type", "veth", "peer", "name", LINK, "netns", "nnB")]
    for host, address in HOSTS.items():
        made.append(quiet("ip", "-n", host, "addr", "add", f"{address}/24", "dev", LINK))
        made.append(quiet("ip", "-n", host, "link", "set", "lo", "up"))
        made.append(quiet("ip", "-n", host, "link", "set", LINK, "up"))
        # Open MPI's launcher waits for its own connection to a host as long as the system tries: a quarter of an hour, or some seconds.
        made.append(quiet("ip", "netns", "exec", host, "sh", "-c", "echo 3 > /proc/sys/net/ipv4/tcp_retries2"))
    with open("shell", "w") as file:
        file.write(SHELL)
    os.chmod("shell", 0o755)
    # The link comes up some time after it is told to.
    due = time.monotonic() + 10
    is_up = lambda host: quiet("ip", "netns", "exec", host, "grep", "-q", "up", f"/sys/class/net/{LINK}/operstate")
    while not all(is_up(host) for host in HOSTS):
        if not all(made) or time.monotonic() > due:
            return False
        time.sleep(0.05)
    return True


def down():
    for host in HOSTS:
        quiet("ip", "netns", "del", host)


def across(mpi, words):
    """A job of a rank on each host; each leaves its exit code in a file by the number of the rank."""
    addresses = ",".join(f"{address}:1" for address in HOSTS.values())
    net = "10.77.0.0/24"
    more = (
        ["--mca", "plm_rsh_agent", os.path.abspath("shell"), "--mca", "oob_tcp_if_include", net, "--mca", "btl_tcp_if_include", net]
        + ["-x", MARK, "-H", addresses]
        if mpi.is_open
        else ["-launcher", "ssh", "-launcher-exec", os.path.abspath("shell"), "-iface", LINK, "-hosts", addresses]
    )
    # MPICH's transport finds out that both are one machine, and would go through its memory.
    direct = [] if mpi.is_open else ["env", "UCX_TLS=tcp,self", f"UCX_NET_DEVICES={LINK}"]
    line = ["ip", "netns", "exec", "nnA", "unshare", "--uts", "sh", "-c", 'hostname nnA; exec "$@"', "sh"]
    return Job([*direct, *line, *mpi.words(more), "-n", "2", "sh", "-c", LEAVE, *NN, *words])


def two_hosts(mpis):
    reason = no_hosts()
    if reason:
        print(f"ranks: SKIPPED two hosts: {reason}", flush=True)
        return
    try:
        demand(up(), "the link between two namespaces cannot be made")
        alone(["train", *CLASSES, *SHORT, "--shards", "4", "--out", "one", "--force"])
        expected = outcome("one")
        for mpi in mpis:
            job = across(mpi, ["train", *CLASSES, *SHORT, "--shards", "4", "--out", "many", "--force"])
            demand(job.wait() == 0, f"two hosts of {mpi.name}: {job.say()}")
            demand(outcome("many") == expected, f"two hosts of {mpi.name}: other bytes")
            hosts = json.loads(read("many/run.json"))["ranks"]["hosts"]
            demand(hosts == list(HOSTS), f"two hosts of {mpi.name}: run.json has {hosts}")

            shutil.rmtree("fault", ignore_errors=True)
            for rank in range(2):
                os.remove(f"code.{rank}")
            job = across(mpi, ["train", *ENDLESS, "--out", "fault", "--stall", "3"])
            until(lambda: os.path.exists("fault/checkpoint.safetensors"), job)
            demand(quiet("ip", "-n", "nnB", "link", "set", LINK, "down"), "the link cannot be cut")
            cut(mpi, job)
            alone(["model", "verify", "fault"])
            quiet("ip", "-n", "nnB", "link", "set", LINK, "up")
            counts["hosts"] += 1
    finally:
        down()


def cut(mpi, job):
    """Both ranks end by themselves. The launcher may wait for what it has on the other host as long as its system tries."""
    began = time.monotonic()
    while job.ranks() and time.monotonic() < began + 30:
        time.sleep(0.1)
    counts["cut"] = max(counts["cut"], time.monotonic() - began)
    ended = [read(f"code.{rank}").strip() if os.path.exists(f"code.{rank}") else None for rank in range(2)]
    demand(not job.ranks(), f"the link cut, {mpi.name}: ranks go on: {job.say()}")
    demand(b"4" in ended and set(ended) <= {b"4", b"143", None}, f"the link cut, {mpi.name}: codes {ended}: {job.say()}")
    lines = job.complaints()
    demand(lines and "waited 3 s for the other ranks" in lines[0], f"the link cut, {mpi.name}: {lines}")
    try:
        code = job.process.wait(15)
    except subprocess.TimeoutExpired:
        code = None
        job.process.send_signal(signal.SIGTERM)
    demand(code in (4, None), f"the link cut, {mpi.name}: {code}: {job.say()}")
    print(f"ranks: the link cut, {mpi.name}: ranks end with {ended}, the launcher {'waits on' if code is None else f'with {code}'}", flush=True)
    job.wait(15, sweep=True)


def settle():
    """No variables of a launcher around this program, and none of nn's."""
    for name in [name for name in os.environ if name.startswith(("OMPI_COMM_", "PMI_", "PMIX_", "NN_"))]:
        del os.environ[name]
    if os.geteuid() == 0:
        os.environ.update({"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"})


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    seed = int(os.environ.get("NN_SEED", time.time()))
    random.seed(seed)
    mpis = installed()
    if not mpis:
        print("ranks: SKIPPED: there is no mpirun (apt-get install --no-install-recommends openmpi-bin libopenmpi3, or mpich)")
        return
    settle()
    folder = tempfile.mkdtemp(prefix="nn-ranks-")
    os.chdir(folder)
    tables()
    began = time.monotonic()
    parts = sys.argv[2:] or ["bytes", "faults", "hosts", "kills"]
    if "bytes" in parts:
        same_bytes(mpis)
    if "faults" in parts:
        faults(mpis)
    if "hosts" in parts:
        two_hosts(mpis)
    if "kills" in parts and rounds > 0:
        saved_by_a_stop(mpis)
        disturbed(mpis, rounds)
        for line, times in sorted(codes.items()):
            print(f"ranks: exit codes: {line}, {times} times")
    print(
        f"ranks: {' and '.join(mpi.name for mpi in mpis)}: {counts['equal']} trainings by ranks with the bytes of one process, {counts['faults']} faults each with"
        f" its line and code (a stopped rank after {counts['stall']:.1f} s), {counts['hosts']} times two hosts (a cut link after {counts['cut']:.1f} s), {counts['kill']} kills and"
        f" {counts['stop'] + counts['saved']} stops, in {time.monotonic() - began:.0f} s (seed {seed})",
        flush=True,
    )
    os.chdir(ROOT)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
