// The program itself: how it starts, is adopted, and stops.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Destination, Server, dev, program, run, until } from "./support.mjs";

test("an SDK with QSTASH_DEV=true adopts the server instead of downloading one", async () => {
  const server = await Server.start();
  const destination = await Destination.start();
  const script = fileURLToPath(new URL("dev_mode.mjs", import.meta.url));
  const env = { QSTASH_DEV: "true", QSTASH_DEV_PORT: String(server.port), QSTASH_TOKEN: "", QSTASH_URL: "" };
  const { code, output } = await run(process.execPath, [script, `${destination.url}/adopted`], env);
  assert.equal(code, 0, output);
  await destination.arrived("adopted");
  destination.close();
  assert.equal(await server.stop(), 0);
});

test("the banner shows what a client needs", async () => {
  const server = await Server.start();
  for (const text of [dev.token, dev.current, dev.next, `QSTASH_URL=${server.url}`, "curl "])
    assert.ok(server.output.includes(text), `${text} in ${server.output}`);
  await server.stop();
});

test("the commands of the README publish a message that arrives", async () => {
  const server = await Server.start();
  const destination = await Destination.start();
  const readme = fs.readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const commands = [...readme.matchAll(/```bash\n(.*?)```/gs)].map((match) => match[1]).find((text) => text.includes("curl"));
  const script = commands.replaceAll("127.0.0.1:8080", `127.0.0.1:${server.port}`)
    .replaceAll("http://127.0.0.1:9000", destination.url);
  const { code, output } = await run("bash", ["-ec", script]);
  assert.equal(code, 0, output);
  assert.match(output, /"messageId":\s*"msg_.*"flowControlKey":\s*"emails"/s);
  assert.equal((await destination.arrived("welcome"))[0].body.toString(), "hello");
  destination.close();
  await server.stop();
});

test("the port may come from the environment or as -port=N, the token as --token", async () => {
  const first = await Server.start();
  const { port } = first;
  await first.stop();
  for (const [args, env] of [[[`-port=${port}`], {}], [[], { QSTASH_DEV_PORT: String(port) }], [["--port", String(port)], {}]]) {
    const server = await Server.start([...args, "--token", "mine"], env);
    assert.equal(server.port, port);
    assert.equal((await server.fetch("/v2/keys", { token: "mine" })).status, 200);
    assert.equal((await server.fetch("/v2/keys")).status, 401);
    await server.stop();
  }
});

test("a port in use is exit code 4 and says so", async () => {
  const server = await Server.start();
  const { code, output } = await run(program, ["dev", "--port", String(server.port)]);
  assert.equal(code, 4, output);
  assert.match(output, /address already in use/i);
  assert.equal(await server.stop(), 0);
});

test("wrong usage is exit code 2", async () => {
  assert.equal((await run(program, ["dev", "--no-such-option"])).code, 2);
  assert.equal((await run(program, ["no-such-verb"])).code, 2);
  assert.equal((await run(program, ["--help"])).code, 0);
  assert.match((await run(program, ["--version"])).output, /\d+\.\d+\.\d+/);
});

test("health and readiness need no token, CORS is open", async () => {
  const server = await Server.start();
  for (const probe of ["/healthz", "/readyz"]) assert.equal((await fetch(server.url + probe)).status, 200, probe);
  const preflight = await fetch(`${server.url}/v2/keys`, {
    method: "OPTIONS",
    headers: { Origin: "https://console.example", "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization" },
  });
  assert.ok(preflight.ok);
  assert.ok(preflight.headers.get("access-control-allow-origin"));
  assert.match(preflight.headers.get("access-control-allow-headers"), /authorization|\*/i);
  for (const authorization of [`Bearer ${dev.token}`, "Bearer wrong"]) {
    const answer = await fetch(`${server.url}/v2/keys`, { headers: { authorization } });
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  }
  await server.stop();
});

test("keys rotate, and the next delivery is signed with the new one", async () => {
  const server = await Server.start();
  assert.deepEqual(await server.json("/v2/keys"), { current: dev.current, next: dev.next });
  const rotated = await server.json("/v2/keys/rotate", { method: "POST" });
  assert.equal(rotated.current, dev.next);
  assert.match(rotated.next, /^sig_\w{28}$/);
  assert.deepEqual(await server.json("/v2/keys"), rotated);
  const destination = await Destination.start({ keys: { current: rotated.current, next: "sig_none" } });
  await server.client.publish({ url: `${destination.url}/rotated`, body: "x" });
  await destination.arrived("rotated");
  destination.close();
  await server.stop();
});

for (const signal of ["SIGTERM", "SIGINT"])
  test(`${signal} finishes the calls in flight, refuses new ones and exits with 0`, async () => {
    const server = await Server.start();
    const destination = await Destination.start();
    for (let i = 0; i < 5; ++i) await server.client.publish({ url: `${destination.url}/drain?hold` });
    await server.client.publish({ url: `${destination.url}/later`, delay: 3600 });
    await destination.arrived("drain", 5);
    server.process.kill(signal);
    await until("the end of listening or readiness", () =>
      fetch(`${server.url}/readyz`).then((response) => response.status === 503, () => true));
    assert.equal(server.process.exitCode, null, "it waits for the calls in flight");
    assert.equal(destination.release(), 5);
    assert.equal(await server.ended(), 0);
    assert.deepEqual(destination.of("drain").map((arrival) => arrival.status), [200, 200, 200, 200, 200]);
    assert.equal(destination.of("later").length, 0);
    destination.close();
  });

test("idle connections do not delay the end", async () => {
  const server = await Server.start();
  const socket = connect(server.port, "127.0.0.1");
  await once(socket, "connect");
  const closed = new Promise((resolve) => socket.on("error", () => {}).on("close", resolve));
  assert.equal(await server.stop(), 0);
  await closed;
});

test("deliveries over HTTPS are verified against the system's certificates and --ca-file", async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "sluice-"));
  const file = (name) => path.join(directory, name);
  const openssl = (...args) => execFileSync("openssl", args, { stdio: "pipe" });
  openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
    "-subj", "/CN=test authority", "-keyout", file("ca.key"), "-out", file("ca.pem"));
  openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=receiver",
    "-keyout", file("key.pem"), "-out", file("request.pem"));
  fs.writeFileSync(file("extensions"), "subjectAltName=IP:127.0.0.1\n");
  openssl("x509", "-req", "-in", file("request.pem"), "-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial",
    "-days", "2", "-extfile", file("extensions"), "-out", file("cert.pem"));
  const tls = { key: fs.readFileSync(file("key.pem")), cert: fs.readFileSync(file("cert.pem")) };
  const destination = await Destination.start({ tls });

  const trusting = await Server.start(["--port", "0", "--ca-file", file("ca.pem")]);
  for (let i = 0; i < 3; ++i) await trusting.client.publish({ url: `${destination.url}/tls?n=${i}`, body: "secret" });
  await destination.arrived("tls", 3);
  // The certificate is for an address, not for this name.
  const named = destination.url.replace("127.0.0.1", "localhost");
  const misnamed = await trusting.client.publish({ url: `${named}/misnamed`, retries: 0 });
  const failed = await until("the DLQ", async () => (await trusting.client.dlq.listMessages()).messages[0]);
  assert.deepEqual([failed.messageId, failed.responseStatus], [misnamed.messageId, 0]);
  assert.equal(await trusting.stop(), 0);

  const byVariable = await Server.start(["--port", "0"], { SSL_CERT_FILE: file("ca.pem") });
  await byVariable.client.publish({ url: `${destination.url}/variable` });
  await destination.arrived("variable");
  assert.equal(await byVariable.stop(), 0);

  const strict = await Server.start();
  await strict.client.publish({ url: `${destination.url}/untrusted`, retries: 0 });
  const refused = await until("the DLQ", async () => (await strict.client.dlq.listMessages()).messages[0]);
  assert.equal(refused.responseStatus, 0);
  assert.equal(await strict.stop(), 0);
  assert.equal(destination.of("untrusted").length + destination.of("misnamed").length, 0);
  destination.close();
  fs.rmSync(directory, { recursive: true });
});

test("a --ca-file that cannot be read is said so", async () => {
  const { code, output } = await run(program, ["dev", "--port", "0", "--ca-file", "/no/such/file.pem"]);
  assert.notEqual(code, 0);
  assert.match(output, /\/no\/such\/file\.pem/);
});
