// Publishing with the SDK, and what arrives at the destination.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { Client } from "@upstash/qstash";

import { dev, started, until } from "./support.mjs";

const { server, destination, client } = await started();

test("a message arrives once, signed, with the headers of a delivery", async () => {
  const url = `${destination.url}/first`;
  const published = await client.publishJSON({ url, body: { hello: "world" } });
  assert.match(published.messageId, /^msg_/);
  assert.equal(published.url, url);

  const [arrival] = await destination.arrived("first");
  assert.equal(arrival.method, "POST");
  assert.equal(arrival.id, published.messageId);
  assert.equal(arrival.retried, 0);
  assert.equal(arrival.headers["user-agent"], "Upstash-QStash");
  assert.equal(arrival.headers["content-type"], "application/json");
  assert.equal(arrival.headers["upstash-caller-ip"], "127.0.0.1");
  assert.equal(arrival.headers.host, new URL(destination.url).host);
  assert.equal(arrival.headers.authorization, undefined);
  assert.equal(arrival.headers["accept-encoding"], undefined);
  assert.deepEqual(JSON.parse(arrival.body), { hello: "world" });

  await client.publish({ url: `${destination.url}/second` });
  await destination.arrived("second");
  assert.equal(destination.of("first").length, 1);
});

test("forwarded headers arrive without their prefix, others not at all", async () => {
  await client.publish({
    url: `${destination.url}/headers`,
    body: "text",
    headers: { "X-Mine": "one, two", "Upstash-Forward-Authorization": "Bearer theirs", "Upstash-Unknown": "x" },
  });
  const [{ headers }] = await destination.arrived("headers");
  assert.equal(headers["x-mine"], "one, two");
  assert.equal(headers.authorization, "Bearer theirs");
  const ours = Object.keys(headers).filter((name) => name.startsWith("upstash-"));
  assert.deepEqual(ours.sort(), ["upstash-caller-ip", "upstash-message-id", "upstash-retried", "upstash-signature"]);
});

test("Upstash-Header-Forward passes on every header that is the publisher's own", async () => {
  const headers = { "Upstash-Header-Forward": "true", "X-Plain": "p", "Upstash-Forward-X-Prefixed": "q" };
  await server.fetch(`/v2/publish/${destination.url}/all`, { method: "POST", headers });
  const [arrival] = await destination.arrived("all");
  assert.deepEqual([arrival.headers["x-plain"], arrival.headers["x-prefixed"]], ["p", "q"]);
  assert.equal(arrival.headers.authorization, undefined);
  assert.equal(arrival.headers["upstash-header-forward"], undefined);
});

test("forged headers do not displace ours", async () => {
  await client.publish({
    url: `${destination.url}/forged`,
    body: "12345",
    headers: {
      "Upstash-Forward-Upstash-Message-Id": "msg_forged",
      "Upstash-Forward-Upstash-Signature": "forged",
      "Upstash-Forward-Host": "forged.example",
      "Upstash-Forward-Content-Length": "1",
      "Upstash-Forward-Transfer-Encoding": "chunked",
      "Upstash-Forward-User-Agent": "forged",
    },
  });
  const [arrival] = await destination.arrived("forged");
  assert.equal(arrival.body.toString(), "12345");
  assert.match(arrival.id, /^msg_(?!forged)/);
  assert.equal(arrival.headers.host, new URL(destination.url).host);
  assert.equal(arrival.headers["user-agent"], "Upstash-QStash");
  assert.equal(arrival.raw.filter((name) => /^(upstash-message-id|host|content-length)$/i.test(name)).length, 3);
});

for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"])
  test(`the method ${method} is used`, async () => {
    await client.publish({ url: `${destination.url}/method-${method}`, method, body: "b" });
    const [arrival] = await destination.arrived(`method-${method}`);
    assert.equal(arrival.method, method);
    assert.equal(arrival.body.toString(), "b");
  });

test("body bytes arrive unchanged", async () => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256));
  await client.publish({ url: `${destination.url}/bytes`, body: bytes });
  const [arrival] = await destination.arrived("bytes");
  assert.ok(arrival.body.equals(bytes));

  await client.publish({ url: `${destination.url}/unicode`, body: "grüße \u{1F600}\r\n\0" });
  assert.equal((await destination.arrived("unicode"))[0].body.toString(), "grüße \u{1F600}\r\n\0");

  await client.publish({ url: `${destination.url}/empty` });
  assert.equal((await destination.arrived("empty"))[0].body.length, 0);
});

test("a streamed body arrives whole", async () => {
  const pieces = ["one ", "two ", "three"];
  const body = new ReadableStream({
    pull: (controller) => (pieces.length ? controller.enqueue(Buffer.from(pieces.shift())) : controller.close()),
  });
  const response = await fetch(`${server.url}/v2/publish/${destination.url}/stream`, {
    method: "POST", body, duplex: "half", headers: { Authorization: `Bearer ${dev.token}` },
  });
  assert.equal(response.status, 200);
  assert.equal((await destination.arrived("stream"))[0].body.toString(), "one two three");
});

test("query, double slashes and escapes of the destination are kept", async () => {
  for (const target of ["/kept//a///b?x=1&y=%20z&y=2", "/kept/%2F%41/", "/kept?redirect=http://other.example//p?q=1"]) {
    const { url, messageId } = await client.publish({ url: destination.url + target, body: "x" });
    assert.equal(url, destination.url + target);
    const arrival = await until(target, () => destination.of("kept").find((seen) => seen.id === messageId));
    assert.equal(arrival.target, target);
    assert.equal(arrival.signatureError, "");
  }
});

test("options may come as query parameters, which do not reach the destination", async () => {
  const path = `/v2/publish/${destination.url}/options?a=1&upstash-retries=0&upstash-method=PUT&upstash-forward-x-q=v&b=2`;
  const response = await fetch(`${server.url}${path}&qstash_token=${encodeURIComponent(dev.token)}`, { method: "POST" });
  assert.equal(response.status, 200);
  const [arrival] = await destination.arrived("options");
  assert.equal(arrival.target, "/options?a=1&b=2");
  assert.equal(arrival.method, "PUT");
});

test("messages.get tells what was published", async () => {
  const url = `${destination.url}/get?hold`;
  const { messageId } = await client.publish({
    url, body: "content", headers: { "x-test": "v" }, retries: 2, label: "mine", contentBasedDeduplication: false,
    flowControl: { key: "get-key", rate: 7, parallelism: 3, period: "1m" },
  });
  await destination.arrived("get");
  const message = await client.messages.get(messageId);
  assert.equal(message.messageId, messageId);
  assert.equal(message.url, url);
  assert.equal(message.method, "POST");
  assert.equal(message.body, "content");
  assert.equal(message.maxRetries, 2);
  assert.equal(message.label, "mine");
  assert.equal(message.flowControlKey, "get-key");
  assert.deepEqual([message.rate, message.parallelism, message.period], [7, 3, 60]);
  assert.deepEqual(message.header["X-Test"], ["v"]);
  assert.equal(message.notBefore, message.createdAt);
  destination.release();
});

test("what is redacted arrives whole and is read as its hash", async () => {
  const url = `${destination.url}/redacted`;
  const redact = { body: true, header: ["X-Token"] };
  const { messageId } = await client.publish({ url, body: "secret", headers: { "X-Token": "t", "X-Open": "o" }, redact });
  const [arrival] = await destination.arrived("redacted");
  assert.deepEqual([arrival.body.toString(), arrival.headers["x-token"]], ["secret", "t"]);

  const hash = (text) => `REDACTED:${createHash("sha256").update(text).digest("hex")}`;
  const message = await client.messages.get(messageId);
  assert.equal(message.body, hash("secret"));
  assert.deepEqual([message.header["X-Token"], message.header["X-Open"]], [[hash("t")], ["o"]]);
  const { logs } = await client.logs({ filter: { messageId } });
  assert.ok(logs.length > 0);
  for (const { body } of logs) assert.equal(Buffer.from(body, "base64").toString(), hash("secret"));
});

test("a waiting message tells what it waits for", async () => {
  const url = `${destination.url}/waits`;
  const { messageId } = await client.publish({ url, delay: 60 });
  const message = await (await server.fetch(`/v2/messages/${messageId}`)).json();
  assert.equal(message.waitingFor, "delay");
  assert.ok(Math.abs(message.expectedStartAt - message.notBefore) < 100);
  await client.messages.delete(messageId);
});

test("a delayed message does not arrive early", async () => {
  const published = performance.now();
  const { messageId } = await client.publish({ url: `${destination.url}/delayed`, delay: 1 });
  const message = await client.messages.get(messageId);
  assert.ok(message.notBefore >= message.createdAt + 1000);
  const [arrival] = await destination.arrived("delayed");
  assert.ok(arrival.time >= published + 1000, `${arrival.time - published} ms`);
});

test("not-before is kept, and a past one means now", async () => {
  const notBefore = Math.ceil(Date.now() / 1000) + 1;
  await client.publish({ url: `${destination.url}/not-before`, notBefore });
  await client.publish({ url: `${destination.url}/past`, notBefore: 1_000_000_000 });
  await destination.arrived("past");
  await destination.arrived("not-before");
  assert.ok(Date.now() >= notBefore * 1000);
});

test("a cancelled message never arrives", async () => {
  const { messageId } = await client.publish({ url: `${destination.url}/cancelled`, delay: 1 });
  const { messageId: later } = await client.publish({ url: `${destination.url}/not-cancelled`, delay: 2 });
  assert.ok(later);
  const cancelled = await server.json(`/v2/messages/${messageId}`, { method: "DELETE" });
  assert.deepEqual(cancelled, { cancelled: 1 });
  assert.equal((await server.fetch(`/v2/messages/${messageId}`, { method: "DELETE" })).status, 404);
  await destination.arrived("not-cancelled");
  assert.equal(destination.of("cancelled").length, 0);
});

test("an unknown message is 404", async () => {
  await assert.rejects(client.messages.get("msg_unknown"), (error) => error.status === 404);
  const response = await server.fetch("/v2/messages/msg_unknown", { method: "DELETE" });
  assert.equal(response.status, 404);
  assert.equal(typeof (await response.json()).error, "string");
});

test("a wrong token is 401", async () => {
  const stranger = new Client({ baseUrl: server.url, token: "wrong", retry: false });
  await assert.rejects(stranger.publish({ url: `${destination.url}/stranger` }), (error) => error.status === 401);
  for (const headers of [{}, { Authorization: "Basic abc" }, { Authorization: "Bearer" }]) {
    const response = await fetch(`${server.url}/v2/keys`, { headers });
    assert.equal(response.status, 401);
    assert.deepEqual(await response.json(), { error: "unable to authenticate: invalid token" });
  }
  assert.equal(destination.of("stranger").length, 0);
});

const refused = [
  ["Upstash-Retries", "-1"], ["Upstash-Retries", "1e3"], ["Upstash-Retries", "99999999999999999999"],
  ["Upstash-Delay", "10x"], ["Upstash-Delay", "-5s"], ["Upstash-Not-Before", "1.5"], ["Upstash-Timeout", "soon"],
  ["Upstash-Method", "TRACE"], ["Upstash-Retry-Delay", "pow(2"], ["Upstash-Flow-Control-Value", "rate=0"],
  ["Upstash-Flow-Control-Value", "parallelism=-1"], ["Upstash-Flow-Control-Value", "period=1m"],
  ["Upstash-Flow-Control-Value", "rate=1, period=8d"], ["Upstash-Flow-Control-Value", "rate=1, rate=2"],
  ["Upstash-Flow-Control-Value", "speed=1"],
];
for (const [name, value] of refused)
  test(`${name}: ${value} is a 400 that names the header`, async () => {
    const headers = { [name]: value };
    if (name === "Upstash-Flow-Control-Value") headers["Upstash-Flow-Control-Key"] = "refused";
    const response = await server.fetch(`/v2/publish/${destination.url}/refused`, { method: "POST", headers });
    assert.equal(response.status, 400);
    assert.match((await response.json()).error, new RegExp(name, "i"));
  });

test("a destination without a scheme is a 400", async () => {
  const response = await server.fetch("/v2/publish/example.com/x", { method: "POST" });
  assert.equal(response.status, 400);
  assert.match((await response.json()).error, /invalid scheme/);
});

test("nothing that was refused reached the destination or made a key", async () => {
  await client.publish({ url: `${destination.url}/after-refusals` });
  await destination.arrived("after-refusals");
  assert.equal(destination.of("refused").length, 0);
  assert.equal((await server.fetch("/v2/flowControl/refused")).status, 404);
});

test("what is not built yet answers 501 in JSON", async () => {
  for (const [method, path] of [["GET", "/v2/waiters/event"], ["POST", "/v2/trigger/x"]]) {
    const response = await server.fetch(path, { method, body: method === "POST" ? "[]" : undefined });
    assert.equal(response.status, 501, path);
    assert.equal(typeof (await response.json()).error, "string");
  }
});

test("an unknown path is 404 and a wrong method 405 with Allow", async () => {
  assert.equal((await server.fetch("/v2/nothing")).status, 404);
  const response = await server.fetch("/v2/keys", { method: "DELETE" });
  assert.equal(response.status, 405);
  assert.match(response.headers.get("allow"), /GET/);
});

test("a body over the limit is 413", async () => {
  const body = Buffer.alloc(1024 * 1024 + 1);
  const response = await server.fetch(`/v2/publish/${destination.url}/large`, { method: "POST", body });
  assert.equal(response.status, 413);
});
