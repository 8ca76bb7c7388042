// `sluice serve`: its credentials, what it refuses, and what outlives it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { connect } from "node:net";
import { once } from "node:events";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";

import { Server, destinationOf, dev, program, readCredentials, run, until } from "./support.mjs";

const root = fs.mkdtempSync(path.join(os.tmpdir(), "sluice-serve-"));
after(() => fs.rmSync(root, { recursive: true }));

let count = 0;
/** A data directory that is not there yet. */
const fresh = () => path.join(root, `data ${++count}`);
const mode = (file) => fs.statSync(file).mode & 0o777;
const allowing = ["--allow-destinations", "private"];

/** Starts and stops a server, so that its directory is there. */
async function prepared(args = []) {
  const directory = fresh();
  assert.equal(await (await Server.serve(directory, args)).stop(), 0);
  return directory;
}

const refused = (args, env) => run(program, ["serve", "--port", "0", ...args], env);

test("the first start makes credentials, shows them once and keeps them for its owner alone", async () => {
  const directory = fresh();
  const first = await Server.serve(directory);
  assert.equal(mode(directory), 0o700);
  assert.equal(mode(path.join(directory, "credentials.env")), 0o600);
  for (const file of fs.readdirSync(directory)) assert.equal(mode(path.join(directory, file)) & 0o077, 0, file);
  const secrets = Object.values(first.credentials);
  assert.equal(new Set(secrets).size, 4);
  assert.match(first.credentials.QSTASH_TOKEN, /^slu_\w{32}$/);
  assert.match(first.credentials.QSTASH_READONLY_TOKEN, /^slu_ro_\w{32}$/);
  for (const [name, value] of Object.entries(first.credentials)) assert.ok(first.output.includes(`\n${name}=${value}\n`), name);
  assert.ok(first.output.includes(`QSTASH_URL=${first.url}\n`));
  assert.match(first.output, /sluice is running at http:\/\/127\.0\.0\.1:\d+\n$/m);
  assert.deepEqual(await first.json("/v2/keys"), {
    current: first.credentials.QSTASH_CURRENT_SIGNING_KEY, next: first.credentials.QSTASH_NEXT_SIGNING_KEY });
  assert.equal(await first.stop(), 0);

  const second = await Server.serve(directory);
  assert.deepEqual(second.credentials, first.credentials);
  for (const secret of secrets) assert.ok(!second.output.includes(secret), second.output);
  assert.ok(second.output.includes(path.join(directory, "credentials.env")));
  assert.equal((await second.fetch("/v2/keys")).status, 200);
  assert.equal(await second.stop(), 0);
});

test("the line to try publishes a message", async () => {
  const server = await Server.serve(fresh(), allowing);
  const destination = await destinationOf(server);
  const line = /^Try it: {2}(.*)$/m.exec(server.output)[1].replace("https://example.com", `${destination.url}/try`);
  const { code, output } = await run("sh", ["-c", line]);
  assert.equal(code, 0, output);
  assert.match(output, /"messageId":"msg_/);
  await destination.arrived("try");
  destination.close();
  assert.equal(await server.stop(), 0);
});

test("no secret is in the log, and every action of an operator is", async () => {
  const server = await Server.serve(fresh(), allowing);
  const key = encodeURIComponent("a b\u202e\u009b2J\"");
  for (const verb of ["pin?rate=5", "unpin?rate=true", "pause", "resume", "reset", "resetRate"])
    assert.equal((await server.fetch(`/v2/flowControl/${key}/${verb}`, { method: "POST" })).status, 200, verb);
  await server.client.publish({ url: "http://127.0.0.1:9/", body: "body-of-a-message", retries: 0 });
  const rotated = await server.json("/v2/keys/rotate", { method: "POST" });
  assert.equal(await server.stop(), 0);
  for (const secret of [...Object.values(server.credentials), rotated.next, "body-of-a-message"])
    assert.ok(!server.log.includes(secret), server.log);
  const audit = server.log.split("\n").filter((line) => line.includes("msg=audit"));
  assert.deepEqual(audit.map((line) => /action=(\w+)/.exec(line)[1]), ["pin", "unpin", "pause", "resume", "reset", "resetRate", "rotate"]);
  for (const line of audit) assert.match(line, / by=token from=127\.0\.0\.1 status=200$/);
  assert.match(audit[0], / key="a b\\u202e\\u009b2J\\"" rate=5 /);
  for (const message of ["starting", "ready", "stopping", "stopped"]) assert.match(server.log, new RegExp(`level=info msg=${message} `));
});

test("the log can be JSON, and less of it", async () => {
  const server = await Server.serve(fresh(), [], { SLUICE_LOG_FORMAT: "json" });
  assert.equal(await server.stop(), 0);
  const messages = server.log.trim().split("\n").map((line) => JSON.parse(line).msg);
  assert.deepEqual(messages, ["starting", "ready", "stopping", "stopped"]);
  const quiet = await Server.serve(fresh(), ["--log-level", "error"]);
  assert.equal(await quiet.stop(), 0);
  assert.equal(quiet.log, "");
});

test("credentials that others may read are refused until they are protected", async () => {
  const directory = await prepared();
  const file = path.join(directory, "credentials.env");
  fs.chmodSync(file, 0o644);
  const { code, output } = await refused(["--data", directory]);
  assert.equal(code, 3, output);
  assert.ok(output.includes(`chmod 600 ${file}`), output);
  fs.chmodSync(file, 0o600);
  assert.equal(await (await Server.serve(directory)).stop(), 0);
});

test("published credentials are refused wherever they come from", async () => {
  for (const [args, env] of [[["--token", dev.token], {}], [[], { SLUICE_TOKEN: dev.token }], [["--listen", "0.0.0.0:0", "--token", dev.token], {}]]) {
    const { code, output } = await run(program, ["serve", "--data", fresh(), ...args], env);
    assert.equal(code, 3, output);
    assert.match(output, /published development credentials/);
    assert.ok(!output.includes(dev.token));
  }
  for (const line of [`QSTASH_TOKEN=${dev.token}`, `QSTASH_CURRENT_SIGNING_KEY=${dev.current}`, `export QSTASH_NEXT_SIGNING_KEY="${dev.next}"`]) {
    const directory = fresh();
    fs.mkdirSync(directory);
    fs.writeFileSync(path.join(directory, "credentials.env"), line + "\n", { mode: 0o600 });
    assert.equal((await refused(["--data", directory])).code, 3, line);
  }
});

test("a generated token is enough to listen on every interface, an empty one is refused", async () => {
  const server = await Server.start(["--data", fresh(), "--listen", "0.0.0.0:0"], {}, { verb: "serve" });
  assert.match(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.equal((await fetch(`${server.url}/v2/keys`)).status, 401);
  assert.equal(await server.stop(), 0);
  const { code, output } = await refused(["--data", fresh(), "--token", ""]);
  assert.equal(code, 2, output);
});

test("a given token replaces the kept one for as long as it is given", async () => {
  const directory = await prepared();
  const kept = readCredentials(directory).QSTASH_TOKEN;
  const server = await Server.serve(directory, [], { SLUICE_TOKEN: "mine" });
  assert.equal((await server.fetch("/v2/keys", { token: "mine" })).status, 200);
  assert.equal((await server.fetch("/v2/keys", { token: kept })).status, 401);
  assert.match(server.output, /QSTASH_TOKEN in that file is not accepted/);
  assert.equal(await server.stop(), 0);
  assert.equal(readCredentials(directory).QSTASH_TOKEN, kept);
});

test("the read-only token reads and gets 403 for everything else", async () => {
  const server = await Server.serve(fresh());
  const look = (path, method) => server.fetch(path, { method, token: server.credentials.QSTASH_READONLY_TOKEN });
  assert.equal((await look("/v2/flowControl", "GET")).status, 200);
  for (const [path, method] of [["/v2/publish/https://example.com", "POST"], ["/v2/flowControl/k/pause", "POST"], ["/v2/keys/rotate", "POST"], ["/v2/messages/m", "DELETE"]]) {
    const response = await look(path, method);
    assert.equal(response.status, 403, path);
    assert.deepEqual(Object.keys(await response.json()), ["error"]);
  }
  assert.equal(await server.stop(), 0);
});

test("the credentials file follows a rotation of the signing keys", async () => {
  const directory = fresh();
  const server = await Server.serve(directory, allowing);
  const rotated = await server.json("/v2/keys/rotate", { method: "POST" });
  const { QSTASH_CURRENT_SIGNING_KEY: current, QSTASH_NEXT_SIGNING_KEY: next } = readCredentials(directory);
  assert.deepEqual({ current, next }, rotated);
  assert.equal(mode(path.join(directory, "credentials.env")), 0o600);
  assert.equal(await server.stop(), 0);
  // The store wins over a file that is behind.
  fs.writeFileSync(path.join(directory, "credentials.env"), Object.entries(server.credentials).map((pair) => pair.join("=") + "\n").join(""));
  const again = await Server.serve(directory);
  assert.deepEqual(await again.json("/v2/keys"), rotated);
  assert.equal(again.credentials.QSTASH_NEXT_SIGNING_KEY, rotated.next);
  assert.equal(await again.stop(), 0);
});

test("a port in use is exit code 4, and leaves no credentials behind", async () => {
  const server = await Server.serve(fresh());
  const directory = fresh();
  const { code, output } = await run(program, ["serve", "--data", directory, "--port", String(server.port)]);
  assert.equal(code, 4, output);
  assert.match(output, /address already in use/i);
  assert.deepEqual(fs.readdirSync(directory), []);
  assert.equal(await server.stop(), 0);
});

test("a directory that another server uses is exit code 5, until that is gone however it went", async () => {
  const directory = fresh();
  const server = await Server.serve(directory);
  for (const args of [["serve", "--port", "0"], ["restore", "/dev/null"]]) {
    const { code, output } = await run(program, [args[0], "--data", directory, ...args.slice(1)]);
    assert.notEqual(code, 0, output);
    if (args[0] === "serve") assert.equal(code, 5, output);
  }
  assert.equal((await server.fetch("/v2/keys")).status, 200);
  server.process.kill("SIGKILL");
  await server.ended();
  assert.equal(await (await Server.serve(directory)).stop(), 0);
});

test("a corrupt store is exit code 5 for serve and verify, which say so", async () => {
  const directory = await prepared();
  assert.equal((await run(program, ["verify", "--data", directory])).code, 0);
  const files = fs.readdirSync(directory).filter((name) => name !== "credentials.env");
  const largest = files.map((name) => path.join(directory, name)).sort((a, b) => fs.statSync(b).size - fs.statSync(a).size)
    .find((file) => fs.readFileSync(file).subarray(0, 6).toString() === "SQLite");
  fs.writeFileSync(largest, Buffer.alloc(8192, "x"));
  for (const args of [["serve", "--port", "0"], ["verify"]]) {
    const { code, stderr } = await run(program, [args[0], "--data", directory, ...args.slice(1)]);
    assert.equal(code, 5, stderr);
    assert.match(stderr, /^sluice: .+/m);
  }
});

test("a store that is missing is exit code 5 for verify and backup", async () => {
  for (const args of [["verify", "--data", fresh()], ["backup", "--data", fresh(), path.join(root, "no backup")]]) {
    const { code, output } = await run(program, args);
    assert.equal(code, 5, output);
    assert.match(output, /does not exist/);
  }
});

test("wrong values are exit code 2 and name what was set, the value and what is accepted", async () => {
  for (const [args, env, name] of [[["--port", "x"], {}, "--port"], [[], { SLUICE_DURABILITY: "x" }, "SLUICE_DURABILITY"],
    [["--allow-destinations", "x"], {}, "--allow-destinations"], [["--retention-dlq", "x"], {}, "--retention-dlq"]]) {
    const { code, output } = await run(program, ["serve", "--data", fresh(), ...args], env);
    assert.equal(code, 2, output);
    assert.ok(output.includes(`${name}: "x" is not accepted; it must be `), output);
  }
});

for (const signal of ["SIGTERM", "SIGINT"])
  test(`${signal} waits for calls in flight while probes see the server drain`, async () => {
    const server = await Server.serve(fresh(), allowing);
    const destination = await destinationOf(server);
    await server.client.publish({ url: `${destination.url}/drain?hold` });
    await destination.arrived("drain");
    const probe = connect(server.port, "127.0.0.1");
    await once(probe, "connect");
    let answers = "";
    probe.on("data", (data) => (answers += data)).on("error", () => {});
    const ask = () => probe.write("GET /readyz HTTP/1.1\r\nHost: h\r\n\r\n");
    ask(); // Its answer shows that the connection has been accepted.
    await until("ready", () => answers.includes(" 200 "));
    server.process.kill(signal);
    await until("draining", () => (ask(), answers.includes(" 503 ")));
    assert.match(answers, /\{"status":"draining","reason":".+"\}/);
    assert.equal(server.process.exitCode, null, "it waits for the call in flight");
    destination.release();
    assert.equal(await server.ended(), 0);
    destination.close();
  });

test("the grace time ends a wait, and a second signal ends it at once", async () => {
  for (const [args, signals, expected] of [[["--shutdown-grace", "100ms"], 1, 0], [["--shutdown-grace", "1h"], 2, 143]]) {
    const server = await Server.serve(fresh(), [...allowing, ...args.map((arg) => (arg === "100ms" ? "0.1s" : arg))]);
    const destination = await destinationOf(server);
    await server.client.publish({ url: `${destination.url}/stuck?hold` });
    await destination.arrived("stuck");
    for (let i = 0; i < signals; ++i) {
      server.process.kill("SIGTERM");
      await until("the signal", () => server.log.split("msg=stopping").length > 1 || /msg="stopping at once"/.test(server.log));
    }
    assert.equal(await server.ended(), expected);
    destination.close();
  }
});

for (const signal of ["SIGTERM", "SIGKILL"])
  test(`messages, pins and pauses outlive ${signal}, and what waited is delivered`, async () => {
    const directory = fresh();
    const server = await Server.serve(directory, allowing);
    const destination = await destinationOf(server);
    const publish = (name, options) => server.client.publish({ url: `${destination.url}/${name}`, body: name, ...options });
    const delayed = await publish("delayed", { delay: 2 });
    await server.fetch("/v2/flowControl/paused/pause", { method: "POST" });
    await publish("paused", { flowControl: { key: "paused", rate: 7 } });
    await server.fetch("/v2/flowControl/pinned/pin?rate=3&period=60&parallelism=2", { method: "POST" });
    await server.stop(signal);

    const again = await Server.serve(directory, allowing);
    assert.equal((await again.json("/v2/flowControl/paused")).isPaused, true);
    assert.equal((await again.json("/v2/flowControl/paused")).waitListSize, 1);
    const pinned = await again.json("/v2/flowControl/pinned");
    assert.deepEqual([pinned.rateMax, pinned.ratePeriod, pinned.parallelismMax, pinned.isPinnedRate, pinned.isPinnedParallelism], [3, 60, 2, true, true]);
    assert.equal((await destination.arrived("delayed"))[0].id, delayed.messageId);
    assert.equal(destination.of("paused").length, 0);
    await again.fetch("/v2/flowControl/paused/resume", { method: "POST" });
    assert.equal((await destination.arrived("paused"))[0].body.toString(), "paused");
    assert.equal(destination.arrivals.length, 2, "nothing that was not in flight is delivered twice");
    destination.close();
    assert.equal(await again.stop(), 0);
  });

test("a backup of a running server can be restored, verified and served", async () => {
  const server = await Server.serve(fresh(), allowing);
  const destination = await destinationOf(server);
  await server.client.publish({ url: `${destination.url}/kept`, body: "kept", delay: 3 });
  const file = path.join(root, "backup");
  const backup = await run(program, ["backup", "--data", path.join(root, `data ${count}`), file]);
  assert.equal(backup.code, 0, backup.output);
  assert.equal(mode(file) & 0o077, 0);
  server.process.kill("SIGKILL");
  await server.ended();

  const restored = fresh();
  const restore = await run(program, ["restore", "--data", restored, file]);
  assert.equal(restore.code, 0, restore.output);
  const twice = await run(program, ["restore", "--data", restored, file]);
  assert.notEqual(twice.code, 0, "a directory that is not empty is refused");
  const verify = await run(program, ["verify", "--data", restored]);
  assert.equal(verify.code, 0, verify.output);
  const again = await Server.serve(restored, allowing);
  assert.equal(again.credentials.QSTASH_CURRENT_SIGNING_KEY, server.credentials.QSTASH_CURRENT_SIGNING_KEY);
  assert.equal((await destination.arrived("kept"))[0].body.toString(), "kept");
  destination.close();
  assert.equal(await again.stop(), 0);
});

test("private destinations are refused unless they are allowed", async () => {
  const directory = fresh();
  const strict = await Server.serve(directory);
  const destination = await destinationOf(strict);
  const port = new URL(destination.url).port;
  for (const host of ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "10.1.2.3", "[fd00::1]"]) {
    const response = await strict.fetch(`/v2/publish/http://${host}:${port}/secret`, { method: "POST", headers: { "Upstash-Retries": "0" } });
    assert.equal(response.status, 400, host);
    assert.match((await response.json()).error, /address|loopback|private/, host);
  }
  assert.equal(destination.arrivals.length, 0);
  assert.equal(await strict.stop(), 0);
  for (const list of ["private", "127.0.0.0/8"]) {
    const allowed = await Server.serve(directory, ["--allow-destinations", list]);
    await allowed.client.publish({ url: `${destination.url}/${list.slice(0, 3)}` });
    await destination.arrived(list.slice(0, 3));
    assert.equal(await allowed.stop(), 0);
  }
  destination.close();
});

test("the crash points are listed only in a build that has them", async () => {
  const { code, stdout, stderr } = await run(program, ["--list-crash-points"]);
  if (code === 0) assert.ok(stdout.trim().split("\n").length >= 20);
  else assert.deepEqual([code, /no crash points/.test(stderr)], [2, true]);
});

test("the help of serve shows every option with its default", async () => {
  const help = execFileSync(program, ["serve", "--help"], { encoding: "utf8" });
  for (const option of ["--data DIR", "--listen HOST:PORT", "--durability LEVEL", "--retention-dlq D", "--shutdown-grace D", "SLUICE_"])
    assert.ok(help.includes(option), option);
});
