// Rate limits over HTTP, with nothing but fetch.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { Server } from "./support.mjs";

let server, directory;

before(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "sluice_limits_"));
  server = await Server.serve(directory);
});
after(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

const put = async (name, config) => {
  const response = await server.fetch(`/v1/ratelimit/${name}`, { method: "PUT", body: JSON.stringify(config) });
  assert.equal(response.status, 200, await response.text());
};
const ask = (name, verb, body = {}, options = {}) =>
  server.fetch(`/v1/ratelimit/${name}/${verb}`, { method: "POST", body: JSON.stringify(body), ...options });
const limit = async (name, body) => (await ask(name, "limit", body)).json();

test("ten logins an hour, a reset, and the next ten", async () => {
  await put("logins", { kind: "token bucket", rate: 10, period: 3_600_000 });
  for (let left = 9; left >= 0; --left) {
    const verdict = await limit("logins", { key: "alice" });
    assert.equal(verdict.ok, true);
    assert.equal(Math.floor(verdict.remaining), left);
  }
  const refused = await limit("logins", { key: "alice" });
  assert.equal(refused.ok, false);
  assert.ok(refused.retryAfter > 350_000 && refused.retryAfter <= 360_000, refused.retryAfter);
  assert.ok(Math.abs(refused.retryAt - (Date.now() + refused.retryAfter)) < 5000);
  assert.equal((await limit("logins", { key: "bob" })).ok, true, "another key");
  assert.equal((await ask("logins", "reset", { key: "alice" })).status, 200);
  assert.equal(Math.floor((await limit("logins", { key: "alice" })).remaining), 9);
});

test("what was taken stays taken across a restart and a kill", async () => {
  await put("kept", { kind: "token bucket", rate: 10, period: 3_600_000 });
  await put("lost", { kind: "token bucket", rate: 10, period: 3_600_000, durability: "memory" });
  for (const name of ["kept", "lost"]) await limit(name, { key: "k", count: 6 });
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    await server.stop(signal);
    server = await Server.serve(directory);
    const remaining = async (name) => Math.floor((await server.json(`/v1/ratelimit/${name}/value?key=k`)).remaining);
    assert.equal(await remaining("kept"), 4, signal);
    assert.equal(await remaining("lost"), 10, signal);
    assert.equal((await limit("kept", { key: "k", count: 5 })).ok, false);
  }
  assert.equal((await server.json("/v1/ratelimit/kept")).rate, 10);
});

test("of many at once as many are granted as there are tokens", async () => {
  await put("crowd", { kind: "fixed window", rate: 50, period: 3_600_000 });
  const verdicts = await Promise.all(Array.from({ length: 200 }, () => limit("crowd", { key: "k" })));
  assert.equal(verdicts.filter(({ ok }) => ok).length, 50);
});

test("a refusal is 429 with headers for those who ask", async () => {
  await put("api", { kind: "gcra", rate: 1, period: 60_000 });
  const granted = await ask("api", "limit?status=429");
  assert.equal(granted.status, 200);
  assert.equal(granted.headers.get("RateLimit-Policy"), '"api";q=1;w=60');
  const refused = await ask("api", "limit?status=429");
  assert.equal(refused.status, 429);
  assert.match(refused.headers.get("Retry-After"), /^(59|60)$/);
  assert.match(refused.headers.get("RateLimit"), /^"api";r=0;t=(59|60)$/);
  assert.equal((await refused.json()).ok, false);
});

test("headers show any name, and none for another", async () => {
  for (const [name, shown] of [["é", '"%C3%A9"'], ['a"b', '"a\\"b"'], ["a\\b", '"a\\\\b"'], ["%C3%A9", '"%25C3%25A9"']]) {
    const encoded = encodeURIComponent(name);
    await put(encoded, { kind: "gcra", rate: 1, period: 60_000 });
    const granted = await ask(encoded, "limit?status=429", { keys: ["k"] });
    assert.equal(granted.headers.get("RateLimit-Policy"), `${shown};q=1;w=60`);
  }
});

test("several limits are taken together, and the one that binds is named", async () => {
  await put("user", { kind: "token bucket", rate: 10, period: 3_600_000 });
  await put("global", { kind: "token bucket", rate: 3, period: 3_600_000 });
  const keys = ["alice", { name: "global", key: null, count: 2 }];
  assert.equal((await limit("user", { keys })).ok, true);
  const refused = await limit("user", { keys });
  assert.equal(refused.ok, false);
  assert.deepEqual(refused.binding, { name: "global" });
  assert.equal(Math.floor((await server.json("/v1/ratelimit/user/value?key=alice")).remaining), 9);
});

test("errors name the field, a read-only token may only look", async () => {
  const wrong = await server.fetch("/v1/ratelimit/x", { method: "PUT", body: '{"kind":"gcra","rate":"1","period":1}' });
  assert.equal(wrong.status, 400);
  assert.deepEqual(await wrong.json(), { error: '"rate" must be a number of at least 0, not "1"', field: "rate" });
  assert.equal((await ask("nobody", "limit")).status, 404);
  const token = server.credentials.QSTASH_READONLY_TOKEN;
  const bearer = { headers: { Authorization: `Bearer ${token}` } };
  assert.equal((await ask("api", "check", {}, bearer)).status, 200);
  assert.equal((await ask("api", "limit", {}, bearer)).status, 403);
});

test("who waits is served in turn, and who goes away leaves the line", async () => {
  await put("line", { kind: "token bucket", rate: 1, period: 3_600_000, capacity: 4 });
  await limit("line", { key: "k", count: 4 });
  const order = [];
  const wait = (name, count, options) =>
    ask("line", "acquire", { key: "k", count, wait: 60_000 }, options).then(async (response) => {
      order.push(name);
      return response.json();
    });
  const impatient = new AbortController();
  const gone = wait("gone", 4, { signal: impatient.signal }).catch(() => "aborted");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const first = wait("first", 2);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const second = wait("second", 1);
  impatient.abort();
  assert.equal(await gone, "aborted");
  // The server looks for clients that are gone four times a second.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  assert.deepEqual(order, []);
  assert.equal((await ask("line", "credit", { key: "k", count: 3 })).status, 200);
  assert.equal((await first).ok, true);
  assert.equal((await second).ok, true);
  assert.deepEqual(order, ["first", "second"]);
  assert.equal((await limit("line", { key: "k" })).ok, false, "nothing was taken for who is gone, nor left");
});

test("a reservation outlives a kill, and ends once", async () => {
  await put("tokens", { kind: "token bucket", rate: 0, period: 1000, capacity: 100 });
  const reserved = await (await ask("tokens", "reserve", { key: "k", count: 40 })).json();
  assert.equal(reserved.ok, true);
  await server.stop("SIGKILL");
  server = await Server.serve(directory);
  const settle = async () => (await ask("tokens", "commit", { reservation: reserved.reservation, used: 15 })).json();
  assert.deepEqual(await settle(), { settled: true });
  assert.deepEqual(await settle(), { settled: false });
  assert.equal((await server.json("/v1/ratelimit/tokens/value?key=k")).remaining, 85);
});

test("a server that stops tells those who wait", async () => {
  await put("closed", { kind: "token bucket", rate: 0, period: 1000, capacity: 1 });
  await limit("closed", { key: "k" });
  const waiting = ask("closed", "acquire", { key: "k", wait: 60_000 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await server.stop("SIGTERM");
  assert.equal((await waiting).status, 503);
  server = await Server.serve(directory);
});
