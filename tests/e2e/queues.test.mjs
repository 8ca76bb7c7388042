// Queues as the SDK asks for them and as the destination sees them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { started, until } from "./support.mjs";

const { server, destination, client } = await started();

const queue = (queueName) => client.queue({ queueName });
/** Enqueues a message of `name` into the queue of the same name. */
const enqueue = (name, body, query = "", options = {}) =>
  queue(name).enqueue({ url: `${destination.url}/${name}${query}`, body: String(body), ...options });
const bodies = (arrivals) => arrivals.map((arrival) => arrival.body.toString());
const ended = (name) => until(`the end of ${name}`, async () => (await queue(name).get()).lag === 0);
/** Time in which something that must not happen would have happened. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 300));

test("upsert, get, list and delete", async () => {
  const started = Date.now();
  await queue("settings").upsert({ parallelism: 2 });
  const info = await queue("settings").get();
  assert.deepEqual([info.name, info.parallelism, info.paused, info.lag], ["settings", 2, false, 0]);
  assert.ok(info.createdAt >= started && info.updatedAt >= info.createdAt);
  await queue("settings").upsert({ parallelism: 5, paused: true });
  const changed = await queue("settings").get();
  assert.deepEqual([changed.parallelism, changed.paused, changed.createdAt], [5, true, info.createdAt]);
  await queue("another").upsert({});
  assert.deepEqual((await client.queue().list()).map(({ name }) => name), ["another", "settings"]);
  for (const name of ["another", "settings"]) await queue(name).delete();
  assert.equal((await client.queue().list()).length, 0);
  await queue("settings").delete();
});

test("a queue that is not there is 404", async () => {
  const response = await server.fetch("/v2/queues/nobody");
  assert.equal(response.status, 404);
  assert.deepEqual(await response.json(), { error: "queue not found" });
  await assert.rejects(queue("nobody").get(), (error) => error.status === 404);
});

test("a name that cannot be one is 400 everywhere", async () => {
  await assert.rejects(queue("a b").upsert({}), (error) => error.status === 400);
  for (const [method, path] of [["GET", "/v2/queues/a%20b"], ["DELETE", "/v2/queues/%C3%BC"],
    ["POST", "/v2/queues/a%2Fb/pause"], ["POST", `/v2/enqueue/a!/${destination.url}/x`]])
    assert.equal((await server.fetch(path, { method })).status, 400, path);
});

test("enqueue and enqueueJSON deliver as publish does", async () => {
  const url = `${destination.url}/plain`;
  const first = await queue("plain").enqueue({ url, body: "text", method: "PUT", headers: { "x-test": "v" } });
  assert.match(first.messageId, /^msg_/);
  assert.equal(first.url, url);
  const second = await queue("plain").enqueueJSON({ url, body: { hello: "world" } });
  const [text, json] = await destination.arrived("plain", 2);
  assert.deepEqual([text.id, text.method, text.headers["x-test"], text.body.toString()], [first.messageId, "PUT", "v", "text"]);
  assert.deepEqual([json.id, json.headers["content-type"]], [second.messageId, "application/json"]);
  assert.deepEqual(JSON.parse(json.body), { hello: "world" });
  assert.equal((await client.messages.get(second.messageId)).queueName, "plain");
  assert.equal((await queue("plain").get()).parallelism, 1, "made on first use");
});

test("a publish can name a queue in a header", async () => {
  const { messageId } = await client.publish({ url: `${destination.url}/named`, headers: { "Upstash-Queue-Name": "named" } });
  await destination.arrived("named");
  assert.equal((await client.messages.get(messageId)).queueName, "named");
});

test("one after the other, in order", async () => {
  for (let i = 0; i < 20; ++i) await enqueue("order", i, "?delay=5");
  const arrivals = await destination.arrived("order", 20);
  assert.deepEqual(bodies(arrivals), [...Array(20).keys()].map(String));
  assert.equal(destination.maxOpen.get("order"), 1);
});

test("the next message waits for the retries of the one before", async () => {
  const retrying = await enqueue("retries", "first", "?status=500&times=2", { retryDelay: "200" });
  for (const body of ["second", "third"]) await enqueue("retries", body);
  const arrivals = await destination.arrived("retries", 5);
  assert.deepEqual(bodies(arrivals), ["first", "first", "first", "second", "third"]);
  assert.deepEqual(arrivals.slice(0, 3).map(({ id, retried }) => [id, retried]), [0, 1, 2].map((n) => [retrying.messageId, n]));
  assert.ok(arrivals[3].time - arrivals[0].time >= 400);
});

test("a message that fails for good lets the next one go", async () => {
  const { messageId } = await enqueue("failing", "first", "?status=500", { retries: 1, retryDelay: "50" });
  await enqueue("failing", "second");
  assert.deepEqual(bodies(await destination.arrived("failing", 3)), ["first", "first", "second"]);
  const { messages } = await client.dlq.listMessages({ filter: { queueName: "failing" } });
  assert.deepEqual(messages.map((message) => [message.messageId, message.queueName]), [[messageId, "failing"]]);
});

test("parallelism: so many at once and no more, also after a change", async () => {
  await queue("parallel").upsert({ parallelism: 3 });
  for (let i = 0; i < 15; ++i) await enqueue("parallel", i, "?delay=20");
  await destination.arrived("parallel", 15);
  assert.equal(destination.maxOpen.get("parallel"), 3);

  for (let i = 0; i < 4; ++i) await enqueue("growing", i, "?hold");
  await destination.arrived("growing", 1);
  await quiet();
  assert.equal(destination.of("growing").length, 1);
  await queue("growing").upsert({ parallelism: 2 });
  assert.deepEqual(bodies(await destination.arrived("growing", 2)), ["0", "1"]);
  await quiet();
  assert.equal(destination.of("growing").length, 2);
  await until("the end of growing", () => destination.release() === 0 && destination.of("growing").length === 4);
});

test("pause keeps messages back, and resume goes on in their order", async () => {
  await queue("paused").upsert({ parallelism: 1 });
  for (let twice = 0; twice < 2; ++twice) await queue("paused").pause();
  for (let i = 0; i < 3; ++i) await enqueue("paused", i);
  await quiet();
  assert.equal(destination.of("paused").length, 0);
  const info = await queue("paused").get();
  assert.deepEqual([info.paused, info.lag], [true, 3]);
  for (let twice = 0; twice < 2; ++twice) await queue("paused").resume();
  assert.deepEqual(bodies(await destination.arrived("paused", 3)), ["0", "1", "2"]);
  await ended("paused");
  assert.equal((await queue("paused").get()).paused, false);
});

test("pause does not stop a call in flight, but its retry and the next message wait", async () => {
  await enqueue("held", "first", "?hold&status=500&times=1", { retryDelay: "1" });
  await enqueue("held", "second");
  await destination.arrived("held", 1);
  await queue("held").pause();
  assert.equal(destination.release(), 1);
  await quiet();
  assert.equal(destination.of("held").length, 1);
  assert.equal((await queue("held").get()).lag, 2);
  await queue("held").resume();
  await destination.arrived("held", 2);
  await until("the last call", () => destination.release() || destination.of("held").length === 3);
  assert.deepEqual(bodies(await destination.arrived("held", 3)), ["first", "first", "second"]);
});

test("a delayed message holds up those behind it", async () => {
  const started = performance.now();
  await enqueue("delayed", "first", "", { delay: 1 });
  await enqueue("delayed", "second");
  const arrivals = await destination.arrived("delayed", 2);
  assert.deepEqual(bodies(arrivals), ["first", "second"]);
  assert.ok(arrivals[0].time - started >= 1000);
});

test("when the first message is cancelled the next one goes", async () => {
  const { messageId } = await enqueue("skipped", "first", "", { delay: 3600 });
  await enqueue("skipped", "second");
  await quiet();
  assert.equal(destination.of("skipped").length, 0);
  await client.messages.cancel(messageId);
  assert.deepEqual(bodies(await destination.arrived("skipped")), ["second"]);
});

test("queues do not wait for each other", async () => {
  await enqueue("slow", "x", "?hold");
  await destination.arrived("slow");
  await enqueue("fast", "y");
  await destination.arrived("fast");
  destination.release();
});

test("a queue and a flow-control key both hold", async () => {
  const flowControl = { key: "both", rate: 2, period: 1 };
  await queue("both").upsert({ parallelism: 5 });
  for (let i = 0; i < 4; ++i) await enqueue("both", i, "", { flowControl });
  const arrivals = await destination.arrived("both", 4);
  assert.deepEqual(bodies(arrivals), ["0", "1", "2", "3"]);
  assert.ok(arrivals[2].time - arrivals[0].time >= 800);
});

test("a deleted queue takes its messages along, and a new one of its name is empty", async () => {
  await queue("deleted").upsert({ paused: true });
  for (let i = 0; i < 3; ++i) await enqueue("deleted", i);
  await queue("deleted").delete();
  await assert.rejects(queue("deleted").get(), (error) => error.status === 404);
  await queue("deleted").upsert({});
  assert.equal((await queue("deleted").get()).lag, 0);
  await enqueue("deleted", "new");
  assert.deepEqual(bodies(await destination.arrived("deleted")), ["new"]);
  await quiet();
  assert.equal(destination.of("deleted").length, 1);
});

test("a body of another shape is a 400 that names the field", async () => {
  const headers = { "Content-Type": "application/json" };
  for (const [body, field] of [["", "body"], ["[]", "body"], ["{", "body"], ["[".repeat(100_000), "body"],
    ['{"queueName":5}', "queueName"], ['{"queueName":"q","parallelism":"2"}', "parallelism"],
    ['{"queueName":"q","parallelism":0}', "parallelism"], ['{"queueName":"q","paused":1}', "paused"]]) {
    const response = await server.fetch("/v2/queues", { method: "POST", headers, body });
    assert.equal(response.status, 400, body.slice(0, 50));
    assert.match((await response.json()).error, new RegExp(field));
  }
  assert.equal((await server.fetch("/v2/queues/q")).status, 404);
});
