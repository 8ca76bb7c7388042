// Flow control as the SDK asks for it and as the destination sees it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { assertRate, started, until } from "./support.mjs";

const { server, destination, client } = await started();

/** Publishes `count` messages of `key`, one after the other. */
async function publish(key, count, flowControl, query = "") {
  for (let i = 0; i < count; ++i)
    await client.publish({ url: `${destination.url}/${key}${query}`, body: String(i), flowControl: { key, ...flowControl } });
}

/** Lets every call of `key` finish, also those that start only then: `count` in all. */
async function releaseAll(key, count) {
  await until(`the end of ${key}`, async () => {
    destination.release();
    return destination.of(key).length === count && (await get(key)).parallelismCount === 0;
  });
}

const get = (key) => client.flowControl.get(key);

test("rate: each period has its allowance and no more, and a backlog uses it up", async () => {
  const rate = 5, count = 20;
  await publish("rate", count, { rate, period: 1 });
  const arrivals = await destination.arrived("rate", count);
  assertRate(arrivals, rate, 1000);
  // The first message opened the first period: the n-th period cannot begin before n seconds.
  arrivals.forEach((arrival, i) => {
    const since = arrival.time - arrivals[0].time;
    assert.ok(since >= Math.floor(i / rate) * 1000 - 200, `arrival ${i} after ${since} ms`);
  });
});

test("first in, first out", async () => {
  await publish("order", 20, { parallelism: 1 });
  const bodies = (await destination.arrived("order", 20)).map((arrival) => Number(arrival.body));
  assert.deepEqual(bodies, [...Array(20).keys()]);
});

test("parallelism: never more calls open than allowed, and all of them used", async () => {
  await publish("parallel", 30, { parallelism: 3 }, "?delay=20");
  await destination.arrived("parallel", 30);
  assert.equal(destination.maxOpen.get("parallel"), 3);
});

test("both limits together hold", async () => {
  await publish("both", 12, { parallelism: 2, rate: 4, period: 1 }, "?delay=10");
  const arrivals = await destination.arrived("both", 12);
  assertRate(arrivals, 4, 1000);
  assert.ok(destination.maxOpen.get("both") <= 2);
});

test("a retry takes from the allowance too", async () => {
  for (let i = 0; i < 3; ++i)
    await client.publish({
      url: `${destination.url}/retries?status=500&times=1`, retries: 1, retryDelay: "1",
      flowControl: { key: "retries", rate: 2, period: 1 },
    });
  const arrivals = await destination.arrived("retries", 6);
  assertRate(arrivals, 2, 1000);
  assert.ok(arrivals[5].time - arrivals[0].time >= 1800, "six calls need three periods");
});

test("get tells what waits and what runs, right after the publish", async () => {
  await publish("shown", 5, { parallelism: 2, rate: 10, period: "1m" }, "?hold");
  await destination.arrived("shown", 2);
  const info = await get("shown");
  assert.ok(Math.abs(info.ratePeriodStart - Date.now() / 1000) < 30);
  delete info.ratePeriodStart;
  assert.deepEqual(info, {
    flowControlKey: "shown", waitListSize: 3, parallelismMax: 2, parallelismCount: 2, rateMax: 10, rateCount: 2,
    ratePeriod: 60, isPaused: false, isPinnedParallelism: false, isPinnedRate: false,
  });
  assert.ok((await client.flowControl.getGlobalParallelism()).parallelismCount >= 2);
  assert.ok((await client.flowControl.getGlobalParallelism()).parallelismMax >= 1);
  await releaseAll("shown", 5);
  assert.equal((await get("shown")).rateCount, 5);
});

test("pause: nothing starts between its answer and resume", async () => {
  await publish("paused", 40, { parallelism: 2 }, "?delay=20");
  await destination.arrived("paused", 5);
  await client.flowControl.pause("paused");
  assert.equal((await get("paused")).isPaused, true);
  await until("the end of calls in flight", async () => (await get("paused")).parallelismCount === 0);
  const seen = destination.of("paused").length;
  // As many messages of another key arrive as the paused one could have started.
  await publish("meanwhile", 40, { parallelism: 2 });
  await publish("paused", 1, { parallelism: 2 });
  await destination.arrived("meanwhile", 40);
  assert.equal(destination.of("paused").length, seen);
  assert.equal((await get("paused")).waitListSize, 41 - seen);
  await client.flowControl.resume("paused");
  await destination.arrived("paused", 41);
  assert.equal((await get("paused")).isPaused, false);
});

test("pin: a backlog follows the pinned limits at once, whatever messages say", async () => {
  await publish("pinned", 12, { rate: 1, period: "1h" });
  await destination.arrived("pinned", 1);
  await client.flowControl.pin("pinned", { rate: 100, period: 60 });
  await destination.arrived("pinned", 12);
  await publish("pinned", 1, { rate: 1, period: "1h" });
  await destination.arrived("pinned", 13);
  const info = await get("pinned");
  assert.deepEqual([info.rateMax, info.ratePeriod, info.isPinnedRate, info.isPinnedParallelism], [100, 60, true, false]);
  assert.equal(info.rateCount, 12, "the pin began a new period");

  await client.flowControl.unpin("pinned", { rate: true });
  assert.deepEqual([(await get("pinned")).isPinnedRate, (await get("pinned")).rateMax], [false, 100]);
  await publish("pinned", 1, { rate: 2, period: 5 });
  const after = await get("pinned");
  assert.deepEqual([after.rateMax, after.ratePeriod], [2, 5]);
});

test("pins add up, and one part can be unpinned alone", async () => {
  await client.flowControl.pin("parts", { parallelism: 3 });
  await client.flowControl.pin("parts", { rate: 20, period: 120 });
  const pinned = await get("parts");
  assert.deepEqual([pinned.parallelismMax, pinned.rateMax, pinned.ratePeriod], [3, 20, 120]);
  assert.deepEqual([pinned.isPinnedParallelism, pinned.isPinnedRate], [true, true]);
  await client.flowControl.unpin("parts", { parallelism: true });
  const rest = await get("parts");
  assert.deepEqual([rest.isPinnedParallelism, rest.isPinnedRate], [false, true]);
});

test("resetRate: the next allowance comes at once", async () => {
  await publish("reset", 10, { rate: 4, period: "1h" });
  await destination.arrived("reset", 4);
  assert.deepEqual([(await get("reset")).rateCount, (await get("reset")).waitListSize], [4, 6]);
  await client.flowControl.resetRate("reset");
  await destination.arrived("reset", 8);
  assert.deepEqual([(await get("reset")).rateCount, (await get("reset")).waitListSize], [4, 2]);
  await server.fetch("/v2/flowControl/reset/reset", { method: "POST" });
  await destination.arrived("reset", 10);
  assert.equal((await get("reset")).rateCount, 2);
});

test("a blocked key does not hold up another", async () => {
  await publish("blocked", 3, { parallelism: 1 }, "?hold");
  await destination.arrived("blocked", 1);
  await publish("free", 5, { parallelism: 1 });
  await destination.arrived("free", 5);
  assert.equal(destination.of("blocked").length, 1);
  await releaseAll("blocked", 3);
});

test("cancelling a waiting message takes it off the waitlist", async () => {
  await client.flowControl.pause("cancel");
  const { messageId } = await client.publish({ url: `${destination.url}/cancel`, flowControl: { key: "cancel", rate: 1 } });
  assert.equal((await get("cancel")).waitListSize, 1);
  await client.messages.cancel(messageId);
  assert.equal((await get("cancel")).waitListSize, 0);
});

test("a key with slashes and blanks is one key", async () => {
  const key = "team a/jobs 1";
  await client.publish({ url: `${destination.url}/odd`, flowControl: { key, parallelism: 4 } });
  await destination.arrived("odd");
  assert.equal((await get(key)).flowControlKey, key);
  await client.flowControl.pin(key, { parallelism: 9 });
  assert.equal((await get(key)).parallelismMax, 9);
});

test("keys are listed in order and found by a part of their name", async () => {
  for (const key of ["list-b", "list-a", "other"]) await client.flowControl.pin(key, { parallelism: 1 });
  const found = await server.json("/v2/flowControl?search=list-");
  assert.deepEqual(found.map((info) => info.flowControlKey), ["list-a", "list-b"]);
});

test("an unknown key is 404, and a bad pin 400", async () => {
  const response = await server.fetch("/v2/flowControl/nobody");
  assert.equal(response.status, 404);
  assert.deepEqual(await response.json(), { error: "flow control key not found" });
  for (const query of ["", "?rate=0", "?parallelism=x", "?period=10", "?rate=1&period=604801"]) {
    const refused = await server.fetch(`/v2/flowControl/nobody/pin${query}`, { method: "POST" });
    assert.equal(refused.status, 400, query);
    assert.equal(typeof (await refused.json()).error, "string");
  }
  assert.equal((await server.fetch("/v2/flowControl/pin?rate=1", { method: "POST" })).status, 400);
  assert.equal((await server.fetch("/v2/flowControl/nobody")).status, 404, "nothing was half-applied");
});

test("a key without limits is refused", async () => {
  const headers = { "Upstash-Flow-Control-Key": "alone" };
  const response = await server.fetch(`/v2/publish/${destination.url}/alone`, { method: "POST", headers });
  assert.equal(response.status, 400);
});
