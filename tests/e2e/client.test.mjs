// Every method of the official client, called by a user of `sluice dev` and by one of `sluice serve`.
// The last test of each fails if the client has a method that none of the others called.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { Destination, Server, destinationOf, until } from "./support.mjs";

// Workflows and the proxy of language models are not what sluice offers.
const notOffered = new Set(["client.workflow", "client.chat"]);

/** The methods and parts of an object of the client. */
function membersOf(api) {
  return Object.getOwnPropertyNames(Object.getPrototypeOf(api)).filter((name) => name !== "constructor");
}

/** The same client, which writes down what is asked of it. */
function watched(name, api, seen) {
  return new Proxy(api, {
    get(target, member) {
      seen.add(`${name}.${String(member)}`);
      const value = target[member];
      if (typeof value !== "function") return typeof value === "object" ? watched(member, value, seen) : value;
      return (...given) => (member === "queue" ? watched("queue", target.queue(...given), seen) : value.apply(target, given));
    },
  });
}

async function startedDev() {
  return { server: await Server.start(), destination: await Destination.start(), clean() {} };
}

async function startedServe() {
  const data = mkdtempSync(path.join(os.tmpdir(), "sluice-client-"));
  const server = await Server.serve(data, ["--allow-destinations", "private"]);
  return { server, destination: await destinationOf(server), clean: () => rmSync(data, { recursive: true }) };
}

describe("The whole client", { concurrency: 2 }, () => {
  for (const [program, start] of [["sluice dev", startedDev], ["sluice serve", startedServe]])
    describe(`Every method of the client, on ${program}`, { concurrency: 1 }, () => {
      const seen = new Set();
      let world, client, destination, to;

      before(async () => {
        world = await start();
        client = watched("client", world.server.client, seen);
        destination = world.destination;
        to = (rest) => `${destination.url}/${rest}`;
      });

      after(async () => {
        destination.close();
        assert.equal(await world.server.stop(), 0);
        world.clean();
      });

      test("publish and publishJSON arrive with all that was asked for", async () => {
        const { messageId } = await client.publish({
          url: to("plain?q=1"),
          body: "hello",
          method: "PUT",
          headers: { "X-Mine": "kept", "Content-Type": "text/plain" },
          retries: 2,
          retryDelay: "1000",
          delay: 1,
          timeout: "30s",
          flowControl: { key: "client", rate: 100, period: "1m", parallelism: 5 },
          label: ["first", "second"],
          deduplicationId: "only-once",
          redact: { header: ["Authorization"] },
        });
        const waiting = await client.messages.get(messageId);
        assert.equal(waiting.url, to("plain?q=1"));
        assert.deepEqual([waiting.flowControlKey, waiting.rate, waiting.period, waiting.parallelism], ["client", 100, 60, 5]);
        assert.deepEqual(waiting.labels, ["first", "second"]);
        const [arrival] = await destination.arrived("plain");
        assert.deepEqual([arrival.method, arrival.body.toString(), arrival.headers["x-mine"]], ["PUT", "hello", "kept"]);
        assert.equal(arrival.id, messageId);
        const again = await client.publish({ url: to("plain?q=1"), body: "hello", deduplicationId: "only-once" });
        assert.equal(again.deduplicated, true);

        await client.publishJSON({ url: to("json"), body: { n: 1 }, notBefore: 1, contentBasedDeduplication: true });
        const [json] = await destination.arrived("json");
        assert.equal(json.headers["content-type"], "application/json");
        assert.deepEqual(JSON.parse(json.body), { n: 1 });
      });

      test("a callback and a failure callback tell how it went", async () => {
        await client.publish({ url: to("told"), callback: to("callback"), body: "x" });
        const [callback] = await destination.arrived("callback");
        const told = JSON.parse(callback.body);
        assert.deepEqual([told.status, Buffer.from(told.body, "base64").toString()], [200, "answer 200"]);
        await client.publish({ url: to("untold?status=500"), retries: 0, failureCallback: to("failure") });
        const [failure] = await destination.arrived("failure");
        assert.equal(JSON.parse(failure.body).status, 500);
      });

      test("batch and batchJSON, to a URL, a queue and a group", async () => {
        await client.urlGroups.addEndpoints({ name: "batched", endpoints: [{ url: to("batch-group") }] });
        const batch = [{ url: to("batch-url"), body: "1" }, { url: to("batch-queue"), body: "2", queueName: "batched" }];
        const answers = await client.batch([...batch, { urlGroup: "batched", body: "3" }]);
        assert.equal(answers.length, 3);
        assert.match(answers[0].messageId, /^msg_/);
        assert.match(answers[2][0].messageId, /^msg_/);
        await client.batchJSON([{ url: to("batch-json"), body: { a: [1] } }]);
        for (const key of ["batch-url", "batch-queue", "batch-group"]) await destination.arrived(key);
        assert.equal((await destination.arrived("batch-json"))[0].body.toString(), '{"a":[1]}');
      });

      test("messages: get, cancel in each form, delete, deleteMany, deleteAll", async () => {
        const waiting = async (label) =>
          (await client.publish({ url: to("never"), delay: "1h", label, flowControl: { key: label, parallelism: 1 } })).messageId;
        const gone = (id) => assert.rejects(client.messages.get(id), { status: 404 });
        const [one, two, three] = [await waiting("a"), await waiting("a"), await waiting("a")];
        assert.deepEqual(await client.messages.cancel(one), { cancelled: 1 });
        assert.deepEqual(await client.messages.cancel([two, three]), { cancelled: 2 });
        for (const id of [one, two, three]) await gone(id);
        await waiting("b");
        const kept = await waiting("c");
        assert.deepEqual(await client.messages.cancel({ filter: { flowControlKey: "b", label: "b" } }), { cancelled: 1 });
        await client.messages.get(kept);
        assert.deepEqual(await client.messages.cancel({ all: true }), { cancelled: 1 });
        const four = await waiting("d");
        await client.messages.delete(four);
        await gone(four);
        assert.equal(await client.messages.deleteMany([await waiting("e"), await waiting("e")]), 2);
        await waiting("f");
        assert.equal(await client.messages.deleteAll(), 1);
      });

      for (const part of ["urlGroups", "topics"])
        test(`${part}: add, get, list, publish, remove, delete`, async () => {
          const groups = client[part];
          const [first, second] = [{ name: "first", url: to(`${part}-1`) }, { name: "second", url: to(`${part}-2`) }];
          await groups.addEndpoints({ name: part, endpoints: [first, second] });
          assert.deepEqual((await groups.get(part)).endpoints, [first, second]);
          assert.ok((await groups.list()).some(({ name }) => name === part));
          const sent = await client.publish(part === "topics" ? { topic: part } : { urlGroup: part });
          assert.deepEqual(sent.map(({ url }) => url), [first.url, second.url]);
          for (const key of [`${part}-1`, `${part}-2`]) await destination.arrived(key);
          await groups.removeEndpoints({ name: part, endpoints: [{ name: "first" }] });
          assert.deepEqual((await groups.get(part)).endpoints, [second]);
          await groups.delete(part);
          await assert.rejects(groups.get(part), { status: 404 });
        });

      test("queues: upsert, pause, enqueue, get, list, resume, delete", async () => {
        const queue = client.queue({ queueName: "line" });
        await queue.upsert({ parallelism: 1 });
        await queue.pause();
        for (const body of ["1", "2"]) await queue.enqueue({ url: to("line"), body });
        await queue.enqueueJSON({ url: to("line"), body: 3 });
        const { name, parallelism, lag, paused } = await queue.get();
        assert.deepEqual({ name, parallelism, lag, paused }, { name: "line", parallelism: 1, lag: 3, paused: true });
        assert.ok((await queue.list()).some((each) => each.name === "line"));
        await queue.resume();
        assert.deepEqual((await destination.arrived("line", 3)).map(({ body }) => body.toString()), ["1", "2", "3"]);
        await queue.delete();
        await assert.rejects(queue.get(), { status: 404 });
      });

      test("schedules: create, get, list, pause, resume, fire, delete", async () => {
        const options = { cron: "* * * * *", body: "tick", label: "clock", retries: 1, headers: { "X-Tick": "1" } };
        const { scheduleId } = await client.schedules.create({ destination: to("tick"), scheduleId: "clock", ...options });
        assert.equal(scheduleId, "clock");
        const [tick] = await destination.arrived("tick", 1, 70);
        assert.deepEqual([tick.body.toString(), tick.headers["x-tick"]], ["tick", "1"]);
        assert.equal(tick.headers["upstash-schedule-id"], "clock");
        await client.schedules.pause({ schedule: "clock" });
        assert.equal((await client.schedules.get("clock")).isPaused, true);
        await client.schedules.resume({ schedule: "clock" });
        const [{ cron, isPaused, destination: url, labels }] = await client.schedules.list();
        assert.deepEqual([cron, isPaused, url, labels], ["* * * * *", false, to("tick"), ["clock"]]);
        await client.schedules.delete("clock");
        await assert.rejects(client.schedules.get("clock"), { status: 404 });
      });

      test("flowControl: pause, pin, get, unpin, resume, resetRate, the global limit", async () => {
        const control = client.flowControl;
        await control.pause("steered");
        await control.pin("steered", { parallelism: 2, rate: 1, period: 3600 });
        const flowControl = { key: "steered", parallelism: 9, rate: 9, period: 9 };
        for (const body of ["1", "2"]) await client.publish({ url: to("steered"), body, flowControl });
        const held = await control.get("steered");
        assert.deepEqual([held.isPaused, held.isPinnedRate, held.isPinnedParallelism], [true, true, true]);
        assert.deepEqual([held.rateMax, held.ratePeriod, held.parallelismMax, held.waitListSize], [1, 3600, 2, 2]);
        await control.resume("steered");
        await destination.arrived("steered");
        await until("the second waits", async () => (await control.get("steered")).waitListSize === 1);
        await control.resetRate("steered");
        await destination.arrived("steered", 2);
        await control.unpin("steered", { parallelism: true, rate: true });
        const { isPinnedRate, isPinnedParallelism, isPaused } = await control.get("steered");
        assert.deepEqual([isPinnedRate, isPinnedParallelism, isPaused], [false, false, false]);
        const { parallelismMax, parallelismCount } = await control.getGlobalParallelism();
        assert.ok(parallelismMax >= 1 && parallelismCount <= parallelismMax);
      });

      test("dlq: listMessages, retry and delete in each form, deleteMany", async () => {
        const { dlq } = client;
        const fail = async (count, label) => {
          for (let n = 0; n < count; ++n) await client.publish({ url: to(`${label}?status=500`), retries: 0, label });
          return until("the entries", async () => {
            const { messages } = await dlq.listMessages({ filter: { label } });
            return messages.length === count && messages.map(({ dlqId }) => dlqId);
          });
        };
        const ids = await fail(5, "failed");
        assert.equal((await dlq.listMessages({ count: 2, filter: { label: "failed" } })).messages.length, 2);
        assert.equal((await dlq.listMessages({ dlqIds: ids.slice(0, 2) })).messages.length, 2);
        assert.equal((await dlq.delete(ids[0])).deleted, 1);
        assert.equal((await dlq.delete([ids[1]])).deleted, 1);
        assert.equal((await dlq.deleteMany({ dlqIds: [ids[2]] })).deleted, 1);
        assert.equal((await dlq.delete({ filter: { label: "failed" }, count: 100 })).deleted, 2);
        const again = await fail(3, "again");
        assert.equal((await dlq.retry(again[0])).responses.length, 1);
        assert.equal((await dlq.retry([again[1]])).responses.length, 1);
        assert.equal((await dlq.retry({ filter: { label: "again" } })).responses.length >= 1, true);
        await destination.arrived("again", 6);
        await until("all is quiet", async () => (await dlq.listMessages({ filter: { label: "again" } })).messages.length === 3);
        for (let rest = true; rest; ) rest = (await dlq.delete({ all: true, count: 2 })).cursor;
        assert.deepEqual((await dlq.listMessages()).messages, []);
      });

      test("logs and events tell the life of a message", async () => {
        const { messageId } = await client.publish({ url: to("logged"), body: "x", label: "logged" });
        await destination.arrived("logged");
        const states = async () => (await client.logs({ filter: { messageIds: [messageId] } })).logs.map(({ state }) => state);
        await until("it is delivered", async () => (await states()).includes("DELIVERED"));
        const { logs } = await client.logs({ filter: { label: "logged" }, count: 10 });
        assert.ok(logs.length >= 2 && logs.every((log) => log.messageId === messageId));
        const { events } = await client.events({ filter: { label: "logged" } });
        assert.deepEqual(events, logs);
      });

      test("no method of the client was left out", () => {
        const real = world.server.client;
        const parts = { client: real, queue: real.queue({ queueName: "line" }) };
        for (const name of ["urlGroups", "topics", "dlq", "messages", "schedules", "flowControl"]) parts[name] = real[name];
        const all = Object.entries(parts).flatMap(([name, api]) => membersOf(api).map((member) => `${name}.${member}`));
        assert.ok(all.length > 40, `the client has ${all.length} methods`);
        assert.deepEqual(all.filter((member) => !seen.has(member) && !notOffered.has(member)), []);
      });
    });
});
