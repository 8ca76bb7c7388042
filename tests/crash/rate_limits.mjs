// Users of rate limits, one a bucket. What was acknowledged as taken must not be granted again after a kill, nor may
// more be gone than was asked for. The limits never refill, so that the count is exact.
import { isAccepted } from "./client.mjs";

const capacity = 1000;
const path = "/v1/ratelimit/crash-limit";

/** How much of one bucket is taken, between two bounds: a request that was cut off may have taken effect. */
class Bucket {
  #low = 0;
  #high = 0;
  #open = []; ///< Reservations that were acknowledged: `{id, count}`.

  constructor(world, key) {
    Object.assign(this, { world, key });
  }

  start(random) {
    return this.world.loop(random, 60, async () => {
      if (!(await this.#define())) return undefined;
      if (this.#high > capacity - 50 || random.chance(0.01)) return this.#reset();
      const act = random.pick([this.#take, this.#take, this.#take, this.#reserve, this.#settle, this.#acquire]);
      return act.call(this, random);
    });
  }

  async #define() {
    if (this.isDefined) return true;
    const answer = await this.world.client.request("PUT", path, { body: JSON.stringify({ kind: "token bucket", rate: 0, period: 1000, capacity }) });
    if (!isAccepted(answer)) this.world.refused(path, answer);
    this.isDefined = isAccepted(answer);
    return this.isDefined;
  }

  #ask(verb, body) {
    return this.world.client.post(`${path}/${verb}`, { body: JSON.stringify(body) });
  }

  // The answer if there was one; an error is a fault.
  #answered(verb, answer) {
    if (isAccepted(answer)) return answer.json;
    this.world.refused(`${this.key}: ${verb}`, answer);
    return undefined;
  }

  async #take(random) {
    await this.#consume("limit", { key: this.key, count: random.between(1, 5) });
  }

  async #acquire(random) {
    await this.#consume("acquire", { key: this.key, count: random.between(1, 5), wait: 1000 });
  }

  async #consume(verb, body) {
    this.#high += body.count;
    const verdict = this.#answered(verb, await this.#ask(verb, body));
    if (!verdict) return undefined;
    if (!verdict.ok) this.world.fault(`LOST: ${this.key} refused ${body.count} with at most ${this.#high} of ${capacity} taken: ${JSON.stringify(verdict)}`);
    this.#low += body.count;
    return verdict;
  }

  async #reserve(random) {
    const count = random.between(1, 9);
    const verdict = await this.#consume("reserve", { key: this.key, count });
    if (verdict) this.#open.push({ id: verdict.reservation, count });
  }

  async #settle(random) {
    const handle = this.#open.shift();
    if (!handle) return;
    const used = random.between(0, handle.count);
    this.#low -= handle.count - used;
    const body = { reservation: handle.id, used };
    const settled = this.#answered("commit", await this.#ask("commit", body))?.settled;
    if (settled === undefined) return;
    if (!settled) this.world.fault(`LOST: the reservation ${handle.id} of ${this.key}`);
    this.#high -= handle.count - used;
    await this.#settleAgain(body);
  }

  async #settleAgain(body) {
    if (this.#answered("commit", await this.#ask("commit", body))?.settled) this.world.fault(`the reservation ${body.reservation} of ${this.key} ended twice`);
  }

  async #reset() {
    this.#low = 0;
    this.#open = [];
    const answer = await this.#ask("reset", { key: this.key });
    if (isAccepted(answer)) this.#high = 0;
    else this.world.refused(`${this.key}: reset`, answer);
  }

  /** Reads the bucket after a restart. */
  async check() {
    if (!this.isDefined) return;
    const answer = await this.world.client.get(`${path}/value?key=${this.key}`);
    if (answer.status !== 200) return this.world.refused(this.key, answer);
    const taken = capacity - answer.json.remaining;
    if (taken < this.#low || taken > this.#high)
      this.world.fault(`${taken < this.#low ? "LOST: " : ""}${this.key} has ${taken} tokens taken, not ${this.#low} to ${this.#high}`);
    this.#low = this.#high = taken;
  }
}

export class RateLimits {
  #buckets;

  constructor(world) {
    this.#buckets = ["limit-a", "limit-b"].map((key) => new Bucket(world, key));
  }

  start(random) {
    return Promise.all(this.#buckets.map((bucket) => bucket.start(random.stream(bucket.key))));
  }

  async check() {
    for (const bucket of this.#buckets) await bucket.check();
  }
}
