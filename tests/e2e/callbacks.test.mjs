// Callbacks as the SDK asks for them and as their destination sees them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { started } from "./support.mjs";

const { server, destination, client } = await started();

const told = async (key, count = 1) => (await destination.arrived(key, count)).map(({ body }) => JSON.parse(body));
const text = (base64) => Buffer.from(base64, "base64").toString();

test("a callback tells of a delivery, signed", async () => {
  const url = `${destination.url}/ok?x=1`;
  const { messageId } = await client.publishJSON({
    url, body: { a: 1 }, callback: `${destination.url}/ok-callback`, failureCallback: `${destination.url}/ok-failure`,
    headers: { "x-test": "v", "Upstash-Callback-Forward-X-Mine": "w" },
  });
  const [report] = await told("ok-callback");
  assert.deepEqual([report.status, report.sourceMessageId, report.url, report.method], [200, messageId, url, "POST"]);
  assert.deepEqual([report.retried, report.maxRetries], [0, 3]);
  assert.equal(text(report.body), "answer 200");
  assert.equal(text(report.sourceBody), '{"a":1}');
  assert.deepEqual(report.sourceHeader["X-Test"], ["v"]);
  assert.ok(report.header["Content-Type"]);
  const [arrival] = destination.of("ok-callback");
  assert.equal(arrival.headers["content-type"], "application/json");
  assert.equal(arrival.headers["x-mine"], "w");
  assert.notEqual(arrival.id, messageId);
  assert.equal(destination.of("ok-failure").length, 0);
  const message = await client.messages.get(messageId);
  assert.equal(message.callback, `${destination.url}/ok-callback`);
  assert.equal(message.failureCallback, `${destination.url}/ok-failure`);
});

test("a failure is told to both, with its place in the DLQ", async () => {
  const { messageId } = await client.publish({
    url: `${destination.url}/bad?status=500`, body: "x", retries: 1, retryDelay: "10",
    callback: `${destination.url}/bad-callback`, failureCallback: `${destination.url}/bad-failure`,
  });
  const reports = await told("bad-callback", 2);
  assert.deepEqual(reports.map(({ status, retried }) => [status, retried]), [[500, 0], [500, 1]]);
  const [failure] = await told("bad-failure");
  const { messages } = await client.dlq.listMessages({ filter: { messageId } });
  assert.equal(failure.dlqId, messages[0].dlqId);
  assert.equal(messages[0].failureCallback, `${destination.url}/bad-failure`);
});

test("a queue waits for the callback of its message", async () => {
  const queue = client.queue({ queueName: "calling" });
  await queue.enqueue({ url: `${destination.url}/first`, body: "1", callback: `${destination.url}/slow?delay=300` });
  await queue.enqueue({ url: `${destination.url}/second`, body: "2" });
  const [second] = await destination.arrived("second");
  const [slow] = destination.of("slow");
  assert.ok(second.time - slow.time >= 300, "the second came before the callback was done");
});

test("a callback that cannot be is refused", async () => {
  const publish = (headers) => client.publish({ url: `${destination.url}/never`, body: "x", ...headers });
  await assert.rejects(publish({ callback: "ftp://x" }), /Upstash-Callback/);
  await assert.rejects(publish({ callback: destination.url, headers: { "Upstash-Callback-Delay": "5s" } }), /delayed/);
  await assert.rejects(publish({ failureCallback: "nowhere" }), /Upstash-Failure-Callback/);
  assert.equal(destination.of("never").length, 0);
});
