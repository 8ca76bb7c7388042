"""What every measurement shares: processes ended by their pid, CPU and memory
of a process tree, and a gate that waits for a quiet moment on a shared machine.

Only ratios of runs made side by side count. Each sample carries `foreign`: the
cores that other people's processes used meanwhile. Samples above MAX_FOREIGN
are repeated; of those kept, the best throughput is reported (noise only slows).
"""
import contextlib
import glob
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("BENCH_BIN", os.path.join(HERE, "..", "..", "build", "bench", "tests", "bench"))
WORK = os.environ.get("BENCH_WORK", os.path.join(tempfile.gettempdir(), "bench-work"))
MAX_FOREIGN = 0.25
TICK = os.sysconf("SC_CLK_TCK")
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # leave through every `with`


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


SINK_PORT = free_port()
SINK = f"127.0.0.1:{SINK_PORT}"


def machine_busy():
    """Core-seconds spent on anything so far, by everyone."""
    with open("/proc/stat") as f:
        v = [int(x) for x in f.readline().split()[1:9]]
    return (sum(v) - v[3] - v[4]) / TICK


def tree(pid):
    pids, todo = [], [pid]
    while todo:
        p = todo.pop()
        pids.append(p)
        for f in glob.glob(f"/proc/{p}/task/*/children"):
            with contextlib.suppress(OSError):
                todo += [int(c) for c in open(f).read().split()]
    return pids


def cpu(pid):
    """Core-seconds of a process tree, ended and waited-for children included."""
    total = 0
    for p in tree(pid):
        with contextlib.suppress(OSError):
            f = open(f"/proc/{p}/stat").read().rsplit(")", 1)[1].split()
            total += sum(int(x) for x in f[11:15])
    return total / TICK


def memory_mb(pid):
    """Proportional set size of a process tree: shared pages counted once."""
    total = 0
    for p in tree(pid):
        with contextlib.suppress(OSError):
            for line in open(f"/proc/{p}/smaps_rollup"):
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def wait_port(port, seconds=30):
    end = time.time() + seconds
    while time.time() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on {port}")


class Process:
    running = []

    def __init__(self, command, port=None, env=None, user=None, log="process"):
        os.makedirs(WORK, exist_ok=True)
        self.log = open(os.path.join(WORK, log + ".log"), "ab")
        self.p = subprocess.Popen([str(c) for c in command], stdout=self.log, stderr=self.log, cwd=WORK,
                                  env={**os.environ, **(env or {})}, user=user, start_new_session=True)
        self.pid = self.p.pid
        Process.running.append(self)
        if port:
            try:
                wait_port(port)
            except Exception:
                self.stop()
                raise

    def stop(self):
        Process.running.remove(self)
        if self.p.poll() is None:
            pids = tree(self.pid)
            self.p.send_signal(signal.SIGTERM)
            try:
                self.p.wait(20)
            except subprocess.TimeoutExpired:
                for p in pids:
                    with contextlib.suppress(OSError):
                        os.kill(p, signal.SIGKILL)
                self.p.wait()
        self.log.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def quiet(seconds=10):
    """Wait (not forever) until others leave the machine alone."""
    end = time.time() + seconds
    while time.time() < end:
        before = machine_busy()
        time.sleep(0.5)
        if (machine_busy() - before) / 0.5 < 0.3:
            return


def output(command, env=None, timeout=600):
    p = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=timeout, cwd=WORK,
                       env={**os.environ, **(env or {})})
    if p.returncode:
        raise RuntimeError(f"{command}: {p.stderr[-2000:]}{p.stdout[-500:]}")
    return p.stdout


def measured(what, processes):
    """Runs `what`; returns its dict with CPU of each process and foreign load."""
    start, busy = time.time(), machine_busy()
    before = {p.pid: cpu(p.pid) for p in Process.running}
    children = sum(os.times()[:4])
    sample = what()
    seconds = time.time() - start
    used = {p.pid: cpu(p.pid) - before[p.pid] for p in Process.running}
    mine = sum(used.values()) + sum(os.times()[:4]) - children
    sample["cpu_s"] = {name: round(used[p.pid], 2) for name, p in processes.items()}
    sample["all_cpu_s"] = round(mine, 2)
    sample["load_cpu_s"] = round(sum(os.times()[:4]) - children, 2)
    sample["seconds_all"] = round(seconds, 2)
    sample["foreign"] = round(max(0.0, (machine_busy() - busy - mine) / seconds), 2)
    return sample


def measured_quietly(what, processes, tries=3):
    """`measured` in a quiet moment, tried again while others interfere."""
    samples = []
    while not samples or (samples[-1]["foreign"] > MAX_FOREIGN and len(samples) < tries):
        quiet()
        samples.append(measured(what, processes))
    return min(samples, key=lambda s: s["foreign"])


def best(samples, figure):
    kept = [s for s in samples if s["foreign"] <= MAX_FOREIGN] or [min(samples, key=lambda s: s["foreign"])]
    return max(kept, key=figure)


def publish_load(port, **options):
    command = [f"{BIN}/publish_load", "--server", f"127.0.0.1:{port}", "--sink", SINK]
    for k, v in options.items():
        command += ["--" + k, v]
    return json.loads(output(command))


def sink(**options):
    command = [f"{BIN}/sink", "--port", SINK_PORT]
    for k, v in options.items():
        command += ["--" + k.replace("_", "-"), v]
    return Process(command, SINK_PORT, log="sink")


def show(name, sample):
    print(json.dumps({"name": name, **sample}), flush=True)


def note(text):
    print(text, file=sys.stderr, flush=True)
