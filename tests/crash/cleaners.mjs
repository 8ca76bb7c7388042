// Those who cancel messages, work on the DLQ, delete queues and rotate keys while messages fly.
import { isAccepted } from "./client.mjs";
import { sleep } from "./program.mjs";

/** Cancels messages that wait or are in flight, one by one and a few at once. */
export class Cancels {
  constructor(world, publishers) {
    Object.assign(this, { world, publishers });
  }

  start(random) {
    return this.world.loop(random, 150, () => (random.chance(0.3) ? this.#several(random) : this.#one(random)));
  }

  // A slow destination makes sure that some are cancelled in flight.
  async #publish(random, limits) {
    const message = this.publishers.compose(random, { limits, action: { delay: random.between(100, 600), do: "fail", times: 2 } });
    if (message) await this.publishers.submit(message);
    return message?.id ? message : undefined;
  }

  async #one(random) {
    const message = await this.#publish(random, random.pick([undefined, ...this.publishers.plan.keys]));
    if (!message) return;
    await sleep(random.between(0, 200));
    this.#note([message], await this.world.client.request("DELETE", `/v2/messages/${message.id}`));
  }

  async #several(random) {
    const messages = [];
    for (let each = 0; each < 4; ++each) messages.push(await this.#publish(random, random.pick(this.publishers.plan.keys)));
    const wanted = messages.filter(Boolean);
    if (wanted.length === 0) return;
    const body = JSON.stringify({ messageIds: wanted.map((message) => message.id) });
    this.#note(wanted, await this.world.client.request("DELETE", "/v2/messages", { headers: { "Content-Type": "application/json" }, body }));
  }

  // 404: it ended before. How is told by the receiver and the DLQ, or by a request that was cut off.
  #note(messages, answer) {
    for (const message of messages) message.cancels.push({ ...answer, json: undefined });
    if (isAccepted(answer)) messages.forEach((message) => this.publishers.settled(message));
    else if (answer.status !== 404) this.world.refused("a cancel", answer);
  }
}

/** Reads the DLQ, retries and deletes. */
export class DeadLetters {
  seen = new Map(); ///< DLQ id to `{messageId, serial, leaving}`.
  bulks = []; ///< Retries of many that were cut off: all of them took place, or none.

  constructor(world, publishers) {
    Object.assign(this, { world, publishers });
  }

  start(random) {
    return this.world.loop(random, 200, async () => {
      const entries = await this.read();
      const free = entries?.filter((entry) => !entry.leaving) ?? [];
      if (free.length === 0) return;
      const dice = random.fraction();
      if (dice < 0.4) await this.#retryOne(random.pick(free));
      else if (dice < 0.75) await this.#retryMany(free.slice(0, random.between(1, 5)));
      else if (dice < 0.9) await this.#remove(random.pick(free));
    });
  }

  /** The entries that are there now; nothing if the server is not. */
  async read() {
    const entries = [];
    let cursor;
    for (let page = 0; page < 100; ++page) {
      const answer = await this.world.client.get(`/v2/dlq?count=100${cursor ? `&cursor=${cursor}` : ""}`);
      if (!isAccepted(answer)) return undefined;
      for (const one of answer.json.messages) entries.push(this.#see(one));
      cursor = answer.json.cursor;
      if (!cursor) return entries;
    }
    this.world.fault("the list of the DLQ has no end");
    return entries;
  }

  #see({ dlqId, messageId, url }) {
    const serial = Number(new URL(url).pathname.split("/")[2]);
    if (!this.seen.has(dlqId)) {
      this.seen.set(dlqId, { dlqId, messageId, serial, leaving: false });
      this.publishers.settled(this.world.messages.get(serial));
    }
    return this.seen.get(dlqId);
  }

  async #retryOne(entry) {
    entry.leaving = true;
    entry.retried = true;
    const answer = await this.world.client.post(`/v2/dlq/retry/${entry.dlqId}`);
    this.#retried([entry], answer, answer.json && [answer.json]);
  }

  async #retryMany(entries) {
    for (const entry of entries) Object.assign(entry, { leaving: true, retried: true });
    const answer = await this.world.client.post("/v2/dlq/retry", {
      headers: { "Content-Type": "application/json" }, body: JSON.stringify({ dlqIds: entries.map((entry) => entry.dlqId) }),
    });
    this.#retried(entries, answer, answer.json?.responses);
  }

  #retried(entries, answer, responses) {
    if (!isAccepted(answer)) {
      // It may have taken place; then it was whole.
      this.bulks.push(entries);
      return this.world.refused("a retry from the DLQ", answer);
    }
    if (responses.length !== entries.length)
      this.world.fault(`a retry of ${entries.length} DLQ entries made ${responses.length} messages`);
    // The answer does not say which is which; the receiver does.
    for (const { messageId } of responses) this.world.accept(messageId, { retriedFrom: entries, cancels: [] });
  }

  async #remove(entry) {
    Object.assign(entry, { leaving: true, removed: true });
    await this.world.client.request("DELETE", `/v2/dlq/${entry.dlqId}`);
  }
}

/** Queues that are made, filled, paused and deleted, and keys to sign with that rotate. */
export class Housekeepers {
  #count = 0;

  constructor(world, publishers) {
    Object.assign(this, { world, publishers });
  }

  start(random) {
    return [
      this.world.loop(random.stream("queue"), 400, () => this.#deleteQueue(random)),
      this.world.loop(random.stream("rotate"), 400, async () => {
        await sleep(random.between(100, 800));
        if (this.world.isUp) await this.world.client.post("/v2/keys/rotate");
      }),
    ];
  }

  async #deleteQueue(random) {
    const queue = `gone-${this.#count++}`;
    const messages = [];
    for (let each = 0; each < 4; ++each) {
      const message = this.publishers.compose(random, { queue, action: { delay: 100 } });
      await this.publishers.submit(message);
      messages.push(message);
    }
    const answer = await this.world.client.request("DELETE", `/v2/queues/${queue}`);
    for (const message of messages) message.cancels.push({ ...answer, json: undefined });
  }
}
