"""What large calls do to the others: how long each takes, and the longest that a small request beside it waited.

    python3 large_calls.py SLUICE

One JSON line a case: the answer's size, its milliseconds, and the slowest of the small requests meanwhile; best of three.
First with everything in memory, then durably.
"""
import http.client
import json
import os
import sys
import tempfile
import time

from harness import *

PORT = free_port()
HEADERS = {"Authorization": "Bearer token", "Content-Type": "application/json"}


def request(connection, method, path, body=None, headers={}):
    connection.request(method, path, body=body, headers={**HEADERS, **headers})
    answer = connection.getresponse()
    data = answer.read()
    assert answer.status in (200, 201), (path, answer.status, data[:200])
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


def measure(name, method, path, body=None, prepare=lambda: None):
    rounds = []
    for _ in range(3):
        prepare()
        quiet()
        rounds.append(once(method, path, body))
    print(json.dumps({"store": store, "case": name, **min(rounds, key=lambda each: each["others_wait_ms"])}), flush=True)


def ask(method, path, body=None, headers={}):
    return request(http.client.HTTPConnection("127.0.0.1", PORT), method, path, body, headers)


def batch(count, keys):
    limits = lambda n: {"Upstash-Flow-Control-Key": f"key-{n % keys}", "Upstash-Flow-Control-Value": "parallelism=1", "Upstash-Delay": "1h"}
    return json.dumps([{"destination": "http://127.0.0.1:9/", "body": "x", "headers": limits(n)} for n in range(count)])


def dlq():
    """The ids of all entries."""
    ids, cursor = [], ""
    while True:
        page = json.loads(ask("GET", f"/v2/dlq?trimBody=0&count=100&cursor={cursor}"))
        ids += [entry["dlqId"] for entry in page["messages"]]
        cursor = page.get("cursor")
        if not cursor:
            return ids


def plain_body():
    return os.urandom(500_000).hex()


def json_body():
    return json.dumps([{"id": n, "name": "somebody", "text": "said \"no\"\n"} for n in range(14_000)])


def fill_dlq(count, body=plain_body):
    for _ in range(count - len(dlq())):
        ask("POST", "/v2/publish/http://127.0.0.1:9/", body(), {"Upstash-Retries": "0"})
    while len(dlq()) < count:
        time.sleep(0.1)


def empty_dlq():
    while dlq():
        ask("DELETE", "/v2/dlq?count=100")


def measure_all():
    for count in (1_000, 10_000, 50_000):
        measure(f"a batch of {count}", "POST", "/v2/batch", batch(count, 100))
    ask("POST", "/v2/batch", batch(10_000, 10_000))
    measure("a list of 10,000 keys", "GET", "/v2/flowControl")
    measure("a list of 100 keys", "GET", "/v2/flowControl?limit=100")
    waiting = json.loads(ask("POST", "/v2/publish/http://127.0.0.1:9/", plain_body(), {"Upstash-Delay": "1h"}))["messageId"]
    measure("a message of 1 MB", "GET", f"/v2/messages/{waiting}")
    fill_dlq(100)
    measure("an entry of the DLQ with a body of 1 MB", "GET", f"/v2/dlq/{dlq()[0]}")
    measure("a page of the DLQ with such bodies", "GET", "/v2/dlq?count=100")
    measure("ten of them", "GET", "/v2/dlq?count=10")
    measure("a page of the DLQ without their bodies", "GET", "/v2/dlq?count=100&trimBody=0")
    measure("a page of the log with such bodies", "GET", "/v2/logs?count=100")
    measure("the retry of 100 such entries", "POST", "/v2/dlq/retry?count=100", prepare=lambda: fill_dlq(100))
    measure("the deletion of 100 such entries", "DELETE", "/v2/dlq?count=100", prepare=lambda: fill_dlq(100))
    empty_dlq()
    fill_dlq(20, json_body)
    measure("a page of the DLQ with bodies of 1 MB of JSON", "GET", "/v2/dlq?count=100")


OPTIONS = ["--port", PORT, "--token", "token"]
with tempfile.TemporaryDirectory() as data:
    for store, command in {"memory": ["dev", "--memory-limit", "4GiB"],
                           "durable": ["serve", "--data", data, "--allow-destinations", "private"]}.items():
        with Process([os.path.abspath(sys.argv[1]), *command, *OPTIONS], port=PORT, log="sluice"):
            measure_all()
