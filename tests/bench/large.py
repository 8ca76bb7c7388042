"""What a durable server does with a store that holds millions of messages.

    python3 large.py SLUICE [--n 1000000] [--delayed 5000000]     (after `run`, which builds what it needs)

One JSON line a case: ready_s from the start of the program to the first 200 of /readyz, memory, and the latency of publishes and
reads that are made one after the other, at rest and while every message that waits is cancelled.
"""
import argparse
import http.client
import json
import shutil
import statistics
import subprocess
import threading

from harness import *

PORT = free_port()


def request(method, path, headers={}, connection=None):
    """The answer's status and body; over a connection of its own unless one is given."""
    own = connection or http.client.HTTPConnection("127.0.0.1", PORT)
    own.request(method, path, headers={"Authorization": "Bearer token", **headers})
    answer = own.getresponse()
    body = answer.read()
    if not connection:
        own.close()
    return answer.status, body


def filled(n, *options):
    path = f"{WORK}/data"
    shutil.rmtree(path, ignore_errors=True)
    subprocess.run([f"{BIN}/fill_store", "--n", str(n), "--directory", path, *options], check=True, stdout=subprocess.DEVNULL)
    return path


def wait_until_ready(started):
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if request("GET", "/readyz")[0] == 200:
                return round(time.time() - started, 2)
        time.sleep(0.005)


def probe(is_over):
    """Milliseconds of one publish and one read of a key after the other, until `is_over`."""
    connection, latencies = http.client.HTTPConnection("127.0.0.1", PORT), []
    publish = ("POST", f"/v2/publish/http://{SINK}/probe", {"Upstash-Flow-Control-Key": "probe", "Upstash-Flow-Control-Value": "parallelism=10"})
    while not is_over():
        for each in (publish, ("GET", "/v2/flowControl/probe")):
            before = time.perf_counter()
            status, body = request(*each, connection=connection)
            assert status == 200, body
            latencies.append(1000 * (time.perf_counter() - before))
        time.sleep(0.002)
    connection.close()
    return latencies


def percentiles(latencies):
    ranks = statistics.quantiles(latencies, n=100)
    return {"n": len(latencies), "p50": round(ranks[49], 2), "p99": round(ranks[98], 2), "max": round(max(latencies), 2)}


def at_rest(seconds=3):
    end = time.time() + seconds
    return percentiles(probe(lambda: time.time() > end))


def while_cancelling(path):
    result = {}

    def cancel():
        before = time.time()
        status, body = request("DELETE", path)
        result.update(status=status, seconds=round(time.time() - before, 2), **json.loads(body))

    thread = threading.Thread(target=cancel)
    thread.start()
    latencies = percentiles(probe(lambda: not thread.is_alive()))
    thread.join()
    return {**result, "probe_ms": latencies}


def case(name, sluice, directory, cancel):
    command = [sluice, "serve", "--data", directory, "--port", PORT, "--token", "token",
               "--allow-destinations", "private", "--log-level", "error"]
    started = time.time()
    with sink(), Process(command, log="sluice") as server:
        row = {"case": name, "ready_s": wait_until_ready(started), "mb": round(memory_mb(server.pid)), "probe_ms": at_rest()}
        row["cancel"] = while_cancelling(cancel)
        print(json.dumps({**row, "mb_after": round(memory_mb(server.pid))}), flush=True)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("sluice")
    a.add_argument("--n", type=int, default=1_000_000)
    a.add_argument("--delayed", type=int, default=5_000_000)
    a = a.parse_args()
    sluice = os.path.abspath(a.sluice)
    case("waiting on 10,000 paused keys", sluice, filled(a.n, "--keys", "10000", "--paused", "1"), "/v2/messages")
    case("waiting on one paused key", sluice, filled(a.n, "--keys", "1", "--paused", "1"), "/v2/messages?flowControlKey=customer-0")
    case("delayed", sluice, filled(a.delayed, "--delayed", "1"), "/v2/messages?count=500")


main()
