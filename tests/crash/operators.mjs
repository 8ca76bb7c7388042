// Operators of single keys: pause and resume, pin and unpin, reset. What was acknowledged is known;
// of what a kill cut off, either may be true until the key was read again.
import { isAccepted } from "./client.mjs";
import { sleep } from "./program.mjs";

const pathOf = (key) => `/v2/flowControl/${key}`;

/** A key whose state an operator switches between two values. */
class Switch {
  isOn = false; ///< As acknowledged.
  isOpen = false; ///< A request was cut off.
  spans = []; ///< `{from, to}`: acknowledged on, until the request that ended it.

  constructor(world, limits, { on, off, read }) {
    Object.assign(this, { world, limits, key: limits.key, on, off, read });
    this.changes = []; ///< When a new rate period may have begun: `{from, to}`.
  }

  async set(isOn) {
    this.isOpen = true;
    if (!isOn) this.#endSpan();
    const change = { from: performance.now(), to: Infinity };
    this.changes.push(change);
    const answer = await this.world.client.post(pathOf(this.key) + (isOn ? this.on : this.off));
    if (answer.status !== 0) change.to = answer.endedAt;
    if (isAccepted(answer)) this.#settle(isOn, answer.endedAt);
    else this.world.refused(`${this.key}${isOn ? this.on : this.off}`, answer);
  }

  #settle(isOn, at) {
    if (isOn && !this.isOn) this.spans.push({ from: at, to: Infinity });
    this.isOn = isOn;
    this.isOpen = false;
  }

  #endSpan() {
    const last = this.spans.at(-1);
    if (last) last.to = Math.min(last.to, performance.now());
  }

  /** Reads the key after a restart: what was acknowledged must be there still. */
  async check() {
    const answer = await this.world.client.get(pathOf(this.key));
    if (answer.status === 404 && !this.isOn) return;
    if (answer.status !== 200) return this.world.refused(this.key, answer);
    const isOn = this.read(answer.json);
    if (!this.isOpen && isOn !== this.isOn)
      this.world.fault(`${this.key}: ${this.on} was ${this.isOn ? "acknowledged" : "undone"}, but after a restart the key is ${JSON.stringify(answer.json)}`);
    if (this.isOpen) this.changes.at(-1).to = answer.endedAt;
    this.#settle(isOn, answer.endedAt);
  }

  start(random) {
    return this.world.loop(random, 300, async () => {
      if (this.isOpen) await this.check();
      else await this.set(!this.isOn);
      // Some are held across several restarts.
      await sleep(this.isOn ? random.between(300, 3500) : random.between(200, 1200));
    });
  }
}

export const pausing = (world, limits) =>
  new Switch(world, limits, { on: "/pause", off: "/resume", read: (info) => info.isPaused });

export const pinning = (world, limits, { rate, period, parallelism }) =>
  new Switch(world, limits, {
    on: `/pin?rate=${rate}&period=${period}&parallelism=${parallelism}`,
    off: "/unpin?rate=true&parallelism=true",
    read: (info) =>
      info.isPinnedRate && info.isPinnedParallelism && info.rateMax === rate && info.parallelismMax === parallelism && info.ratePeriod === period,
  });

/** Begins new periods now and then. */
export class Resets {
  constructor(world, limits) {
    Object.assign(this, { world, limits, changes: [] });
  }

  start(random) {
    return this.world.loop(random, 100, async () => {
      await sleep(random.between(500, 3000));
      if (!this.world.isUp) return;
      const answer = await this.world.client.post(pathOf(this.limits.key) + random.pick(["/resetRate", "/reset"]));
      this.changes.push({ from: answer.sentAt, to: answer.endedAt });
    });
  }
}

/** A key that stays paused, with messages of which many are cancelled at once: all of them, or none. */
export class Parking {
  #open; ///< Ids of a cancellation that was cut off.

  constructor(world, plan, publishers) {
    Object.assign(this, { world, publishers, limits: plan.parking });
    this.pause = pausing(world, plan.parking);
  }

  start(random) {
    return this.world.loop(random, 300, async () => {
      if (this.pause.isOpen) await this.pause.check();
      else if (!this.pause.isOn) await this.pause.set(true);
      else await this.#cancelSome(random);
    });
  }

  async #cancelSome(random) {
    if (this.#open) return this.finish();
    const messages = [];
    for (let each = random.between(3, 12); each > 0; --each) {
      const message = this.publishers.compose(random, { limits: this.limits, action: {} });
      if (message) await this.publishers.submit(message);
      if (message?.id) messages.push(message);
    }
    if (messages.length === 0) return;
    this.#open = messages;
    this.#cancelled(messages, await this.#cancel(messages), [messages.length]);
  }

  /** Asks again what was cut off. */
  async finish() {
    if (!this.#open) return;
    this.#cancelled(this.#open, await this.#cancel(this.#open), [0, this.#open.length]);
  }

  #cancel(messages) {
    const body = JSON.stringify({ messageIds: messages.map((message) => message.id) });
    return this.world.client.request("DELETE", "/v2/messages", { headers: { "Content-Type": "application/json" }, body });
  }

  #cancelled(messages, answer, allowed) {
    for (const message of messages) message.cancels.push({ ...answer, json: undefined });
    if (!isAccepted(answer)) return this.world.refused("a cancel of many", answer);
    this.#open = undefined;
    if (!allowed.includes(answer.json.cancelled))
      this.world.fault(`cancelling ${messages.length} parked messages cancelled ${answer.json.cancelled}`);
    messages.forEach((message) => this.publishers.settled(message));
  }
}
