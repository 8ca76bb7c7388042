"""What questions about a big log do to deliveries beside them: 2,000 messages a second into a durable server whose log
has a million events, first alone, then while a client asks for one filtered page after the other.

    python3 log_beside.py SLUICE            (after `run`; log_pages must be built too)

One JSON line each: publish and end-to-end latency in ms, and of the pages how many there were and the slowest in ms.
"""
import http.client
import json
import shutil
import subprocess
import sys
import threading
import time

from harness import *

RATE = 2000
SECONDS = 5
QUERIES = ["count=1000", "label=none", "label=rare", "label=label3&count=1000", "flowControlKey=customer-7",
           "state=FAILED", "messageId=none", "host=destination7.example&state=ACTIVE", "count=100"]
V2 = f"/v2/publish/http://{SINK}/k/{{key}}"
PORT = free_port()


class Pages(threading.Thread):
    """Asks until `stop`."""

    def __init__(self, pause):
        super().__init__()
        self.pause, self.stop, self.times = pause, threading.Event(), []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", PORT)
        while not self.stop.is_set():
            start = time.perf_counter()
            query = QUERIES[len(self.times) % len(QUERIES)]
            connection.request("GET", f"/v2/logs?{query}", headers={"Authorization": "Bearer token"})
            response = connection.getresponse()
            response.read()
            assert response.status == 200
            self.times.append(1000 * (time.perf_counter() - start))
            time.sleep(self.pause)


def load():
    return publish_load(PORT, path=V2, keys=1000, flow="parallelism=50,rate=100000,period=1s", n=RATE * SECONDS, rate=RATE, wait=20)


def beside(pause):
    pages = Pages(pause)
    pages.start()
    sample = load()
    pages.stop.set()
    pages.join()
    return {**sample, "pages": len(pages.times), "slowest_page_ms": round(max(pages.times), 1)}


os.makedirs(WORK, exist_ok=True)
data = f"{WORK}/log"
if not os.path.exists(data):
    subprocess.run([f"{BIN}/log_pages", "--directory", data], check=True, stdout=subprocess.DEVNULL)
command = [os.path.abspath(sys.argv[1]), "serve", "--data", data, "--port", PORT, "--token", "token", "--allow-destinations",
           "private", "--log-level", "error", "--retention-events", "36500d", "--retention-max-events", "10000000",
           "--retention-size", "100GiB"]
with sink(), Process(command, PORT, log="sluice") as server:
    processes = {"server": server}
    publish_load(PORT, path=V2, keys=1000, n=2000)  # warms up
    for name, what in [("alone", load), ("ten pages a second", lambda: beside(0.1)), ("page after page", lambda: beside(0))]:
        show(name, measured(what, processes))
