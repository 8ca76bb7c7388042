// The acceptance run: 10,000 messages of the SDK over 100 keys, a third with a rate, a
// third with a parallelism, a third with both; a tenth of the calls fails once. All must
// arrive within five minutes, within limits, none twice. By hand, or by `check --long`.
import assert from "node:assert/strict";
import { Worker, isMainThread, parentPort } from "node:worker_threads";

import { Destination, Server, assertRate, until } from "./support.mjs";

const messages = Number(process.env.MESSAGES ?? 10_000);
const keys = 100;
const limits = [{ rate: 20, period: 1 }, { parallelism: 2 }, { rate: 20, period: 1, parallelism: 2 }];
const publishers = 32;

// The destination has a thread of its own, so that arrivals are seen when they happen.
if (!isMainThread) {
  const destination = await Destination.start();
  parentPort.postMessage(destination.url);
  parentPort.on("message", (question) => {
    if (question === "count") return parentPort.postMessage(destination.arrivals.filter(({ status }) => status === 200).length);
    const plain = destination.arrivals.map(({ time, key, id, status, signatureError }) => ({ time, key, id, status, signatureError }));
    parentPort.postMessage({ arrivals: plain, maxOpen: destination.maxOpen });
    destination.close();
    parentPort.close();
  });
} else {
  await main();
}

async function main() {
  const worker = new Worker(new URL(import.meta.url));
  const answer = () => new Promise((resolve) => worker.once("message", resolve));
  const ask = (question) => {
    worker.postMessage(question);
    return answer();
  };
  const url = await answer();
  const server = await Server.start();
  const started = performance.now();
  const published = await publishAll(server.client, url);
  const publishing = (performance.now() - started) / 1000;
  await until("every message", async () => (await ask("count")) >= messages, 300);
  const seconds = (performance.now() - started) / 1000;
  await until("an idle server", async () => (await server.client.flowControl.getGlobalParallelism()).parallelismCount === 0);
  const { arrivals, maxOpen } = await ask("all");
  assert.equal(await server.stop(), 0);

  judge(published, arrivals, maxOpen);
  const failed = arrivals.filter(({ status }) => status !== 200).length;
  console.log(`${messages} messages over ${keys} keys in ${seconds.toFixed(1)} s (published in ${publishing.toFixed(1)} s), ` +
    `${failed} calls failed once, no limit exceeded, none delivered twice`);
}

async function publishAll(client, url) {
  const published = new Set();
  let next = 0;
  await Promise.all(Array.from({ length: publishers }, async () => {
    for (let i = next++; i < messages; i = next++) {
      const key = `key-${i % keys}`;
      const failing = i % 10 === Math.floor(i / keys) % 10 ? "?status=500&times=1" : "";
      const { messageId } = await client.publishJSON({
        url: `${url}/${key}${failing}`, body: { i }, flowControl: { key, ...limits[(i % keys) % 3] },
      });
      published.add(messageId);
    }
  }));
  return published;
}

function judge(published, arrivals, maxOpen) {
  assert.equal(published.size, messages, "every message has its own id");
  assert.deepEqual(arrivals.filter(({ signatureError }) => signatureError), []);
  const delivered = arrivals.filter(({ status }) => status === 200).map(({ id }) => id);
  assert.equal(new Set(delivered).size, delivered.length, "none is delivered twice");
  assert.deepEqual(new Set(delivered), published, "all are delivered");
  for (let k = 0; k < keys; ++k) {
    const { rate, parallelism } = limits[k % 3];
    if (rate) assertRate(arrivals.filter(({ key }) => key === `key-${k}`), rate, 1000);
    if (parallelism) assert.ok(maxOpen.get(`key-${k}`) <= parallelism, `key-${k}: ${maxOpen.get(`key-${k}`)} open`);
  }
}
