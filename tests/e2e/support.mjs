// What the end-to-end tests share: the program under test, a destination that
// checks every signature with the SDK's own Receiver, and waiting for events.
import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import path from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

import { Client, Receiver } from "@upstash/qstash";
import * as jose from "jose";

process.env.UPSTASH_DISABLE_TELEMETRY = "1";
delete process.env.QSTASH_DEV;

export const program = process.env.SLUICE_BIN ?? fileURLToPath(new URL("../../build/dev/sluice", import.meta.url));

// The development credentials that the SDK knows by heart.
export const dev = {
  token: "eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0=",
  current: "sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r",
  next: "sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs",
};

/** What `credentials.env` of a data directory assigns. */
export function readCredentials(directory) {
  const lines = readFileSync(path.join(directory, "credentials.env"), "utf8").trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

const running = new Set();
process.on("exit", () => running.forEach((program) => program.kill("SIGKILL")));

/** Asks `predicate` until it answers something true, and returns that. */
export async function until(what, predicate, seconds = 20) {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    const result = await predicate();
    if (result) return result;
    assert.ok(performance.now() < end, `not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Runs a program to its end, or for 20 s. */
export async function run(command, args, env = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env }, timeout: 20_000 });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (data) => (output[name] += data));
  const [code] = await once(child, "close");
  return { code, ...output, output: output.stdout + output.stderr };
}

/** A running `sluice dev`, or `sluice serve`. */
export class Server {
  static async start(args = ["--port", "0"], env = {}, { verb = "dev", token = dev.token } = {}) {
    const server = new Server();
    server.output = "";
    server.log = "";
    server.token = token;
    server.process = spawn(program, [verb, ...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
    server.exited = once(server.process, "exit");
    for (const stream of [server.process.stdout, server.process.stderr])
      stream.on("data", (data) => (server.output += data)).unref();
    server.process.stderr.on("data", (data) => (server.log += data));
    // A test that failed must not keep its file from ending.
    server.process.unref();
    running.add(server.process);
    server.url = await until("a line with the address", () => {
      assert.equal(server.process.exitCode, null, server.output);
      return /running at (http:\/\/\S+)/.exec(server.output)?.[1];
    });
    server.port = Number(new URL(server.url).port);
    server.authenticate(token);
    return server;
  }

  /** `sluice serve` on a directory and any free port, with the credentials that it keeps there. */
  static async serve(directory, args = [], env = {}) {
    const server = await Server.start(["--data", directory, "--port", "0", ...args], env, { verb: "serve" });
    server.credentials = readCredentials(directory);
    server.authenticate(server.credentials.QSTASH_TOKEN ?? env.SLUICE_TOKEN);
    return server;
  }

  authenticate(token) {
    this.token = token;
    this.client = new Client({ baseUrl: this.url, token, retry: false });
  }

  /** A request without the SDK. `path` may hold anything that fetch leaves alone. */
  fetch(path, { method = "GET", headers = {}, body, signal, token = this.token } = {}) {
    return fetch(this.url + path, { method, body, signal, headers: { Authorization: `Bearer ${token}`, ...headers } });
  }

  async json(path, options) {
    const response = await this.fetch(path, options);
    assert.equal(response.status, 200, `${path}: ${response.status}`);
    return response.json();
  }

  /** Asks the program to end, and returns its exit code. */
  stop(signal = "SIGTERM") {
    this.process.kill(signal);
    return this.ended();
  }

  async ended() {
    this.process.ref();
    const [code] = await this.exited;
    running.delete(this.process);
    return code;
  }
}

/**
 * A destination. The query of a URL says how to answer:
 *   status=500&times=2  that status for the first two attempts of each message
 *   delay=50            after 50 ms
 *   hold                once `release` is called
 * The first segment of the path is the flow-control key, for the counts.
 */
export class Destination {
  arrivals = [];
  maxOpen = new Map();
  #open = new Map();
  #held = [];
  #answerHeaders = {};

  static async start({ tls, keys = dev, host = "127.0.0.1" } = {}) {
    const destination = new Destination();
    destination.verifier = new Receiver({ currentSigningKey: keys.current, nextSigningKey: keys.next });
    const take = (request, response) => destination.#take(request, response);
    destination.server = tls ? https.createServer(tls, take) : http.createServer(take);
    destination.server.listen(0, host).unref();
    await once(destination.server, "listening");
    destination.url = `${tls ? "https" : "http"}://${host}:${destination.server.address().port}`;
    return destination;
  }

  /** Headers that every answer carries from now on. */
  answerWith(headers) {
    this.#answerHeaders = headers;
  }

  async #take(request, response) {
    const arrival = { time: performance.now(), key: request.url.split(/[/?]/)[1], target: request.url };
    this.#count(arrival.key, 1);
    // A call is over once its answer is on its way, or its connection is gone.
    arrival.end = () => {
      this.#count(arrival.key, -1);
      arrival.end = () => {};
    };
    response.on("close", () => arrival.end());
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    Object.assign(arrival, { method: request.method, headers: request.headers, raw: request.rawHeaders });
    arrival.body = Buffer.concat(chunks);
    arrival.retried = Number(request.headers["upstash-retried"]);
    arrival.id = request.headers["upstash-message-id"];
    arrival.signatureError = await this.#verify(arrival);
    this.arrivals.push(arrival);
    await this.#answer(arrival, response);
  }

  async #answer(arrival, response) {
    const wanted = new URLSearchParams(arrival.target.split("?")[1]);
    if (wanted.has("hold")) await new Promise((resolve) => this.#held.push(resolve));
    if (wanted.has("delay")) await new Promise((resolve) => setTimeout(resolve, Number(wanted.get("delay"))));
    const failing = wanted.has("status") && arrival.retried < Number(wanted.get("times") ?? Infinity);
    arrival.status = failing ? Number(wanted.get("status")) : 200;
    response.writeHead(arrival.status, { "Content-Type": "text/plain", ...this.#answerHeaders });
    arrival.end();
    response.end(`answer ${arrival.status}`);
  }

  #count(key, change) {
    const open = (this.#open.get(key) ?? 0) + change;
    this.#open.set(key, open);
    this.maxOpen.set(key, Math.max(this.maxOpen.get(key) ?? 0, open));
  }

  /** Empty if the signature covers exactly this URL and these bytes. */
  async #verify({ headers, target, body }) {
    const signature = headers["upstash-signature"];
    if (!signature) return "no signature";
    const url = this.url + target;
    try {
      // The SDK takes bodies as text only.
      if (isUtf8(body)) await this.verifier.verify({ signature, body: body.toString(), url });
      else await this.#verifyBytes(signature, url, body);
      return "";
    } catch (error) {
      return String(error);
    }
  }

  async #verifyBytes(signature, url, body) {
    const key = new TextEncoder().encode(this.verifier.currentSigningKey);
    const { payload } = await jose.jwtVerify(signature, key, { issuer: "Upstash" });
    assert.equal(payload.sub, url);
    assert.equal(payload.body.replace(/=+$/, ""), createHash("sha256").update(body).digest("base64url"));
  }

  /** The arrivals of a key, by time. */
  of(key) {
    return this.arrivals.filter((arrival) => arrival.key === key).sort((a, b) => a.time - b.time);
  }

  /** Waits for `count` arrivals of `key` in all; fails if one is not signed well. */
  async arrived(key, count = 1, seconds = 20) {
    await until(`${count} arrivals of ${key}`, () => this.of(key).length >= count, seconds);
    const arrivals = this.of(key);
    for (const arrival of arrivals) assert.equal(arrival.signatureError, "", arrival.target);
    return arrivals;
  }

  /** Lets every call that is held finish; returns how many that were. */
  release() {
    return this.#held.splice(0).map((resolve) => resolve()).length;
  }

  close() {
    this.release();
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** A destination that knows the keys of a durable server. */
export function destinationOf(server) {
  const { QSTASH_CURRENT_SIGNING_KEY: current, QSTASH_NEXT_SIGNING_KEY: next } = server.credentials;
  return Destination.start({ keys: { current, next } });
}

/** A server and a destination for all tests of a file, which end with them. */
export async function started() {
  const server = await Server.start();
  const destination = await Destination.start();
  after(async () => {
    destination.close();
    await server.stop();
  });
  return { server, destination, client: server.client };
}

/**
 * Fixed windows seen from outside: any stretch of `windows` periods holds at most
 * rate * (windows + 2) arrivals.
 */
export function assertRate(arrivals, rate, periodMs) {
  const times = arrivals.map((arrival) => arrival.time).sort((a, b) => a - b);
  for (let first = 0; first < times.length; ++first)
    for (let last = first; last < times.length; ++last) {
      const allowed = rate * (Math.floor((times[last] - times[first]) / periodMs) + 2);
      assert.ok(last - first + 1 <= allowed, `${last - first + 1} arrivals in ${times[last] - times[first]} ms`);
    }
}
