// The log with the SDK: what happened to each message, filtered and page by page; and the audit log.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { Server, destinationOf, until } from "./support.mjs";

let server, destination, client, directory;

before(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), "sluice-logs-"));
  server = await Server.serve(directory, ["--allow-destinations", "private"]);
  destination = await destinationOf(server);
  client = server.client;
});
after(async () => {
  destination.close();
  await server.stop();
  rmSync(directory, { recursive: true });
});

const courseOf = async (messageId) => (await client.logs({ messageIds: [messageId] })).logs.map((log) => log.state).reverse();

/** Publishes, waits until the message has ended in `state`, and returns its events, newest first. */
async function ended(state, query, options = {}) {
  const { messageId } = await client.publish({ url: `${destination.url}/logs${query}`, body: "b", retries: 0, ...options });
  return until(`${messageId} ${state}`, async () => {
    const { logs } = await client.logs({ messageIds: [messageId] });
    return logs[0]?.state === state && logs;
  });
}

test("a delivered message has three events, one that fails four, with the answer", async () => {
  const delivered = await ended("DELIVERED", "");
  assert.deepEqual(delivered.map((log) => log.state), ["DELIVERED", "ACTIVE", "CREATED"]);
  assert.equal(delivered[0].responseStatus, 200);
  assert.equal(Buffer.from(delivered[2].body, "base64").toString(), "b");
  const failed = await ended("FAILED", "?status=500");
  assert.deepEqual(failed.map((log) => log.state), ["FAILED", "ERROR", "ACTIVE", "CREATED"]);
  assert.equal(failed[1].error, "HTTP status 500");
  assert.equal(Buffer.from(failed[1].responseBody, "base64").toString(), "answer 500");
  assert.ok(failed[1].responseHeaders);
});

test("labels, delays and flow control are on every event", async () => {
  const logs = await ended("FAILED", "?status=500", { label: "on-all", retryDelay: "15000", flowControl: { key: "log-key", rate: 10 } });
  for (const log of logs) {
    assert.equal(log.label, "on-all");
    assert.equal(log.retryDelayExpression, "15000");
    assert.equal(log.retryDelayExpr, "15000");
    assert.equal(log.flowControlKey, "log-key");
    assert.ok(Number.isInteger(log.time));
  }
  for (const filter of [{ label: "on-all" }, { flowControlKey: "log-key" }, { messageId: logs[0].messageId }, { label: ["none", "on-all"] }])
    assert.equal((await client.events({ filter })).events.length, 4, JSON.stringify(filter));
  assert.equal((await client.logs({ filter: { label: "on-all", state: "ERROR" } })).logs.length, 1);
  for (const filter of [{ label: "none" }, { urlGroup: "none" }, { queueName: "none" }, { fromDate: new Date("2099-01-01") }, { toDate: new Date("2000-01-01") }])
    assert.deepEqual((await client.logs({ filter })).logs, [], JSON.stringify(filter));
});

test("a delayed message that is cancelled says so at once", async () => {
  const { messageId } = await client.publish({ url: `${destination.url}/logs`, delay: "1h" });
  const created = (await client.logs({ messageIds: [messageId] })).logs[0];
  assert.ok(created.nextDeliveryTime >= created.time + 3_600_000);
  await client.messages.cancel(messageId);
  assert.deepEqual(await courseOf(messageId), ["CREATED", "CANCEL_REQUESTED", "CANCELED"]);
});

test("pages follow each other without gap or repeat, and the last has no cursor", async () => {
  for (let i = 0; i < 5; ++i) await ended("DELIVERED", "", { label: "pages" });
  const key = (log) => `${log.messageId} ${log.state}`;
  const whole = (await client.logs({ filter: { label: "pages" } })).logs.map(key);
  assert.equal(whole.length, 15);
  for (const count of [1, 4, 15, 16]) {
    const seen = [];
    for (let cursor; ;) {
      const page = await client.logs({ filter: { label: "pages" }, count, cursor });
      seen.push(...page.logs.map(key));
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    assert.deepEqual(seen, whole, `${count}`);
  }
});

test("the log is there after a restart, and the message by its id is not needed", async () => {
  const [{ messageId }] = await ended("DELIVERED", "", { label: "kept" });
  await server.stop();
  server = await Server.serve(directory, ["--allow-destinations", "private"]);
  client = server.client;
  assert.deepEqual(await courseOf(messageId), ["CREATED", "ACTIVE", "DELIVERED"]);
});

test("what operators did is in the audit log", async () => {
  await client.queue({ queueName: "audited" }).upsert({ parallelism: 2 });
  await client.queue({ queueName: "audited" }).delete();
  const { entries } = await server.json("/v1/audit?count=2");
  assert.deepEqual(entries.map(({ action, subject, by, from }) => [action, subject, by, from]),
    [["deleteQueue", "audited", "token", "127.0.0.1"], ["setQueue", "audited", "token", "127.0.0.1"]]);
});
