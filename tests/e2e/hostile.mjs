// Clients that lie, stall and break off: the program answers each as it must, keeps
// serving others meanwhile, and neither runs a smuggled request nor grows.
import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import { connect } from "node:net";

import { Destination, Server, dev, until } from "./support.mjs";

const server = await Server.start();
const destination = await Destination.start();
const sanitized = process.env.SLUICE_BIN?.includes("asan") ?? false;
let passed = 0;

const host = `Host: 127.0.0.1:${server.port}\r\n`;
const auth = `Authorization: Bearer ${dev.token}\r\n`;
const target = (name) => `/v2/publish/${destination.url}/${name}`;
const post = (name, headers, body = "") => `POST ${target(name)} HTTP/1.1\r\n${host}${auth}${headers}\r\n${body}`;
// What an attacker hides behind another request.
const smuggled = post("smuggled", "Content-Length: 0\r\n");

const rssMb = () => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.process.pid}/status`))[1]) / 1024;

async function check(name, body) {
  try {
    await body();
    ++passed;
  } catch (error) {
    console.error(`FAILED: ${name}\n${error.stack}\n${server.output}`);
    process.exit(1);
  }
}

function open() {
  const socket = connect(server.port, "127.0.0.1");
  socket.received = "";
  socket.on("data", (data) => (socket.received += data.toString("latin1")));
  socket.on("error", () => {});
  socket.gone = new Promise((resolve) => socket.on("close", resolve));
  return socket;
}

const statuses = (text) => [...text.matchAll(/HTTP\/1\.[01] (\d{3}) /g)].map((match) => Number(match[1]));

/** Sends bytes and returns the statuses that come back until the server closes. */
async function exchange(bytes, seconds = 10) {
  const socket = open();
  const timer = setTimeout(() => socket.destroy(new Error("timeout")), seconds * 1000);
  socket.write(Buffer.from(bytes, "latin1"));
  await socket.gone;
  clearTimeout(timer);
  return { statuses: statuses(socket.received), received: socket.received, late: socket.errored?.message === "timeout" };
}

/** Expects one answer of the given statuses, and the connection closed by the server. */
async function refused(name, bytes, ...wanted) {
  const result = await exchange(bytes);
  assert.ok(!result.late, `${name}: not closed; got ${JSON.stringify(result.received)}`);
  assert.equal(result.statuses.length, 1, `${name}: ${JSON.stringify(result.received)}`);
  assert.ok(wanted.includes(result.statuses[0]), `${name}: ${result.statuses[0]}, not ${wanted}`);
}

/** Expects these answers on one connection, which the last request closes. */
async function accepted(name, bytes, ...wanted) {
  const result = await exchange(bytes);
  assert.ok(!result.late, `${name}: not closed; got ${JSON.stringify(result.received)}`);
  assert.deepEqual(result.statuses, wanted, `${name}: ${JSON.stringify(result.received)}`);
}

const close = "Connection: close\r\n";
const chunked = "Transfer-Encoding: chunked\r\n";
const bad = [400, 501];

const framing = {
  "an unknown transfer coding before a length": post("x", "Transfer-Encoding: gzip\r\nContent-Length: 2\r\n", `ab${smuggled}`),
  "an unknown transfer coding after a length": post("x", "Content-Length: 2\r\nTransfer-Encoding: gzip\r\n", `ab${smuggled}`),
  "a coding that only looks chunked": post("x", "Transfer-Encoding: xchunked\r\n", smuggled),
  "chunked that is not last": post("x", "Transfer-Encoding: chunked, identity\r\n", smuggled),
  "chunked twice": post("x", "Transfer-Encoding: chunked, chunked\r\n", `0\r\n\r\n${smuggled}`),
  "two transfer codings": post("x", chunked + "Transfer-Encoding: identity\r\n", `0\r\n\r\n${smuggled}`),
  "identity and a length": post("x", "Transfer-Encoding: identity\r\nContent-Length: 2\r\n", `ab${smuggled}`),
  "chunked and a length": post("x", `${chunked}Content-Length: 2\r\n`, `0\r\n\r\n${smuggled}`),
  "a length and chunked": post("x", `Content-Length: 2\r\n${chunked}`, `0\r\n\r\n${smuggled}`),
  "chunked with a tab": post("x", "Transfer-Encoding:\tchunked\u000b\r\n", `0\r\n\r\n${smuggled}`),
  "two equal lengths": post("x", "Content-Length: 2\r\nContent-Length: 2\r\n", `ab${smuggled}`),
  "two different lengths": post("x", "Content-Length: 2\r\nContent-Length: 3\r\n", `ab${smuggled}`),
  "a list of lengths": post("x", "Content-Length: 2, 2\r\n", `ab${smuggled}`),
  "a folded length": post("x", "Content-Length: 2\r\n 2\r\n", `ab${smuggled}`),
  "a signed length": post("x", "Content-Length: +2\r\n", `ab${smuggled}`),
  "a negative length": post("x", "Content-Length: -2\r\n", smuggled),
  "a hexadecimal length": post("x", "Content-Length: 0x2\r\n", `ab${smuggled}`),
  "a length of 2^64": post("x", "Content-Length: 18446744073709551616\r\n", smuggled),
  "an empty length": post("x", "Content-Length: \r\n", smuggled),
  "a blank before the colon": post("x", "Content-Length : 2\r\n", `ab${smuggled}`),
  "a bare line feed": post("x", "X: 1\nContent-Length: 2\r\n", `ab${smuggled}`),
  "a bare carriage return": post("x", "X: 1\rContent-Length: 2\r\n", `ab${smuggled}`),
  "a NUL in a value": post("x", "X: a\0b\r\n", smuggled),
  "a folded header": post("x", "X: a\r\n b\r\n", smuggled),
  "a header without a colon": post("x", "Nonsense\r\n", smuggled),
  "a header without a name": post("x", ": v\r\n", smuggled),
  "a broken chunk size": post("x", chunked, `zz\r\n${smuggled}`),
  "a negative chunk size": post("x", chunked, `-1\r\n${smuggled}`),
  "a huge chunk size": post("x", chunked, `fffffffffffffffff\r\n${smuggled}`),
  "a chunk longer than its size": post("x", chunked, `1\r\nabc\r\n0\r\n\r\n${smuggled}`),
  "a line feed inside a chunk extension": post("x", chunked, `1;a="\n"\r\nb\r\n0\r\n\r\n${smuggled}`),
  "chunked in HTTP/1.0": `POST ${target("x")} HTTP/1.0\r\n${host}${auth}${chunked}\r\n0\r\n\r\n${smuggled}`,
  "no Host": `GET /healthz HTTP/1.1\r\n\r\n${smuggled}`,
  "two Hosts": `GET /healthz HTTP/1.1\r\n${host}${host}\r\n${smuggled}`,
  "a Host with a blank": `GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n${smuggled}`,
  "a target with a high byte": `GET /healthz\xff HTTP/1.1\r\n${host}\r\n${smuggled}`,
  "a target with a fragment": `GET /healthz#x HTTP/1.1\r\n${host}\r\n${smuggled}`,
  "a target with a control character": `GET /health\x01z HTTP/1.1\r\n${host}\r\n${smuggled}`,
  "no version": `GET /healthz\r\n${host}\r\n${smuggled}`,
  "garbage": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 not HTTP at all\r\n\r\n",
};
for (const [name, bytes] of Object.entries(framing)) await check(name, () => refused(name, bytes, ...bad));

await check("an unknown version", () => refused("version", `GET /healthz HTTP/3.7\r\n${host}\r\n${smuggled}`, 400, 505));
await check("an unknown method", () => refused("method", `BREW /healthz HTTP/1.1\r\n${host}\r\n${smuggled}`, 400, 405, 501));
await check("a method in lower case", () => refused("lower", `get /healthz HTTP/1.1\r\n${host}\r\n${smuggled}`, 400, 405, 501));
await check("a long header", () => refused("long", post("x", `X: ${"a".repeat(70_000)}\r\n`), 400, 431));
await check("many headers", () => refused("many", post("x", "X: y\r\n".repeat(20_000)), 400, 431));
await check("a long target", () => refused("target", `GET /${"a".repeat(100_000)} HTTP/1.1\r\n${host}\r\n`, 400, 414, 431));
await check("a body announced too large", () => refused("large", post("x", "Content-Length: 1099511627776\r\n"), 413));
await check("a chunked body too large", () =>
  refused("large", post("x", chunked, `${(1 << 21).toString(16)}\r\n${"a".repeat(1 << 21)}\r\n0\r\n\r\n`), 413));
await check("a chunk extension without end", () =>
  refused("extension", post("x", chunked, `1;${"a".repeat(300_000)}`), 400, 413, 431));
await check("trailers without end", () =>
  refused("trailers", post("x", chunked, `0\r\n${"X: y\r\n".repeat(100_000)}`), 400, 413, 431));

for (const [name, value] of [["a carriage return", "a%0D%0AInjected:1"], ["a NUL", "a%00b"]])
  await check(`${name} by way of a query parameter`, async () => {
    const response = await server.fetch(`${target("smuggled")}?upstash-forward-x=${value}`, { method: "POST" });
    assert.equal(response.status, 400);
  });

await check("a chunked upload with extensions and trailers", () =>
  accepted("chunked", post("chunked", chunked + close, "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: t\r\n\r\n"), 200));
await check("its body arrives whole", async () =>
  assert.equal((await destination.arrived("chunked"))[0].body.toString(), "abcde"));
await check("Expect: 100-continue", async () => {
  const socket = open();
  socket.write(post("continue", `Expect: 100-continue\r\n${close}Content-Length: 2\r\n`));
  await until("the interim answer", () => socket.received.includes("\r\n\r\n"));
  socket.write("ab");
  await socket.gone;
  assert.deepEqual(statuses(socket.received), [100, 200]);
});
await check("another expectation", () => refused("expect", post("x", "Expect: tea\r\nContent-Length: 0\r\n"), 400, 417));
await check("pipelined requests are answered in order", () =>
  accepted("pipeline", `GET /healthz HTTP/1.1\r\n${host}\r\nGET /v2/nothing HTTP/1.1\r\n${host}${auth}\r\n` +
    `GET /healthz HTTP/1.1\r\n${host}${close}\r\n`, 200, 404, 200));
await check("a request in single bytes", async () => {
  const socket = open();
  socket.setNoDelay(true);
  for (const byte of `GET /healthz HTTP/1.1\r\n${host}${close}\r\n`) socket.write(byte) || (await once(socket, "drain"));
  await socket.gone;
  assert.deepEqual(statuses(socket.received), [200]);
});
await check("HTTP/1.0 is answered and closed", () => accepted("1.0", `GET /healthz HTTP/1.0\r\n${host}\r\n`, 200));

/** How long a healthy client waits, at most over a few requests. */
async function slowestProbe() {
  let slowest = 0;
  for (let i = 0; i < 20; ++i) {
    const start = performance.now();
    assert.equal((await fetch(`${server.url}/healthz`)).status, 200);
    slowest = Math.max(slowest, performance.now() - start);
  }
  return slowest;
}

// Warm, so that growth from here on is a leak.
await slowestProbe();
const before = rssMb();

await check("connections opened and dropped, with a request or without", async () => {
  for (let round = 0; round < 10; ++round) {
    const sockets = Array.from({ length: 100 }, open);
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    sockets.forEach((socket, i) => {
      if (i % 3 === 1) socket.write(`GET /healthz HTTP/1.1\r\n${host}\r\n`);
      if (i % 3 === 2) socket.write(post("x", "Content-Length: 1000\r\n", "half"));
      socket.resetAndDestroy();
    });
    await Promise.all(sockets.map((socket) => socket.gone));
  }
  await slowestProbe();
});

await check("80,000 pipelined requests of a client that does not read", async () => {
  const socket = connect(server.port, "127.0.0.1");
  socket.on("error", () => {});
  socket.pause();
  const batch = `GET /healthz HTTP/1.1\r\n${host}\r\n`.repeat(1000);
  let stalled = false;
  for (let i = 0; i < 80 && !stalled; ++i)
    if (!socket.write(batch))
      stalled = !(await Promise.race([once(socket, "drain").then(() => true), new Promise((r) => setTimeout(r, 1000, false))]));
  await slowestProbe();
  if (!sanitized) assert.ok(rssMb() - before < 64, `grew by ${rssMb() - before} MB`);
  socket.destroy();
});

// Slow clients are cut 30 s after their first byte: all of them wait side by side.
await check("slow clients are cut within the request timeout while others are served", async () => {
  const started = performance.now();
  const slow = [
    (socket) => socket.write("G"),
    (socket) => socket.write(`GET /healthz HTTP/1.1\r\n${host}X-Slow: `),
    (socket) => socket.write(post("x", "Content-Length: 1000\r\n", "a")),
    (socket) => socket.write(post("x", chunked, "a\r\nb")),
    (socket) => socket.write(post("x", "Expect: 100-continue\r\nContent-Length: 10\r\n")),
  ].flatMap((begin) => Array.from({ length: 8 }, () => {
    const socket = open();
    begin(socket);
    return socket;
  }));
  const drip = setInterval(() => slow.forEach((socket) => socket.destroyed || socket.write("a")), 500);
  while (slow.some((socket) => !socket.destroyed)) {
    assert.ok(performance.now() - started < 40_000, "a slow client is still connected");
    assert.ok((await slowestProbe()) < 1000);
    await Promise.race([Promise.all(slow.map((socket) => socket.gone)), new Promise((r) => setTimeout(r, 500))]);
  }
  clearInterval(drip);
});

await check("after all this it still publishes and delivers, and has not grown", async () => {
  await server.client.publish({ url: `${destination.url}/after` });
  await destination.arrived("after");
  await slowestProbe();
  if (!sanitized) assert.ok(rssMb() - before < 64, `grew by ${rssMb() - before} MB`);
});
await check("no smuggled request ran", async () => assert.deepEqual(destination.of("smuggled"), []));
await check("nothing was refused by the destination's signature check", async () =>
  assert.ok(destination.arrivals.every((arrival) => arrival.signatureError === "")));
await check("it stops in peace", async () => assert.equal(await server.stop(), 0));
destination.close();
console.log(`${passed} passed, 0 failed`);
