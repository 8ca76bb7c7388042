// Cancelling messages with the SDK: what was cancelled never arrives, and the counts are exact.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { started } from "./support.mjs";

const { server, destination, client } = await started();
beforeEach(() => client.messages.cancel({ all: true }));

/** Publishes what would be delivered in an hour. */
const waiting = async (name, options = {}) =>
  (await client.publish({ url: `${destination.url}/${name}`, delay: 3600, ...options })).messageId;
const cancel = async (request) => (await client.messages.cancel(request)).cancelled;

test("one message, in each form", async () => {
  const [a, b] = [await waiting("one"), await waiting("one")];
  assert.deepEqual(await client.messages.cancel(a), { cancelled: 1 });
  await assert.rejects(client.messages.cancel(a), (error) => error.status === 404);
  await client.messages.delete(b);
  await assert.rejects(client.messages.delete(b), (error) => error.status === 404);
});

test("several messages, in each form, each counted once", async () => {
  const ids = [];
  for (let i = 0; i < 6; ++i) ids.push(await waiting("several"));
  assert.equal(await cancel(ids.slice(0, 2)), 2);
  assert.equal(await cancel(ids.slice(1, 3)), 1);
  assert.equal(await cancel({ messageIds: [ids[3], "msg_unknown"] }), 1);
  assert.equal(await client.messages.deleteMany([ids[4]]), 1);
  assert.equal(await cancel([]), 0);
  // As the Python client does.
  const body = JSON.stringify({ messageIds: ids });
  assert.deepEqual(await server.json("/v2/messages", { method: "DELETE", body, headers: { "Content-Type": "application/json" } }), { cancelled: 1 });
});

test("all messages", async () => {
  for (let i = 0; i < 3; ++i) await waiting("all");
  assert.equal(await cancel({ all: true }), 3);
  for (let i = 0; i < 2; ++i) await waiting("all");
  assert.equal(await client.messages.deleteAll(), 2);
  await waiting("all");
  // As the Python client does: neither query nor body.
  assert.deepEqual(await server.json("/v2/messages", { method: "DELETE" }), { cancelled: 1 });
  await waiting("all");
  assert.deepEqual(await server.json("/v2/messages/", { method: "DELETE", body: '{"messageIds":[]}' }), { cancelled: 1 });
});

const filters = {
  label: [{ label: "cancel-me" }, { label: "cancel-me" }],
  "one of several labels": [{ label: ["nobody", "cancel-me"] }, { label: "cancel-me" }],
  flowControlKey: [{ flowControlKey: "cancel-key" }, { flowControl: { key: "cancel-key", rate: 1 } }],
  queueName: [{ queueName: "cancel-queue" }, { headers: { "Upstash-Queue-Name": "cancel-queue" } }],
  callerIp: [{ callerIp: "127.0.0.1" }, {}],
  "label and key": [{ label: "cancel-me", flowControlKey: "both" }, { label: "cancel-me", flowControl: { key: "both", rate: 1 } }],
  fromDate: [{ fromDate: new Date(Date.now() - 3600_000) }, {}],
};
for (const [name, [filter, options]] of Object.entries(filters))
  test(`messages by ${name}`, async () => {
    const ids = [await waiting("filtered", options), await waiting("filtered", options)];
    assert.equal(await cancel({ filter }), 2);
    assert.equal(await cancel({ filter }), 0);
    for (const id of ids) await assert.rejects(client.messages.cancel(id), (error) => error.status === 404);
  });

test("messages by url, host and path", async () => {
  const { host, hostname } = new URL(destination.url);
  await waiting("cancel-path-a?q=1");
  await waiting("cancel-path-b");
  await waiting("cancel-path-c");
  assert.equal(await cancel({ filter: { path: "/cancel-path-a?q=1" } }), 0);
  assert.equal(await cancel({ filter: { path: "/cancel-path-a" } }), 1);
  assert.equal(await cancel({ filter: { url: `${destination.url}/cancel-path-b` } }), 1);
  assert.equal(await cancel({ filter: { host: "other.example" } }), 0);
  assert.equal(await cancel({ filter: { host, path: ["/x", "/cancel-path-c"] } }), 1);
  await waiting("cancel-path-d");
  assert.equal(await cancel({ filter: { host: hostname } }), 1);
});

test("a filter that nothing matches cancels nothing", async () => {
  await waiting("untouched", { label: "x" });
  for (const filter of [{ label: "none" }, { urlGroup: "none" }, { scheduleId: "none" }, { queueName: "none" }, { callerIp: "none" },
    { flowControlKey: "none" }, { url: "http://none" }, { fromDate: new Date("2099-01-01") }, { toDate: new Date("2000-01-01") }])
    assert.equal(await cancel({ filter }), 0, JSON.stringify(filter));
  assert.equal(await cancel({ all: true }), 1);
});

test("not more than `count`", async () => {
  for (let i = 0; i < 3; ++i) await waiting("counted", { label: "counted" });
  assert.equal(await cancel({ filter: { label: "counted" }, count: 1 }), 1);
  assert.equal(await cancel({ all: true, count: 1 }), 1);
  assert.equal(await cancel({ all: true }), 1);
});

test("a message that waits for its retry, or for its key, is cancelled and never arrives", async () => {
  const { messageId: failing } = await client.publish({ url: `${destination.url}/failing?status=500`, retryDelay: "1000", label: "soon" });
  await destination.arrived("failing");
  await client.flowControl.pause("cancel-paused");
  await client.publish({ url: `${destination.url}/parked`, label: "soon", flowControl: { key: "cancel-paused", parallelism: 1 } });
  assert.equal(await cancel({ filter: { label: "soon" } }), 2);
  assert.equal(await cancel([failing]), 0);
  assert.equal((await client.flowControl.get("cancel-paused")).waitListSize, 0);
  await client.flowControl.resume("cancel-paused");
  await new Promise((resolve) => setTimeout(resolve, 1200));
  assert.deepEqual([destination.of("failing").length, destination.of("parked").length], [1, 0]);
});

test("a call in flight goes on, its message is counted once and not tried again", async () => {
  const { messageId } = await client.publish({ url: `${destination.url}/flying?hold&status=500`, retryDelay: "1" });
  await destination.arrived("flying");
  assert.equal(await cancel([messageId]), 1);
  assert.equal(await cancel([messageId]), 0);
  assert.equal(destination.release(), 1);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(destination.of("flying").length, 1);
  const { messages } = await client.dlq.listMessages({ filter: { messageId } });
  assert.deepEqual(messages, []);
});

test("a thousand messages at once", async () => {
  const label = "crowd";
  await Promise.all(Array.from({ length: 1000 }, () => waiting("crowd", { label })));
  assert.deepEqual(await server.json(`/v2/messages?label=${label}`, { method: "DELETE" }), { cancelled: 1000 });
});

test("a cancellation that is not understood cancels nothing", async () => {
  await waiting("kept");
  await assert.rejects(client.messages.cancel({ filter: { labeel: "x" } }), /labeel/);
  for (const query of ["?label=", "?count=0", "?count=501", "?fromDate=soon"])
    assert.equal((await server.fetch(`/v2/messages${query}`, { method: "DELETE" })).status, 400, query);
  for (const body of ["{", "[]", '{"messageIds":5}', '{"label":null}', '{"label":[]}', "[".repeat(100_000), '{"a":1,"a":2}'])
    assert.equal((await server.fetch("/v2/messages", { method: "DELETE", body })).status, 400, body.slice(0, 50));
  assert.equal(await cancel({ all: true }), 1);
});
