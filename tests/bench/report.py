"""A small table from what over_http.py printed: report.py FREE.jsonl BINDING.jsonl

FREE has a relay and "server" side by side, with limits that do not bind; BINDING
has the server with a limit of one call a key, 5 ms each, over 20 keys, and a bare
client that calls the sink without anything between.
"""
import json
import sys

IDEAL_PER_S = 20 / 0.005


def read(path):
    with open(path) as f:
        return {line["name"]: line for line in map(json.loads, f)}


def row(what, relay, server, goal, ratio):
    print(f"| {what:<44} | {relay:>10} | {server:>10} | {ratio:>6.2f} | {goal:<9} |")


def main():
    free, bound = read(sys.argv[1]), read(sys.argv[2])
    binding, bare = bound["server"], bound["bare client"]
    ceiling = next(name for name in free if "relay" in name)
    relay, server = free[ceiling], free["server"]
    goal = ">= 0.60" if "durable" in ceiling else ">= 0.65"
    print(f"| {'flow control in use, 1,000 keys':<44} | {'relay':>10} | {'sluice':>10} | {'ratio':>6} | {'goal':<9} |")
    print(f"|{'-' * 46}|{'-' * 11}:|{'-' * 11}:|{'-' * 7}:|{'-' * 11}|")
    row("publish + deliver, per second", relay["flow_per_s"], server["flow_per_s"], goal, server["flow_per_s"] / relay["flow_per_s"])
    row("CPU a message, us", relay["cpu_us"], server["cpu_us"], "", server["cpu_us"] / relay["cpu_us"])
    for what, kind in (("publish at 2,000/s, p99 ms", "publish_ms"), ("publish to arrival at 2,000/s, p99 ms", "e2e_ms")):
        r, s = relay["at_2000"][kind]["p99"], server["at_2000"][kind]["p99"]
        row(what, r, s, "<= 5", s / r)
    row("one call a key, 20 keys of 5 ms, per second", f"{IDEAL_PER_S:.0f}", binding["flow_per_s"], ">= 0.92", binding["flow_per_s"] / IDEAL_PER_S)
    row("... of what a bare client reaches there", f"{bare['flow_per_s']:.0f}", binding["flow_per_s"], "", binding["flow_per_s"] / bare["flow_per_s"])
    row("most calls of one key open at once", 1, binding["max_open_a_key"], "= 1", binding["max_open_a_key"])
    rounds = [f"{s / r:.2f}" for r, s in zip(relay["flows_per_s"], server["flows_per_s"])]
    print(f"\npublish + deliver, ratio of each round: {' '.join(rounds)}")
    print(f"memory: relay {relay['mb']['server']} MB, sluice {server['mb']['server']} MB;"
          f" load of others while measuring: {max(relay['foreign'] + server['foreign'] + binding['foreign'])} cores")


if __name__ == "__main__":
    main()
