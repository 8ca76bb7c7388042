// Schedules as the SDK asks for them and as the destination sees them. The ones that fire take up to a minute.
import assert from "node:assert/strict";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";

import { Server, destinationOf, started, until } from "./support.mjs";

const { server, destination, client } = await started();
const { schedules } = client;
const isMissing = (error) => error.status === 404;

/** A moment after which no minute begins for a while. */
const midMinute = () => until("a minute that begins", () => Date.now() % 60_000 < 50_000, 11);

/** What the schedule has published, when the destination has got it; a minute at most. */
const fired = async (to, key, count = 1) => (await to.arrived(key, count, 70)).slice(-count);

test("a schedule is created, read, listed and deleted", async () => {
  const { scheduleId } = await schedules.create({
    destination: "https://www.initial.com", cron: "*/10 * * * * ", body: JSON.stringify({ a: 1 }), queueName: "hourly",
    headers: { "Test-Header": "v" }, method: "PUT", delay: 10, retries: 5, timeout: 90, retryDelay: "1000 * (1 + retried)",
    callback: "https://callback.example", failureCallback: "https://failure.example", label: ["one", "two"],
    flowControl: { key: "flow", rate: 2, parallelism: 3, period: "1h" },
  });
  assert.match(scheduleId, /^scd_\w{28}$/);
  const { createdAt, nextScheduleTime, callerIP, ...found } = await schedules.get(scheduleId);
  assert.ok(Math.abs(createdAt - Date.now()) < 60_000);
  assert.equal(nextScheduleTime % 600_000, 0);
  assert.ok(nextScheduleTime > createdAt && nextScheduleTime <= createdAt + 600_000);
  assert.equal(callerIP, "127.0.0.1");
  assert.deepEqual(found, {
    scheduleId, cron: "*/10 * * * *", destination: "https://www.initial.com", method: "PUT", isPaused: false, retries: 5,
    header: { "Content-Type": ["application/json"], "Test-Header": ["v"] }, body: '{"a":1}', queueName: "hourly",
    label: "one", labels: ["one", "two"], flowControlKey: "flow", rate: 2, ratePerSecond: 2, parallelism: 3, period: 3600,
    callback: "https://callback.example", failureCallback: "https://failure.example",
    retryDelayExpression: "1000 * (1 + retried)", delay: 10, timeout: 90,
  });
  assert.deepEqual((await schedules.list()).map((each) => each.scheduleId), [scheduleId]);
  await schedules.delete(scheduleId);
  await schedules.delete(scheduleId);
  assert.deepEqual(await schedules.list(), []);
  await assert.rejects(schedules.get(scheduleId), isMissing);
});

test("a schedule with the same id replaces every setting", async () => {
  const first = { scheduleId: "same", destination: "https://www.initial.com", cron: "*/10 * * * *", body: "text", label: "l" };
  assert.equal((await schedules.create(first)).scheduleId, "same");
  const before = await schedules.get("same");
  await schedules.create({ scheduleId: "same", destination: "https://www.updated.com", cron: "CRON_TZ=Europe/Berlin 0 9 * * MON-FRI", retries: 1 });
  const after = await schedules.get("same");
  assert.deepEqual([after.destination, after.cron, after.retries], ["https://www.updated.com", "CRON_TZ=Europe/Berlin 0 9 * * MON-FRI", 1]);
  assert.deepEqual([after.body, after.label], [undefined, undefined]);
  assert.equal(after.createdAt, before.createdAt);
  await schedules.delete("same");
});

test("a schedule is paused and resumed, again and again", async () => {
  const { scheduleId } = await schedules.create({ destination: "https://www.initial.com", cron: "@daily" });
  for (const isPaused of [true, true, false, false]) {
    await (isPaused ? schedules.pause({ schedule: scheduleId }) : schedules.resume({ schedule: scheduleId }));
    assert.equal((await schedules.get(scheduleId)).isPaused, isPaused);
  }
  await assert.rejects(schedules.pause({ schedule: "nobody" }), isMissing);
  await schedules.delete(scheduleId);
});

test("what cannot be a schedule is refused", async () => {
  const create = (parts) => schedules.create({ destination: "https://www.initial.com", cron: "@daily", ...parts });
  const refused = [
    [{ cron: " " }, /Invalid cron expression empty spec string/], [{ cron: "61 * * * *" }, /minute/],
    [{ cron: "@every 59s" }, /Upstash-Cron|@every/], [{ cron: "CRON_TZ=Mars/Base * * * * *" }, /Mars/],
    [{ scheduleId: "a b" }, /a schedule's id/], [{ destination: "nobody" }, /nobody not found/],
    [{ destination: "www.initial.com" }, /add http:\/\/ or https:\/\//],
  ];
  for (const [parts, text] of refused) await assert.rejects(create(parts), text, JSON.stringify(parts));
  assert.deepEqual(await schedules.list(), []);
});

// All of them wait for the same minute.
describe("firings", { concurrency: true }, () => {
  test("a schedule fires, and what it publishes is found by it", async () => {
    await midMinute();
    await client.urlGroups.addEndpoints({ name: "group", endpoints: ["group-a", "group-b"].map((name) => ({ name, url: `${destination.url}/${name}` })) });
    await schedules.create({ scheduleId: "one", destination: `${destination.url}/one?status=500`, cron: "* * * * *", body: "text", retries: 0, headers: { "X-Test": "v" } });
    await schedules.create({ scheduleId: "many", destination: "group", cron: "* * * * *", queueName: "minutely" });
    await schedules.create({ scheduleId: "paused", destination: `${destination.url}/paused`, cron: "* * * * *" });
    await schedules.pause({ schedule: "paused" });
    const { nextScheduleTime } = await schedules.get("one");
    const [arrival] = await fired(destination, "one");
    assert.ok(Date.now() >= nextScheduleTime && Date.now() < nextScheduleTime + 5000);
    assert.deepEqual([arrival.body.toString(), arrival.headers["x-test"], arrival.headers["upstash-schedule-id"]], ["text", "v", "one"]);
    const one = await until("the end of the message", async () => {
      const found = await schedules.get("one");
      return found.lastScheduleStates[arrival.id] === "FAIL" && found;
    });
    assert.deepEqual([one.lastScheduleTime, one.nextScheduleTime], [nextScheduleTime, nextScheduleTime + 60_000]);
    assert.deepEqual(Object.keys(one.lastScheduleStates), [arrival.id]);
    const { logs } = await client.logs({ filter: { scheduleId: "one" } });
    assert.deepEqual(logs.map((log) => [log.messageId, log.state, log.scheduleId]).reverse(), ["CREATED", "ACTIVE", "ERROR", "FAILED"].map((state) => [arrival.id, state, "one"]));
    const { messages } = await client.dlq.listMessages({ filter: { scheduleId: "one" } });
    assert.deepEqual(messages.map((message) => [message.messageId, message.scheduleId]), [[arrival.id, "one"]]);
    const ids = [];
    for (const name of ["group-a", "group-b"]) {
      const [each] = await fired(destination, name);
      assert.deepEqual([each.headers["upstash-schedule-id"], each.headers["upstash-topic-name"]], ["many", "group"]);
      ids.push(each.id);
    }
    await until("both delivered", async () =>
      Object.entries((await schedules.get("many")).lastScheduleStates).every(([id, state]) => ids.includes(id) && state === "SUCCESS"));
    assert.equal((await client.messages.get(ids[0])).queueName, "minutely");
    assert.equal(destination.of("paused").length, 0);
    for (const name of ["one", "many", "paused"]) await schedules.delete(name);
  });

  test("what a schedule has published can be cancelled by it", async () => {
    await midMinute();
    await schedules.create({ scheduleId: "delayed", destination: `${destination.url}/delayed`, cron: "* * * * *", delay: "1h" });
    const other = await client.publish({ url: `${destination.url}/other`, delay: "1h" });
    await until("a firing", async () => (await schedules.get("delayed")).lastScheduleTime, 70);
    await schedules.delete("delayed");
    assert.deepEqual(await client.messages.cancel({ filter: { scheduleId: "delayed" } }), { cancelled: 1 });
    assert.equal((await client.messages.get(other.messageId)).messageId, other.messageId);
  });

  test("schedules outlive their server, and fire once whatever ends it", async () => {
    await midMinute();
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "sluice-schedules-"));
    const args = ["--allow-destinations", "private"];
    let durable = await Server.serve(directory, args);
    const to = await destinationOf(durable);
    await durable.client.schedules.create({ scheduleId: "kept", destination: `${to.url}/kept`, cron: "* * * * *", body: "text" });
    const before = await durable.client.schedules.get("kept");
    for (const signal of ["SIGKILL", "SIGTERM"]) {
      await durable.stop(signal);
      durable = await Server.serve(directory, args);
      assert.deepEqual(await durable.client.schedules.get("kept"), before);
    }
    const [arrival] = await fired(to, "kept");
    assert.equal(arrival.body.toString(), "text");
    await until("its end", async () => (await durable.client.schedules.get("kept")).lastScheduleStates[arrival.id] === "SUCCESS");
    await durable.stop("SIGKILL");
    durable = await Server.serve(directory, args);
    const after = await durable.client.schedules.get("kept");
    assert.equal(after.lastScheduleTime, before.nextScheduleTime);
    assert.deepEqual(after.lastScheduleStates, { [arrival.id]: "SUCCESS" });
    assert.equal(to.of("kept").length, 1);
    to.close();
    await durable.stop();
    fs.rmSync(directory, { recursive: true });
  });
});
