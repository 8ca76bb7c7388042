"""What large calls do to the others: how long each takes, and the longest that a small request beside it waited.

    python3 large_calls.py SLUICE

One JSON line a case: the answer's size, its milliseconds, and the slowest of the small requests meanwhile; best of three.
"""
import http.client
import json
import os
import sys
import time

from harness import *

PORT = free_port()
HEADERS = {"Authorization": "Bearer token", "Content-Type": "application/json"}


def request(connection, method, path, body=None, headers={}):
    connection.request(method, path, body=body, headers={**HEADERS, **headers})
    answer = connection.getresponse()
    data = answer.read()
    assert answer.status == 200, (path, answer.status, data[:200])
    return data


class Probe:
    """Asks for something small, again and again, in a process of its own: this one is busy with large answers."""
    SOURCE = """
import http.client, select, sys, time
connection, slowest = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1])), 0
print(flush=True)
while not select.select([sys.stdin], [], [], 0.001)[0]:
    begin = time.perf_counter()
    connection.request("GET", "/v2/keys", headers={"Authorization": "Bearer token"})
    connection.getresponse().read()
    slowest = max(slowest, time.perf_counter() - begin)
print(slowest * 1000)
"""

    def __enter__(self):
        self.p = subprocess.Popen([sys.executable, "-c", self.SOURCE, str(PORT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.p.stdout.readline()
        return self

    def __exit__(self, *_):
        self.slowest = round(float(self.p.communicate("\n")[0]), 1)


def once(method, path, body):
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    with Probe() as probe:
        time.sleep(0.2)
        begin = time.perf_counter()
        size = len(request(connection, method, path, body))
        took = (time.perf_counter() - begin) * 1000
    return {"ms": round(took, 1), "others_wait_ms": probe.slowest, "answer_kib": size // 1024}


def measure(name, method, path, body=None):
    quiet()
    rounds = [once(method, path, body) for _ in range(3)]
    print(json.dumps({"case": name, **min(rounds, key=lambda each: each["others_wait_ms"])}), flush=True)


def batch(count, keys):
    limits = lambda n: {"Upstash-Flow-Control-Key": f"key-{n % keys}", "Upstash-Flow-Control-Value": "parallelism=1", "Upstash-Delay": "1h"}
    return json.dumps([{"destination": "http://127.0.0.1:9/", "body": "x", "headers": limits(n)} for n in range(count)])


def size_of_dlq(connection):
    size, cursor = 0, ""
    while True:
        page = json.loads(request(connection, "GET", f"/v2/dlq?trimBody=0&count=100&cursor={cursor}"))
        size += len(page["messages"])
        cursor = page.get("cursor")
        if not cursor:
            return size


def fill_dlq(count):
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    for _ in range(count):
        request(connection, "POST", "/v2/publish/http://127.0.0.1:9/", os.urandom(500_000).hex(), {"Upstash-Retries": "0"})
    while size_of_dlq(connection) < count:
        time.sleep(0.1)


with Process([os.path.abspath(sys.argv[1]), "dev", "--port", PORT, "--token", "token", "--memory-limit", "4GiB"], port=PORT, log="sluice"):
    for count in (1_000, 10_000, 50_000):
        measure(f"a batch of {count}", "POST", "/v2/batch", batch(count, 100))
    request(http.client.HTTPConnection("127.0.0.1", PORT), "POST", "/v2/batch", batch(10_000, 10_000))
    measure("a list of 10,000 keys", "GET", "/v2/flowControl")
    measure("a list of 100 keys", "GET", "/v2/flowControl?limit=100")
    fill_dlq(100)
    measure("a page of the DLQ with bodies of 1 MB", "GET", "/v2/dlq?count=100")
    measure("ten of them", "GET", "/v2/dlq?count=10")
