"""Everything that takes a publish over HTTP and ends it as a POST to the sink, side
by side: the bare relays, which are the ceiling, and the server whose command line is
in BENCH_SERVER ({port} is filled in, and {data} with a new, empty directory).

    python3 over_http.py [NAME...] [--rounds 3] [--n 20000] [--keys 100] [--delay-us 0]
                         [--flow parallelism=5,rate=10,period=1m] [--rates 500,2000]

One JSON line each: flow_per_s (64 connections, publish and deliver at once), cpu_us a
message of the system under test (all_cpu_us: with load and sink), publish and
end-to-end latency at each of the rates, and max_open_a_key: the most deliveries of
one key that the sink saw open at once. Rounds are interleaved.
"""
import argparse
import shlex
import shutil
import urllib.request
from contextlib import contextmanager

from harness import *


@contextmanager
def one(command, port):
    with Process(command, port, log=os.path.basename(str(command[0]))) as p:
        yield {"server": p}


@contextmanager
def nothing():
    yield {}


LOG = f"{WORK}/relay.log"
V2 = f"/v2/publish/http://{SINK}/k/{{key}}"
PORT = free_port()
BARE = "bare client"  # The load's own requests straight to the sink, a connection a key: what the harness allows.
TARGETS = {
    BARE: nothing,
    "relay Beast": lambda: one([f"{BIN}/relay_beast", "--port", PORT], PORT),
    "durable relay Beast": lambda: one([f"{BIN}/relay_beast", "--port", PORT, "--log", LOG], PORT),
}
if "BENCH_SERVER" in os.environ:
    TARGETS["server"] = lambda: one(shlex.split(os.environ["BENCH_SERVER"].format(port=PORT, data=new_directory())), PORT)


def new_directory():
    path = f"{WORK}/data"
    shutil.rmtree(path, ignore_errors=True)
    os.mkdir(path)
    return path


def max_open_a_key():
    lines = urllib.request.urlopen(f"http://{SINK}/dump").read().decode().splitlines()[2:]
    return max(int(line.split(",")[5]) for line in lines)


def one_round(target, a, rates):
    port, options = PORT, {"path": V2, "keys": a.keys, **({"flow": a.flow} if a.flow else {})}
    if target == BARE:
        port, options = SINK_PORT, {"path": "/k/{key}", "keys": a.keys, "connections": a.keys}
    with sink(delay_us=a.delay_us), TARGETS[target]() as processes:
        publish_load(port, n=2000, **options)  # warms up
        result = {"flow": measured_quietly(lambda: publish_load(port, n=a.n, **options), processes)}
        result["max_open_a_key"] = max_open_a_key()
        for rate in rates:
            result[rate] = measured_quietly(lambda: publish_load(port, n=4 * rate, rate=rate, wait=20, **options), processes)
        result["mb"] = {name: round(memory_mb(p.pid)) for name, p in processes.items()}
        return result


def summary(rounds, n, rates):
    flow = best([r["flow"] for r in rounds], lambda s: s["sink"]["per_s_from_publish"])
    s = {"flow_per_s": flow["sink"]["per_s_from_publish"], "publish_per_s": flow["publish_per_s"], "unique": flow["sink"]["unique"],
         "cpu_us": min(round(1e6 * sum(r["flow"]["cpu_s"].values()) / n, 1) for r in rounds),
         "all_cpu_us": min(round(1e6 * r["flow"]["all_cpu_s"] / n, 1) for r in rounds)}
    for rate in rates:
        b = best([r[rate] for r in rounds], lambda s: -s["sink"]["e2e_ms"]["p99"])
        s[f"at_{rate}"] = {"publish_ms": b["publish_ms"], "e2e_ms": b["sink"]["e2e_ms"], "unique": b["sink"]["unique"], "foreign": b["foreign"]}
    return {**s, "mb": rounds[-1]["mb"], "max_open_a_key": max(r["max_open_a_key"] for r in rounds),
            "flows_per_s": [r["flow"]["sink"]["per_s_from_publish"] for r in rounds], "foreign": [r["flow"]["foreign"] for r in rounds]}


def arguments():
    a = argparse.ArgumentParser()
    a.add_argument("names", nargs="*")
    a.add_argument("--rounds", type=int, default=3)
    a.add_argument("--n", type=int, default=20000)
    a.add_argument("--flow", default="")
    a.add_argument("--keys", type=int, default=100)
    a.add_argument("--delay-us", type=int, default=0)
    a.add_argument("--rates", default="500,2000")
    return a.parse_args()


def main():
    a = arguments()
    rates = [int(r) for r in a.rates.split(",") if r]
    chosen = [t for t in TARGETS if (not a.names and t != BARE) or any(t.lower().startswith(n.lower()) for n in a.names)]
    rounds = {t: [] for t in chosen}
    for _ in range(a.rounds):
        for t in chosen:
            rounds[t].append(one_round(t, a, rates))
            note(f"{t}: {json.dumps(rounds[t][-1])}")
    for t in chosen:
        show(t, summary(rounds[t], a.n, rates))


if __name__ == "__main__":
    main()
