// What happens when a destination fails.
import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";

import { started, until } from "./support.mjs";

const { server, destination, client } = await started();

const dead = (messageId) =>
  until(`${messageId} in the DLQ`, async () => {
    const { messages } = await client.dlq.listMessages();
    return messages.find((message) => message.messageId === messageId);
  });

test("a failed attempt is repeated under the same id and a new signature", async () => {
  const { messageId } = await client.publish({ url: `${destination.url}/retry?status=500&times=2`, body: "b", retryDelay: "100" });
  const arrivals = await destination.arrived("retry", 3);
  assert.deepEqual(arrivals.map((arrival) => [arrival.id, arrival.retried, arrival.status]),
    [[messageId, 0, 500], [messageId, 1, 500], [messageId, 2, 200]]);
  assert.equal(new Set(arrivals.map((arrival) => arrival.headers["upstash-signature"])).size, 3);
  for (const i of [1, 2]) assert.ok(arrivals[i].time - arrivals[i - 1].time >= 100);
});

test("the retry delay is an expression over `retried`", async () => {
  await client.publish({ url: `${destination.url}/expression?status=503&times=2`, retryDelay: "100 + 300 * retried" });
  const [first, second, third] = await destination.arrived("expression", 3);
  assert.ok(second.time - first.time >= 100);
  assert.ok(third.time - second.time >= 400);
});

test("Retry-After of the destination beats the expression", async () => {
  destination.answerWith({ "Retry-After": "0" });
  await client.publish({ url: `${destination.url}/retry-after?status=429&times=1`, retryDelay: "3600000" });
  await destination.arrived("retry-after", 2);
  destination.answerWith({});
});

test("without retries left the message is in the DLQ with the last answer", async () => {
  const url = `${destination.url}/dead?status=500`;
  const { messageId } = await client.publish({ url, body: "last words", retries: 0, label: "l", flowControl: { key: "dead", parallelism: 1 } });
  const entry = await dead(messageId);
  assert.match(entry.dlqId, /^\d+-\d+$/);
  assert.equal(entry.url, url);
  assert.equal(entry.body, "last words");
  assert.equal(entry.responseStatus, 500);
  assert.equal(entry.responseBody, "answer 500");
  assert.deepEqual(entry.responseHeader["Content-Type"], ["text/plain"]);
  assert.equal(entry.flowControlKey, "dead");
  assert.equal(entry.label, "l");
  assert.equal(destination.of("dead").length, 1);
  assert.equal((await client.flowControl.get("dead")).parallelismCount, 0, "the slot is free again");
});

test("489 with the header is not repeated", async () => {
  destination.answerWith({ "Upstash-NonRetryable-Error": "true" });
  const { messageId } = await client.publish({ url: `${destination.url}/final?status=489`, retryDelay: "1" });
  assert.equal((await dead(messageId)).responseStatus, 489);
  destination.answerWith({});
  assert.equal(destination.of("final").length, 1);
});

test("a redirect is a failure and is not followed", async () => {
  destination.answerWith({ Location: `${destination.url}/followed` });
  const { messageId } = await client.publish({ url: `${destination.url}/moved?status=302`, retries: 0 });
  assert.equal((await dead(messageId)).responseStatus, 302);
  destination.answerWith({});
  assert.equal(destination.of("followed").length, 0);
});

test("an attempt ends at its timeout", async () => {
  const started = performance.now();
  const { messageId } = await client.publish({ url: `${destination.url}/slow?hold`, retries: 0, timeout: 1 });
  const entry = await dead(messageId);
  assert.equal(entry.responseStatus, 0);
  assert.ok(performance.now() - started >= 1000);
  destination.release();
});

test("a destination that refuses, or closes without a word, is a failed attempt", async () => {
  const rude = createServer((socket) => socket.destroy());
  rude.listen(0, "127.0.0.1");
  await once(rude, "listening");
  const port = rude.address().port;
  const closed = await client.publish({ url: `http://127.0.0.1:${port}/closed`, retries: 0 });
  assert.equal((await dead(closed.messageId)).responseStatus, 0);
  rude.close();
  await once(rude, "close");
  const refused = await client.publish({ url: `http://127.0.0.1:${port}/refused`, retries: 0 });
  assert.equal((await dead(refused.messageId)).responseStatus, 0);
});

test("interim answers are skipped", async () => {
  const interim = createServer((socket) => {
    const early = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n";
    socket.on("error", () => {});
    socket.once("data", () => socket.end(`${early}HTTP/1.1 418 Teapot\r\nContent-Length: 5\r\n\r\nshort`));
  });
  interim.listen(0, "127.0.0.1");
  await once(interim, "listening");
  const { messageId } = await client.publish({ url: `http://127.0.0.1:${interim.address().port}/`, retries: 0 });
  const entry = await dead(messageId);
  assert.deepEqual([entry.responseStatus, entry.responseBody], [418, "short"]);
  interim.close();
});

test("a message that waits for its retry can be cancelled", async () => {
  const { messageId } = await client.publish({ url: `${destination.url}/give-up?status=500`, retryDelay: "3600000" });
  await destination.arrived("give-up");
  await client.messages.cancel(messageId);
  await assert.rejects(client.messages.cancel(messageId), (error) => error.status === 404);
  const { messages } = await client.dlq.listMessages();
  assert.equal(messages.some((message) => message.messageId === messageId), false);
});
