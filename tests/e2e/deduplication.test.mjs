// Duplicates: accepted, answered with the first message's id, and not delivered.
import assert from "node:assert/strict";
import { test } from "node:test";

import { started } from "./support.mjs";

const { server, destination, client } = await started();

/** Everything published so far has arrived once this has. */
async function settle(name) {
  await client.publish({ url: `${destination.url}/${name}` });
  await destination.arrived(name);
}

test("an id is taken once, whatever comes with it", async () => {
  const url = `${destination.url}/by-id`;
  const first = await client.publishJSON({ url, body: { n: 1 }, deduplicationId: "by-id" });
  assert.equal(first.deduplicated, undefined);
  const second = await client.publishJSON({ url: `${destination.url}/elsewhere`, body: { n: 2 }, deduplicationId: "by-id" });
  assert.deepEqual([second.messageId, second.deduplicated], [first.messageId, true]);
  const other = await client.publish({ url, deduplicationId: "by-other-id" });
  assert.notEqual(other.messageId, first.messageId);
  await settle("after-ids");
  assert.equal((await destination.arrived("by-id", 2)).length, 2);
  assert.equal(destination.of("elsewhere").length, 0);
});

test("a duplicate is 202", async () => {
  const path = `/v2/publish/${destination.url}/status`;
  const headers = { "Upstash-Deduplication-Id": "status" };
  const statuses = [];
  for (let i = 0; i < 3; ++i) statuses.push((await server.fetch(path, { method: "POST", headers })).status);
  assert.deepEqual(statuses, [200, 202, 202]);
});

test("content is destination, body, content type and headers to forward", async () => {
  const same = { url: `${destination.url}/content`, body: "b", headers: { "x-test": "1" }, contentBasedDeduplication: true };
  const first = await client.publish(same);
  const ids = async (change) => (await client.publish({ ...same, ...change })).messageId === first.messageId;
  assert.equal(await ids({}), true);
  assert.equal(await ids({ delay: 60, retries: 1, label: "x", method: "PUT" }), true, "options do not count");
  assert.equal(await ids({ body: "c" }), false);
  assert.equal(await ids({ url: `${same.url}?x` }), false);
  assert.equal(await ids({ headers: { "x-test": "2" } }), false);
  assert.equal(await ids({ headers: { "x-test": "1", "Content-Type": "text/html" } }), false);
  assert.equal(await ids({ contentBasedDeduplication: false }), false);
  assert.equal(await ids({ deduplicationId: "wins-over-content" }), false);
});

test("a queue knows duplicates too", async () => {
  const queue = client.queue({ queueName: "dedup" });
  const request = { url: `${destination.url}/enqueued`, body: "x", deduplicationId: "enqueued" };
  const first = await queue.enqueue(request);
  const second = await queue.enqueueJSON(request);
  assert.deepEqual([second.messageId, second.deduplicated], [first.messageId, true]);
  const published = await client.publish({ url: `${destination.url}/enqueued`, deduplicationId: "enqueued" });
  assert.equal(published.messageId, first.messageId, "one name space for all");
  await settle("after-enqueued");
  assert.equal(destination.of("enqueued").length, 1);
});

test("of many at the same time one is delivered", async () => {
  const publish = () => client.publish({ url: `${destination.url}/race`, deduplicationId: "race" });
  const answers = await Promise.all(Array.from({ length: 50 }, publish));
  assert.equal(new Set(answers.map(({ messageId }) => messageId)).size, 1);
  assert.equal(answers.filter(({ deduplicated }) => !deduplicated).length, 1);
  await settle("after-race");
  assert.equal(destination.of("race").length, 1);
});

test("a duplicate is known after the first was delivered, failed or cancelled", async () => {
  const delivered = { url: `${destination.url}/delivered`, deduplicationId: "delivered" };
  await client.publish(delivered);
  await destination.arrived("delivered");
  const failed = { url: `${destination.url}/failed?status=500`, retries: 0, deduplicationId: "failed" };
  await client.publish(failed);
  await destination.arrived("failed");
  const cancelled = { url: `${destination.url}/cancelled`, delay: 60, deduplicationId: "cancelled" };
  await client.messages.cancel((await client.publish(cancelled)).messageId);
  for (const request of [delivered, failed, cancelled]) assert.equal((await client.publish(request)).deduplicated, true);
});

test("an id with a colon or blanks is refused, and so is another flag than true or false", async () => {
  const publish = (headers) => server.fetch(`/v2/publish/${destination.url}/refused`, { method: "POST", headers });
  const colon = await publish({ "Upstash-Deduplication-Id": "a:b" });
  assert.equal(colon.status, 400);
  assert.deepEqual(await colon.json(), { error: "DeduplicationId cannot contain ':'" });
  for (const headers of [{ "Upstash-Deduplication-Id": "a b" }, { "Upstash-Deduplication-Id": "x".repeat(257) },
    { "Upstash-Content-Based-Deduplication": "yes" }])
    assert.equal((await publish(headers)).status, 400);
  await assert.rejects(client.publish({ url: `${destination.url}/refused`, deduplicationId: "a:b" }), (error) => error.status === 400);
});

test("a publish that was refused leaves its id free", async () => {
  const refused = { url: `${destination.url}/free`, deduplicationId: "free", retries: 1000 };
  await assert.rejects(client.publish(refused), (error) => error.status === 400);
  assert.equal((await client.publish({ ...refused, retries: 0 })).deduplicated, undefined);
});

test("the flags of the Python client are understood", async () => {
  const publish = (flag) =>
    server.fetch(`/v2/publish/${destination.url}/python`, { method: "POST", body: "x", headers: { "Upstash-Content-Based-Deduplication": flag } });
  const statuses = [];
  for (const flag of ["False", "False", "True", "True"]) statuses.push((await publish(flag)).status);
  assert.deepEqual(statuses, [200, 200, 200, 202]);
});
