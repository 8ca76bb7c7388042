// URL groups and batches as the SDK asks for them and as the destination sees them.
import assert from "node:assert/strict";
import { test } from "node:test";

import { dev, started, until } from "./support.mjs";

const { server, destination, client } = await started();

const endpoint = (name) => ({ name, url: `${destination.url}/${name}` });

test("endpoints are added, renamed, listed and removed", async () => {
  const groups = client.urlGroups;
  await groups.addEndpoints({ name: "group", endpoints: [endpoint("one"), { url: endpoint("two").url }] });
  const made = await groups.get("group");
  assert.deepEqual(made.endpoints, [endpoint("one"), { url: endpoint("two").url }]);
  await groups.addEndpoints({ name: "group", endpoints: [endpoint("two")] });
  const list = await groups.list();
  assert.equal(list.length, 1);
  assert.equal(list[0].name, "group");
  assert.equal(list[0].endpoints.length, 2);
  assert.deepEqual(list[0].endpoints[1], endpoint("two"));
  await groups.removeEndpoints({ name: "group", endpoints: [{ name: "one" }] });
  assert.deepEqual((await groups.get("group")).endpoints, [endpoint("two")]);
  await groups.removeEndpoints({ name: "group", endpoints: [{ url: endpoint("two").url }] });
  await assert.rejects(groups.get("group"), (error) => error.status === 404);
  await groups.delete("group");
});

test("a publish to a group reaches each endpoint once", async () => {
  await client.urlGroups.addEndpoints({ name: "fan", endpoints: [endpoint("fan-a"), endpoint("fan-b")] });
  const published = await client.publishJSON({ urlGroup: "fan", body: { a: 1 } });
  assert.deepEqual(published.map(({ url }) => url), [endpoint("fan-a").url, endpoint("fan-b").url]);
  for (const [index, name] of ["fan-a", "fan-b"].entries()) {
    const [arrival] = await destination.arrived(name);
    assert.equal(arrival.body.toString(), '{"a":1}');
    assert.equal(arrival.headers["upstash-topic-name"], "fan");
    assert.equal(arrival.headers["upstash-message-id"], published[index].messageId);
  }
  const message = await client.messages.get(published[1].messageId);
  assert.deepEqual([message.urlGroup ?? message.topicName, message.endpointName], ["fan", "fan-b"]);
});

test("a group that leads back to the server ends after ten deliveries", async () => {
  const back = `${server.url}/v2/publish/loop?qstash_token=${dev.token}`;
  await client.urlGroups.addEndpoints({ name: "loop", endpoints: [{ url: back }, endpoint("looped")] });
  const headers = { "Upstash-Retries": "0" };
  await server.fetch("/v2/topics/loop", { method: "PATCH", body: JSON.stringify({ headers }) });
  await client.publish({ urlGroup: "loop" });
  const ended = await until("the end of the loop", async () => {
    const { messages } = await client.dlq.listMessages({ filter: { urlGroup: "loop" } });
    return messages[0];
  });
  assert.equal(ended.responseStatus, 400);
  assert.match(ended.responseBody, /loop detected/);
  assert.equal((await destination.arrived("looped", 10)).length, 10);
});

test("a batch is answered in order, whatever its items are", async () => {
  await client.urlGroups.addEndpoints({ name: "both", endpoints: [endpoint("both-a"), endpoint("both-b")] });
  const answers = await client.batchJSON([
    { url: endpoint("batch-1").url, body: { n: 1 }, headers: { "x-test": "v" }, retries: 0 },
    { urlGroup: "both", body: { n: 2 } },
    { url: endpoint("batch-3").url, body: { n: 3 }, queueName: "batch-queue" },
  ]);
  assert.equal(answers.length, 3);
  assert.equal(answers[0].url, endpoint("batch-1").url);
  assert.equal(answers[1].length, 2);
  const [first] = await destination.arrived("batch-1");
  assert.equal(first.headers["x-test"], "v");
  assert.equal(first.headers["content-type"], "application/json");
  for (const name of ["both-a", "both-b", "batch-3"]) await destination.arrived(name);
  assert.equal((await client.messages.get(answers[2].messageId)).queueName, "batch-queue");
});

test("one bad item of a batch is told in its place", async () => {
  const answers = await client.batch([
    { url: endpoint("good").url, body: "x" },
    { url: endpoint("bad").url, body: "x", headers: { "Upstash-Flow-Control-Key": "only" } },
    { urlGroup: "nobody", body: "x" },
  ]);
  assert.ok(answers[0].messageId);
  assert.match(answers[1].error, /Upstash-Flow-Control/);
  assert.match(answers[2].error, /nobody not found/);
  await destination.arrived("good");
  assert.equal(destination.of("bad").length, 0);
});

test("a large batch is one commit of many messages", async () => {
  const items = Array.from({ length: 2000 }, (_, n) => ({ url: endpoint("many").url, body: `${n}${"x".repeat(1000)}` }));
  const answers = await client.batch(items);
  assert.equal(new Set(answers.map(({ messageId }) => messageId)).size, 2000);
  await destination.arrived("many", 2000);
});
