"""The requests that the official Python client makes, one after another, against a running program.

    SLUICE_BIN=build/dev/sluice python3 tests/python/client_test.py

Needs httpx, which that client uses too (Debian: python3-httpx). What arrives is verified by its signature. The last line
counts; the program exits with 1 if anything is not as that client expects.
"""
import base64
import contextlib
import hashlib
import hmac
import http.server
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback

import httpx

PROGRAM = os.environ.get("SLUICE_BIN", "build/dev/sluice")
DEV_TOKEN = "eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0="
JSON = {"Content-Type": "application/json"}


class Destination:
    """Keeps what arrives at each path; answers with the status that `?status=` names."""

    def __init__(self):
        self.arrivals = {}
        at = self.at

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                at(self.path).put((self.command, dict(self.headers.items()), body))
                status = re.search(r"status=(\d+)", self.path)
                self.send_response(int(status[1]) if status else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def at(self, path):
        return self.arrivals.setdefault(path, queue.Queue())

    def take(self, path):
        return self.at(path).get(timeout=20)


class Program:
    def __init__(self, arguments, token=None):
        self.process = subprocess.Popen([PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        lines = iter(self.process.stdout.readline, "")
        self.url = next(found[1] for line in lines if (found := re.search(r"running at (http://\S+)", line)))
        threading.Thread(target=lambda: list(lines), daemon=True).start()
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token()}"}, timeout=httpx.Timeout(600, connect=5))

    def request(self, method, path, **more):
        """What that client's own `request` does: an error unless the status is 2xx, the JSON if there is one."""
        answer = self.http.request(method, self.url + path, **more)
        if not answer.is_success:
            raise Refused(answer)
        return json.loads(answer.content) if answer.content else None

    def end(self):
        self.process.terminate()
        assert self.process.wait(20) == 0


class Refused(Exception):
    def __init__(self, answer):
        super().__init__(f"Request failed with status: {answer.status_code}, body: {answer.text}")
        self.status = answer.status_code
        self.error = answer.json()["error"]


@contextlib.contextmanager
def refused(status, text):
    try:
        yield
    except Refused as refusal:
        assert (refusal.status, text in refusal.error) == (status, True), refusal
    else:
        raise AssertionError(f"not refused with {status}")


def until(predicate):
    end = time.monotonic() + 20
    while not (found := predicate()):
        assert time.monotonic() < end, "not within 20 s"
        time.sleep(0.02)
    return found


def verify(token, keys, url, body):
    """As that client's receiver does, without a library."""
    head, claims, signature = token.split(".")
    digest = lambda key: base64.urlsafe_b64encode(hmac.digest(key.encode(), f"{head}.{claims}".encode(), "sha256")).decode()
    assert any(hmac.compare_digest(digest(key).strip("="), signature.strip("=")) for key in keys.values()), "signature"
    claims = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert (claims["iss"], claims["sub"]) == ("Upstash", url)
    assert claims["nbf"] <= time.time() < claims["exp"]
    hashed = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).decode()
    assert claims["body"].strip("=") == hashed.strip("=")


# --- what that client can do ---------------------------------------------------


def signing_keys(api, destination):
    keys = api.request("GET", "/v2/keys")
    assert set(keys) == {"current", "next"}
    rotated = api.request("POST", "/v2/keys/rotate")
    assert rotated["current"] == keys["next"] and rotated["next"] not in keys.values()
    assert api.request("GET", "/v2/keys") == rotated


def publish(api, destination):
    url = f"{destination.url}/publish/a//b?x=%20y"
    answer = api.request("POST", f"/v2/publish/{url}", content="text", headers={
        "Content-Type": "text/plain", "Upstash-Method": "PUT", "Upstash-Retries": "0", "Upstash-Forward-Own": "1"})
    assert answer["messageId"].startswith("msg_") and not answer.get("deduplicated", False)
    method, headers, body = destination.take("/publish/a//b?x=%20y")
    assert (method, body, headers["Own"], headers["Content-Type"]) == ("PUT", b"text", "1", "text/plain")
    assert headers["Upstash-Message-Id"] == answer["messageId"]
    verify(headers["Upstash-Signature"], api.request("GET", "/v2/keys"), url, body)
    message = api.request("GET", f"/v2/messages/{answer['messageId']}")
    assert (message["url"], message["method"], message["maxRetries"], message["body"]) == (url, "PUT", 0, "text")
    assert "flowControlKey" not in message


def publish_json_with_flow_control(api, destination):
    url = f"{destination.url}/json"
    answer = api.request("POST", f"/v2/publish/{url}", content=json.dumps({"a": 1}), headers={
        **JSON, "Upstash-Flow-Control-Key": "python", "Upstash-Flow-Control-Value": "parallelism=3, rate=4, period=2s"})
    assert json.loads(destination.take("/json")[2]) == {"a": 1}
    message = api.request("GET", f"/v2/messages/{answer['messageId']}")
    assert [message[name] for name in ("flowControlKey", "parallelism", "rate", "period")] == ["python", 3, 4, 2]


def deduplication(api, destination):
    send = lambda: api.request("POST", f"/v2/publish/{destination.url}/twice", content="b", headers={
        "Upstash-Content-Based-Deduplication": "True"})
    first, second = send(), send()
    assert first["messageId"] == second["messageId"] and second["deduplicated"]


def batch(api, destination):
    items = [{"destination": f"{destination.url}/batch/{i}", "headers": {"Content-Type": "application/json"}, "body": str(i),
              "queue": None} for i in range(2)]
    items.append({"destination": f"{destination.url}/batch/2", "headers": {}, "body": None, "queue": "python-batch"})
    answers = api.request("POST", "/v2/batch", content=json.dumps(items), headers=JSON)
    assert len({answer["messageId"] for answer in answers}) == 3
    assert {destination.take(f"/batch/{i}")[2] for i in range(3)} == {b"0", b"1", b""}
    api.request("DELETE", "/v2/queues/python-batch")


def cancel(api, destination):
    send = lambda: api.request("POST", f"/v2/publish/{destination.url}/never", headers={"Upstash-Delay": "1h"})["messageId"]
    one, two, three, four = (send() for _ in range(4))
    api.request("DELETE", f"/v2/messages/{one}")
    with refused(404, "message not found"):
        api.request("DELETE", f"/v2/messages/{one}")
    body = json.dumps({"messageIds": [one, two, three]})
    assert api.request("DELETE", "/v2/messages", content=body, headers=JSON) == {"cancelled": 2}
    assert api.request("DELETE", "/v2/messages")["cancelled"] >= 1
    with refused(404, "message not found"):
        api.request("DELETE", f"/v2/messages/{four}")


def queues(api, destination):
    upsert = {"queueName": "python", "parallelism": 2, "paused": False}
    api.request("POST", "/v2/queues", content=json.dumps(upsert), headers=JSON)
    queue = api.request("GET", "/v2/queues/python")
    assert [queue[name] for name in ("name", "parallelism", "paused", "lag")] == ["python", 2, False, 0]
    assert queue["createdAt"] > 0 and queue["updatedAt"] > 0
    api.request("POST", "/v2/queues/python/pause")
    api.request("POST", f"/v2/enqueue/python/{destination.url}/queued", content="1", headers=JSON)
    queue = api.request("GET", "/v2/queues/python")
    assert (queue["paused"], queue["lag"]) == (True, 1)
    api.request("POST", "/v2/queues/python/resume")
    destination.take("/queued")
    assert [each["name"] for each in api.request("GET", "/v2/queues")] == ["python"]
    api.request("DELETE", "/v2/queues/python")
    assert api.request("GET", "/v2/queues") == []


def url_groups(api, destination):
    endpoints = [{"url": f"{destination.url}/group/1", "name": "one"}, {"url": f"{destination.url}/group/2"}]
    api.request("POST", "/v2/topics/python/endpoints", content=json.dumps({"endpoints": endpoints}), headers=JSON)
    group = api.request("GET", "/v2/topics/python")
    assert (group["name"], group["endpoints"]) == ("python", endpoints)
    answers = api.request("POST", "/v2/publish/python", content="g")
    assert isinstance(answers, list) and [answer["url"] for answer in answers] == [each["url"] for each in endpoints]
    assert {destination.take(f"/group/{i}")[2] for i in (1, 2)} == {b"g"}
    api.request("DELETE", "/v2/topics/python/endpoints", content=json.dumps({"endpoints": [{"name": "one"}]}), headers=JSON)
    assert api.request("GET", "/v2/topics/python")["endpoints"] == endpoints[1:]
    assert [each["name"] for each in api.request("GET", "/v2/topics")] == ["python"]
    api.request("DELETE", "/v2/topics/python")
    api.request("DELETE", "/v2/topics/python")


def schedules(api, destination):
    url = f"{destination.url}/schedule"
    created = api.request("POST", f"/v2/schedules/{url}", content="s", headers={
        "Upstash-Cron": "*/10 * * * *", "Upstash-Schedule-Id": "python", "Upstash-Retries": "1", "Upstash-Timeout": "30"})
    assert created == {"scheduleId": "python"}
    schedule = api.request("GET", "/v2/schedules/python")
    assert [schedule[name] for name in ("scheduleId", "cron", "destination", "method", "retries", "isPaused")] == [
        "python", "*/10 * * * *", url, "POST", 1, False]
    assert schedule["createdAt"] > 0 and schedule["nextScheduleTime"] > schedule["createdAt"]
    api.request("PATCH", "/v2/schedules/python/pause")
    assert api.request("GET", "/v2/schedules/python")["isPaused"]
    api.request("PATCH", "/v2/schedules/python/resume")
    assert [each["scheduleId"] for each in api.request("GET", "/v2/schedules")] == ["python"]
    api.request("DELETE", "/v2/schedules/python")
    with refused(404, "schedule not found"):
        api.request("GET", "/v2/schedules/python")
    with refused(400, "Invalid cron expression"):
        api.request("POST", f"/v2/schedules/{url}", headers={"Upstash-Cron": "no cron"})


def dead_letters(api, destination):
    ids = []
    for _ in range(3):
        ids.append(api.request("POST", f"/v2/publish/{destination.url}/dead?status=404", content="d", headers={
            "Upstash-Retries": "0", "Upstash-Retry-Delay": "15000", "Upstash-Label": "python"})["messageId"])
    listed = lambda: api.request("GET", "/v2/dlq", params={"count": 10, "label": "python"})["messages"]
    messages = until(lambda: len(found := listed()) == 3 and found)
    assert {message["messageId"] for message in messages} == set(ids)
    one = api.request("GET", f"/v2/dlq/{messages[0]['dlqId']}")
    assert (one["responseStatus"], one["retryDelayExpression"], one["label"]) == (404, "15000", "python")
    api.request("DELETE", f"/v2/dlq/{messages[0]['dlqId']}")
    with refused(404, "dlq message not found"):
        api.request("DELETE", f"/v2/dlq/{messages[0]['dlqId']}")
    body = json.dumps({"dlqIds": [message["dlqId"] for message in messages]})
    assert api.request("DELETE", "/v2/dlq", content=body, headers=JSON) == {"deleted": 2}
    assert listed() == []


def events(api, destination):
    sent = api.request("POST", f"/v2/publish/{destination.url}/event", content="e", headers={"Upstash-Retry-Delay": "15000"})
    of = lambda **more: api.request("GET", "/v2/events", params={"messageId": sent["messageId"], **more})["events"]
    found = until(lambda: any(event["state"] == "DELIVERED" for event in of()) and of())
    assert [event["state"] for event in reversed(found)] == ["CREATED", "ACTIVE", "DELIVERED"]
    assert all(event["url"] == f"{destination.url}/event" and event["time"] > 0 for event in found)
    assert all(event["retryDelayExpr"] == "15000" for event in found)
    assert len(of(state="DELIVERED")) == 1
    page = api.request("GET", "/v2/events", params={"count": 1})
    assert len(page["events"]) == 1 and page["cursor"]


def flow_control(api, destination):
    path = "/v2/flowControl/python-key"
    api.request("POST", f"/v2/publish/{destination.url}/flow", headers={
        "Upstash-Flow-Control-Key": "python-key", "Upstash-Flow-Control-Value": "rate=100,period=1m"})
    destination.take("/flow")
    state = api.request("GET", path)
    assert (state["rateMax"], state["ratePeriod"], state["rateCount"], state["isPaused"]) == (100, 60, 1, False)
    api.request("POST", f"{path}/pause")
    assert api.request("GET", path)["isPaused"]
    api.request("POST", f"{path}/resume")
    api.request("POST", f"{path}/pin", params={"parallelism": 3, "rate": 20, "period": 120})
    state = api.request("GET", path)
    assert [state[name] for name in ("parallelismMax", "rateMax", "ratePeriod", "isPinnedParallelism", "isPinnedRate")] == [
        3, 20, 120, True, True]
    api.request("POST", f"{path}/unpin", params={"parallelism": "true"})
    state = api.request("GET", path)
    assert (state["isPinnedParallelism"], state["isPinnedRate"]) == (False, True)
    api.request("POST", f"{path}/resetRate")
    assert api.request("GET", path)["rateCount"] == 0
    assert set(api.request("GET", "/v2/globalParallelism")) == {"parallelismMax", "parallelismCount"}
    with refused(404, "flow control key not found"):
        api.request("GET", "/v2/flowControl/python-unknown")


def callbacks(api, destination):
    url = f"{destination.url}/with-callback"
    sent = api.request("POST", f"/v2/publish/{url}", content="c", headers={"Upstash-Callback": f"{destination.url}/callback"})
    told = json.loads(destination.take("/callback")[2])
    assert (told["status"], told["sourceMessageId"], base64.b64decode(told["sourceBody"])) == (200, sent["messageId"], b"c")


def refusals(api, destination):
    with refused(400, "add http:// or https://"):
        api.request("POST", "/v2/publish/example.com")
    with refused(400, "Upstash-Delay"):
        api.request("POST", f"/v2/publish/{destination.url}", headers={"Upstash-Delay": "soon"})


CHECKS = (signing_keys, publish, publish_json_with_flow_control, deduplication, batch, cancel, queues, url_groups, schedules,
          dead_letters, events, flow_control, callbacks, refusals)


def token_of(directory):
    lines = open(os.path.join(directory, "credentials.env")).read().splitlines()
    return dict(line.split("=", 1) for line in lines)["QSTASH_TOKEN"]


def run(name, program, destination):
    failed = 0
    for check in CHECKS:
        try:
            check(program, destination)
            print(f"ok     {name}: {check.__name__}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED {name}: {check.__name__}\n{traceback.format_exc()}", flush=True)
    program.end()
    return failed


def main():
    destination = Destination()
    failed = run("dev", Program(["dev", "--port", "0"], lambda: DEV_TOKEN), destination)
    with tempfile.TemporaryDirectory() as directory:
        arguments = ["serve", "--data", directory, "--port", "0", "--allow-destinations", "private"]
        failed += run("serve", Program(arguments, lambda: token_of(directory)), destination)
    print(f"{2 * len(CHECKS) - failed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
