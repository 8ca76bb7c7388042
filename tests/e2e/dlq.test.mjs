// The dead-letter queue with the SDK: what fails is listed, deleted and retried.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { started, until } from "./support.mjs";

const { server, destination, client } = await started();
beforeEach(() => client.dlq.delete({ all: true }));

const list = async (options) => (await client.dlq.listMessages(options)).messages;

/** Publishes what fails at once, and returns its entry. `query` may make later attempts succeed. */
async function dead(name, options = {}, query = "?status=500") {
  const { messageId } = await client.publish({ url: `${destination.url}/${name}${query}`, body: "b", retries: 0, ...options });
  return until(`${messageId} in the DLQ`, async () => (await list()).find((entry) => entry.messageId === messageId));
}

const ids = (entries) => entries.map((entry) => entry.dlqId).sort();

test("an entry is read alone as in the list", async () => {
  const entry = await dead("alone");
  const alone = await server.json(`/v2/dlq/${entry.dlqId}`);
  assert.deepEqual({ ...entry, ...alone }, entry);
  assert.equal(alone.responseBody, "answer 500");
  assert.equal((await server.fetch("/v2/dlq/1-1")).status, 404);
});

test("each filter finds its entries, and a value that nothing has finds none", async () => {
  const entry = await dead("filters", { label: "mine", flowControl: { key: "dlq-key", parallelism: 1 }, headers: { "Upstash-Queue-Name": "dlq-queue" } });
  const other = await dead("others");
  const { url, messageId, callerIP, createdAt } = entry;
  const found = [{ url }, { messageId }, { queueName: "dlq-queue" }, { label: "mine" }, { flowControlKey: "dlq-key" },
    { label: ["other", "mine"] }, { url, label: "mine" }];
  for (const filter of found) assert.deepEqual(ids(await list({ filter })), [entry.dlqId], JSON.stringify(filter));
  const both = [{ responseStatus: 500 }, { callerIp: callerIP }, { fromDate: createdAt - 1000, toDate: Date.now() }, {},
    { url: [url, other.url] }, { fromDate: new Date(createdAt - 1000) }];
  for (const filter of both) assert.deepEqual(ids(await list({ filter })), ids([entry, other]), JSON.stringify(filter));
  for (const filter of nothing) assert.deepEqual(await list({ filter }), [], JSON.stringify(filter));
  assert.deepEqual(ids(await list({ dlqIds: [entry.dlqId] })), [entry.dlqId]);
  assert.deepEqual(ids(await list({ dlqIds: entry.dlqId })), [entry.dlqId]);
});

const nothing = [{ messageId: "none" }, { url: "http://none" }, { urlGroup: "none" }, { scheduleId: "none" },
  { queueName: "none" }, { callerIp: "none" }, { label: "none" }, { flowControlKey: "none" }, { responseStatus: 999 },
  { fromDate: new Date("2099-01-01") }, { toDate: new Date("2000-01-01") }];

test("pages follow each other, newest first", async () => {
  const entries = [];
  for (let i = 0; i < 5; ++i) entries.unshift((await dead("pages")).dlqId);
  const seen = [];
  let cursor;
  do {
    const page = await client.dlq.listMessages({ count: 2, cursor });
    seen.push(...page.messages.map(({ dlqId }) => dlqId));
    cursor = page.cursor;
  } while (cursor);
  assert.deepEqual(seen, entries);
  const { messages } = await server.json("/v2/dlq?order=earliestFirst&trimBody=-1");
  assert.deepEqual(messages.map(({ dlqId }) => dlqId), entries.toReversed?.() ?? [...entries].reverse());
  assert.equal("body" in messages[0] || "responseBody" in messages[0], false);
});

test("delete one, which is then gone", async () => {
  const { dlqId } = await dead("one");
  assert.deepEqual(await client.dlq.delete(dlqId), { deleted: 1 });
  await assert.rejects(client.dlq.delete(dlqId), (error) => {
    assert.equal(error.status, 404);
    assert.match(error.message, /dlq message not found/);
    return true;
  });
});

test("delete by ids, in each form", async () => {
  const [a, b, c, d] = [await dead("d"), await dead("d"), await dead("d"), await dead("d")].map(({ dlqId }) => dlqId);
  assert.deepEqual(await client.dlq.delete([a]), { deleted: 1 });
  assert.deepEqual(await client.dlq.delete({ dlqIds: [a, b] }), { deleted: 1 });
  assert.deepEqual(await client.dlq.deleteMany({ dlqIds: [b, c] }), { deleted: 1 });
  // As the Python and Go clients do.
  const body = JSON.stringify({ dlqIds: [c, d, "1-1"] });
  assert.deepEqual(await server.json("/v2/dlq", { method: "DELETE", body, headers: { "Content-Type": "application/json" } }), { deleted: 1 });
  assert.deepEqual(await list(), []);
});

test("delete by filter, page by page, and all", async () => {
  for (let i = 0; i < 3; ++i) await dead("wanted", { label: "wanted" });
  await dead("kept");
  for (const filter of nothing) assert.deepEqual(await client.dlq.delete({ filter }), { deleted: 0 }, JSON.stringify(filter));
  const first = await client.dlq.delete({ filter: { label: "wanted" }, count: 2 });
  assert.equal(first.deleted, 2);
  assert.ok(first.cursor);
  assert.deepEqual(await client.dlq.delete({ filter: { label: "wanted" }, count: 2, cursor: first.cursor }), { deleted: 1 });
  assert.equal((await list()).length, 1);
  assert.deepEqual(await client.dlq.delete({ all: true }), { deleted: 1 });
});

test("a filter that is misspelt deletes and retries nothing", async () => {
  const entry = await dead("typo");
  await assert.rejects(client.dlq.delete({ filter: { labeel: "some-value" } }), /labeel/);
  await assert.rejects(client.dlq.retry({ filter: { labeel: "some-value" } }), /labeel/);
  assert.deepEqual(ids(await list()), [entry.dlqId]);
});

/** The attempts at `name` after the first `failures`, as new messages. */
async function retried(name, failures, count) {
  return (await destination.arrived(name, failures + count)).slice(failures);
}

test("retry one: a new message with everything of the old one, and the entry is gone", async () => {
  const entry = await dead("again", { headers: { "x-test": "v" }, method: "PUT", body: "content", label: "l" });
  const { responses } = await client.dlq.retry(entry.dlqId);
  assert.equal(responses.length, 1);
  assert.notEqual(responses[0].messageId, entry.messageId);
  await assert.rejects(client.dlq.delete(entry.dlqId), (error) => error.status === 404);
  const [arrival] = await retried("again", 1, 1);
  assert.deepEqual([arrival.id, arrival.method, arrival.headers["x-test"], arrival.body.toString(), arrival.retried],
    [responses[0].messageId, "PUT", "v", "content", 0]);
  const failed = await until("the new entry", async () => (await list())[0]);
  assert.deepEqual([failed.messageId, failed.label], [responses[0].messageId, "l"]);
});

test("retry by ids and by filter, in each form", async () => {
  const make = () => dead("forms", { label: "forms" }, "?status=500");
  const [a, b, c] = [await make(), await make(), await make()].map(({ dlqId }) => dlqId);
  await client.flowControl.pause("unused");
  const sizes = [];
  for (const request of [[a], { dlqIds: [a, b] }, { dlqIds: c }]) sizes.push((await client.dlq.retry(request)).responses.length);
  assert.deepEqual(sizes, [1, 1, 1]);
  await until("new entries", async () => (await list()).length === 3);
  for (const filter of nothing) {
    const { responses, cursor } = await client.dlq.retry({ filter });
    assert.deepEqual([responses, cursor], [[], undefined], JSON.stringify(filter));
  }
  const first = await client.dlq.retry({ filter: { label: "forms" }, count: 1 });
  assert.equal(first.responses.length, 1);
  await assert.rejects(client.dlq.retry({ dlqIds: [a, b, c] }), (error) => error.status === 404);
  assert.deepEqual(await client.dlq.deleteMany({ dlqIds: [a, b, c] }), { deleted: 0 });
  await until("the entry of the last retry, before another test begins", async () => (await list()).length === 3);
});

test("retry all, page by page", async () => {
  for (let i = 0; i < 5; ++i) await dead("pages-of-retries");
  destination.arrivals.length = 0;
  let cursor, count = 0;
  do {
    const page = await client.dlq.retry({ all: true, count: 2, cursor });
    count += page.responses.length;
    cursor = page.cursor;
  } while (cursor);
  assert.equal(count, 5);
  await destination.arrived("pages-of-retries", 5);
});

test("headers of a retry change the message", async () => {
  const entry = await dead("changed", { label: "old" });
  const headers = { "Upstash-Retries": "2", "Upstash-Retry-Delay": "50", "Upstash-Label": "new", "Upstash-Method": "PATCH" };
  const response = await server.fetch(`/v2/dlq/retry/${entry.dlqId}`, { method: "POST", headers });
  assert.equal(response.status, 201);
  const { messageId } = await response.json();
  const attempts = await retried("changed", 1, 3);
  assert.deepEqual(attempts.map(({ id, method }) => [id, method]), Array(3).fill([messageId, "PATCH"]));
  const [failed] = await until("the new entry", async () => (await list({ filter: { label: "new" } })).length && list());
  assert.deepEqual([failed.maxRetries, failed.method, failed.labels], [2, "PATCH", ["new"]]);
  const refused = await server.fetch("/v2/dlq/retry", { method: "POST", headers: { "Upstash-Callback": "http://a" } });
  assert.equal(refused.status, 400);
});

test("a retried message keeps to its queue and its key", async () => {
  const flowControl = { key: "kept-key", parallelism: 1 };
  const entry = await dead("kept-order", { flowControl, headers: { "Upstash-Queue-Name": "kept-queue" } });
  await client.queue({ queueName: "kept-queue" }).pause();
  const { responses } = await client.dlq.retry(entry.dlqId);
  const message = await client.messages.get(responses[0].messageId);
  assert.deepEqual([message.queueName, message.flowControlKey, message.parallelism], ["kept-queue", "kept-key", 1]);
  assert.equal((await client.queue({ queueName: "kept-queue" }).get()).lag, 1);
  await client.queue({ queueName: "kept-queue" }).resume();
  await retried("kept-order", 1, 1);
});
