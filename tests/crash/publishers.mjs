// Publishes all kinds of messages, and writes down what was answered.
import { callbackHeaders } from "./callbacks.mjs";
import { isAccepted } from "./client.mjs";

// How many messages may wait under a key or queue: a drain at the end must not take long.
const maxWaiting = ({ rate = 25 } = {}) => Math.min(25, 2 * rate);

function actionOf(random) {
  const dice = random.fraction();
  if (dice < 0.62) return {};
  if (dice < 0.75) return { do: "fail", times: random.between(1, 2) };
  if (dice < 0.82) return { do: "reset", times: 1 };
  if (dice < 0.86) return { do: "hang", times: 1 };
  if (dice < 0.93) return { do: "die" };
  return { delay: random.between(50, 400) };
}

export class Publishers {
  #waiting = new Map(); ///< Key or queue to messages of which no end was seen.

  padding; ///< Bytes of each body; by chance if nothing is said.

  constructor(world, plan) {
    this.world = world;
    this.plan = plan;
    this.random = world.random.stream("publishers");
  }

  /** Loops that publish until the load ends. */
  start() {
    const { world } = this;
    const loops = [0, 1, 2, 3].map((each) => {
      const random = this.random.stream(each);
      return world.loop(random, 80, () => this.#publishOne(random));
    });
    const queueing = this.random.stream("queues");
    loops.push(world.loop(queueing, 60, () => this.#enqueueOne(queueing)));
    const racing = this.random.stream("races");
    loops.push(world.loop(racing, 150, () => this.#race(racing)));
    const batching = this.random.stream("batches");
    loops.push(world.loop(batching, 200, () => this.#batch(batching)));
    return loops;
  }

  /** Several messages in one request: all of them, or none. */
  async #batch(random) {
    const composed = Array.from({ length: random.between(2, 6) }, () => this.compose(random, { limits: random.pick(this.plan.keys) }));
    const messages = composed.filter((message) => message);
    const items = messages.map((message) => ({ destination: message.target, headers: message.headers, body: bodyOf(message) }));
    const answer = await this.world.client.post("/v2/batch", { headers: { "Content-Type": "application/json" }, body: JSON.stringify(items) });
    if (!isAccepted(answer)) return this.world.refused("a batch", answer);
    for (const [index, message] of messages.entries()) this.#accepted(message, { ...answer, json: answer.json[index] });
  }

  #publishOne(random) {
    const limits = random.chance(0.12) ? undefined : random.pick(this.plan.keys);
    return this.#send(random, { limits, delay: random.chance(0.15) ? random.between(1, 2) : 0 });
  }

  #enqueueOne(random) {
    const queue = random.pick(this.plan.queues);
    return this.#send(random, { limits: queue.flow, queue: queue.name });
  }

  /** Several requests with one id at once; asked again until one was answered. */
  async #race(random) {
    const message = this.compose(random, { limits: random.pick(this.plan.keys), deduplication: true });
    if (!message) return;
    for (let attempt = 0; attempt < 20 && !message.id && !this.world.isStopping; ++attempt)
      await Promise.all(Array.from({ length: random.between(2, 4) }, () => this.submit(message)));
    // Later, too, and most often by another process.
    if (message.id) setTimeout(() => this.#again(message), random.between(100, 2000));
  }

  #again(message) {
    if (this.world.isUp && !this.world.isStopping) this.submit(message);
  }

  /** One message more, however many wait. */
  publishTo(limits) {
    return this.submit(this.compose(this.random, { limits, place: "last", action: {} }));
  }

  async #send(random, options) {
    const message = this.compose(random, options);
    if (message) await this.submit(message);
  }

  /** A message that no request has carried yet; nothing if too many wait under its key. */
  compose(random, { limits, queue, delay, deduplication, place = queue ?? limits?.key, action = actionOf(random), padding = this.padding ?? random.between(0, 300) }) {
    if (place && this.waiting(place) >= maxWaiting(limits)) return undefined;
    const serial = this.world.nextSerial();
    const query = new URLSearchParams(action);
    const message = {
      serial, limits, queue, place, padding, answers: [], cancels: [],
      target: `${this.world.receiver.url}/${limits?.key ?? "free"}/${serial}?${query}`,
      deduplication: deduplication ? `race-${this.world.random.seed}-${serial}` : undefined,
      hasCallbacks: random.chance(0.2),
    };
    message.headers = { ...headersOf(message, action, delay), ...(message.hasCallbacks && callbackHeaders(this.world.receiver, serial)) };
    this.world.messages.set(serial, message);
    return message;
  }

  async submit(message) {
    const path = message.queue ? `/v2/enqueue/${message.queue}/` : "/v2/publish/";
    const answer = await this.world.client.post(path + message.target, {
      headers: message.headers, body: bodyOf(message),
    });
    if (isAccepted(answer)) this.#accepted(message, answer);
    else this.world.refused(`the publish of ${message.target}`, answer);
  }

  #accepted(message, answer) {
    const id = answer.json?.messageId;
    message.answers.push({ id, sentAt: answer.sentAt, endedAt: answer.endedAt, status: answer.status });
    if (!message.id) {
      this.world.accept(id, message);
      this.#count(message);
    }
    message.id ??= id;
  }

  #count(message) {
    if (!message.place) return;
    if (!this.#waiting.has(message.place)) this.#waiting.set(message.place, new Set());
    this.#waiting.get(message.place).add(message);
  }

  /** How many messages are on their way as far as is known here. */
  waiting(place) {
    return this.#waiting.get(place)?.size ?? 0;
  }

  /** Called for every message whose end was seen; nothing is known of those that a schedule published. */
  settled(message) {
    this.#waiting.get(message?.place)?.delete(message);
  }
}

const bodyOf = (message) => `body-${message.serial} ${"x".repeat(message.padding)}`;

function headersOf({ limits, deduplication }, action, delay) {
  return {
    "Upstash-Retries": action.do === "die" ? "1" : "5",
    "Upstash-Retry-Delay": "150 + 100 * retried",
    // Long enough that a busy machine is not taken for a destination that hangs.
    "Upstash-Timeout": action.do === "hang" ? "1s" : "8s",
    ...(limits && { "Upstash-Flow-Control-Key": limits.key, "Upstash-Flow-Control-Value": limits.value }),
    ...(delay && { "Upstash-Delay": `${delay}s` }),
    ...(deduplication && { "Upstash-Deduplication-Id": deduplication }),
  };
}
