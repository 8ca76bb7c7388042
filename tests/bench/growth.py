"""What a message costs while others wait: a durable server that opens a store with 1 thousand, 100 thousand and
1 million messages of paused keys publishes and delivers others beside them.

    python3 growth.py SLUICE            (after `run`, which builds fill_store, publish_load and sink)

One JSON line a size: cpu_us a message of the server, deliveries per second, and its memory.
"""
import json
import shutil
import subprocess
import sys

from harness import *

SIZES = (1_000, 100_000, 1_000_000)
N = 20_000
ROUNDS = 3
V2 = f"/v2/publish/http://{SINK}/k/{{key}}"
PORT = free_port()


def filled(size):
    path = f"{WORK}/data"
    shutil.rmtree(path, ignore_errors=True)
    subprocess.run([f"{BIN}/fill_store", "--n", str(size), "--keys", str(max(10, size // 100)), "--paused", "1", "--directory", path],
                   check=True, stdout=subprocess.DEVNULL)
    return path


def of_size(sluice, size):
    command = [sluice, "serve", "--data", filled(size), "--port", PORT, "--token", "token",
               "--allow-destinations", "private", "--log-level", "error"]
    with sink(), Process(command, PORT, log="sluice") as server:
        processes = {"server": server}
        options = {"path": V2, "keys": 1000, "flow": "parallelism=50,rate=100000,period=1s"}
        publish_load(PORT, n=2000, **options)  # warms up
        rounds = [measured_quietly(lambda: publish_load(PORT, n=N, **options), processes) for _ in range(ROUNDS)]
        return {"waiting": size, "mb": round(memory_mb(server.pid)),
                "cpu_us": min(round(1e6 * r["cpu_s"]["server"] / N, 1) for r in rounds),
                "per_s": max(r["sink"]["per_s_from_publish"] for r in rounds)}


for size in SIZES:
    print(json.dumps(of_size(os.path.abspath(sys.argv[1]), size)), flush=True)
