"""What one message costs the server whose command line is in BENCH_SERVER: instructions and
allocations outside of the kernel (valgrind's callgrind), and system calls (strace). Unlike
times these hardly depend on what else the machine does.

    python3 cost.py [--n 10000] [--keys 1000] [--flow parallelism=50,rate=100000,period=1s]

One JSON line. The profile stays in BENCH_WORK, for callgrind_annotate. valgrind shows no SHA
instructions to the program, so digests count for about ten times their share.
"""
import argparse
import re
import shlex

from harness import *

PORT = free_port()
PROFILE = f"{WORK}/callgrind.out"
COUNTS = f"{WORK}/strace.out"
CALLGRIND = ["valgrind", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={PROFILE}"]
STRACE = ["strace", "-f", "-c", "-o", COUNTS]


def publish(n, a):
    publish_load(PORT, n=n, keys=a.keys, flow=a.flow, path=f"/v2/publish/http://{SINK}/k/{{key}}", wait=300)


def profile(command, a):
    with sink(), Process(CALLGRIND + command, PORT, log="callgrind") as server:
        publish(2000, a)  # warms up
        output(["callgrind_control", "--instr=on", server.pid])
        publish(a.n, a)
        output(["callgrind_control", "--instr=off", server.pid])


# Names are written out once and are numbers from then on.
def read_profile():
    names, callee, instructions, allocations = {}, "", 0, 0
    for line in open(PROFILE):
        if found := re.match(r"c?fn=\((\d+)\)(?: (.*))?", line):
            names.setdefault(found[1], found[2])
            callee = names[found[1]]
        elif line.startswith("calls=") and callee == "malloc":
            allocations += int(line[6:].split()[0])
        elif line.startswith("totals:"):
            instructions = int(line.split()[1])
    return instructions, allocations


def trace(command, a):
    with sink(), Process(STRACE + command, PORT, log="strace") as tracer:
        publish(a.n, a)
        os.kill(tree(tracer.pid)[1], signal.SIGTERM)  # strace ends with what it traces, and only then counts
    rows = [line.split() for line in open(COUNTS)]
    return {row[-1]: int(row[3]) for row in rows if len(row) > 4 and row[3].isdigit() and row[-1] != "total"}


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--n", type=int, default=10000)
    a.add_argument("--keys", type=int, default=1000)
    a.add_argument("--flow", default="parallelism=50,rate=100000,period=1s")
    a = a.parse_args()
    command = shlex.split(os.environ["BENCH_SERVER"].format(port=PORT))
    profile(command, a)
    instructions, allocations = read_profile()
    calls = {name: round(count / a.n, 2) for name, count in trace(command, a).items() if count > a.n / 100}
    show("server", {"instructions": round(instructions / a.n), "allocations": round(allocations / a.n, 1), "system_calls": calls})


if __name__ == "__main__":
    main()
