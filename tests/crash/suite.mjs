// One run on one directory: rounds under load, each ended by a kill; then everything drains and is checked.
import { checkCallbacks } from "./callbacks.mjs";
import { checkLimits } from "./check_limits.mjs";
import { checkMessages, unsettled } from "./check_messages.mjs";
import { Cancels, DeadLetters, Housekeepers } from "./cleaners.mjs";
import { Client, isAccepted } from "./client.mjs";
import { Parking, Resets, pausing, pinning } from "./operators.mjs";
import { makePlan } from "./plan.mjs";
import { Process, crashStatus, freePort, readToken, sleep, verify } from "./program.mjs";
import { Publishers } from "./publishers.mjs";
import { RateLimits } from "./rate_limits.mjs";
import { Receiver } from "./receiver.mjs";
import { Schedules } from "./schedules.mjs";
import { UrlGroups } from "./url_groups.mjs";
import { World } from "./world.mjs";

const restartLimit = 5000;
const drainLimit = 90_000;
const quiet = 3000; // No arrival for so long: nothing is delayed any more, and nothing will be retried.

export class Suite {
  #loops = [];

  constructor(directory, random) {
    Object.assign(this, { directory, random });
  }

  async start() {
    this.port = await freePort(this.random.stream("port"));
    const receiver = new Receiver();
    await receiver.start(await freePort(this.random.stream("receiver port")));
    this.world = new World(new Client(this.port), receiver, this.random);
    this.plan = makePlan(this.random.stream("plan"));
    this.publishers = new Publishers(this.world, this.plan);
    receiver.onDelivered = ({ serial }) => this.publishers.settled(this.world.messages.get(serial));
    this.#makeOperators();
  }

  #makeOperators() {
    const { world, plan } = this;
    const make = { paused: pausing, pinned: (world, limits) => pinning(world, limits, plan.pin), reset: (world, limits) => new Resets(world, limits) };
    this.operators = new Map(plan.keys.filter(({ role }) => make[role]).map((limits) => [limits.key, make[limits.role](world, limits)]));
    this.parking = new Parking(world, plan, this.publishers);
    this.operators.set(plan.parking.key, this.parking.pause);
    this.letters = new DeadLetters(world, this.publishers);
    this.groups = new UrlGroups(world);
    this.schedules = new Schedules(world);
    this.limits = new RateLimits(world);
  }

  /** Load runs whenever a server does, from now on until `drain`. */
  startLoad() {
    const { world, random } = this;
    const operating = [...this.operators.values()].filter((operator) => operator !== this.parking.pause);
    this.#loops = [
      ...this.publishers.start(),
      ...operating.map((operator) => operator.start(random.stream(operator.key ?? "reset"))),
      this.parking.start(random.stream("parking")),
      this.letters.start(random.stream("letters")),
      this.groups.start(random.stream("groups")),
      ...this.schedules.start(random.stream("schedules")),
      this.limits.start(random.stream("limits")),
      new Cancels(world, this.publishers).start(random.stream("cancels")),
      ...new Housekeepers(world, this.publishers).start(random.stream("housekeepers")),
    ];
  }

  #begin(options) {
    this.server = new Process(this.directory, this.port, options);
    ++this.world.receiver.generation;
    return this.server;
  }

  /** A kill before the server says that it is ready. */
  async killWhileStarting(after) {
    const server = this.#begin();
    await sleep(after);
    await this.kill(server);
  }

  /** Starts the server; nothing if it ended at its start, as a crash point wanted it. */
  async restart(options = {}) {
    const { world } = this;
    const server = this.#begin(options);
    const took = await server.ready(options.readyLimit ?? restartLimit + 5000);
    if (server.exit) {
      if (!options.crashAt) world.fault(`the server ended at its start: ${JSON.stringify(server.exit)} ${server.output}`);
      this.#ended(server, server.exit.at);
      return undefined;
    }
    if (took > restartLimit) world.fault(`a restart took ${Math.round(took)} ms`);
    world.client.token = readToken(this.directory);
    await this.#checkControl(); // Before anybody changes anything.
    world.setUp(true);
    return server;
  }

  async #checkControl() {
    for (const operator of this.operators.values()) await operator.check?.();
    await this.groups.check();
    await this.schedules.check();
    await this.limits.check();
  }

  /** After a round that failed: the next one needs the port. */
  async clean() {
    if (this.server && !this.server.exit) await this.kill(this.server);
  }

  /** A kill at this moment. */
  async kill(server) {
    const start = performance.now();
    server.child.kill("SIGKILL");
    await this.ended(server, start, 10_000);
  }

  /** Asked to end, a server refuses what comes. */
  askToStop(server) {
    this.world.isServerEnding = true;
    server.child.kill("SIGTERM");
  }

  async stop(server) {
    const start = performance.now();
    this.askToStop(server);
    if (!(await this.ended(server, start, 10_000))) throw new Error("the server did not stop within 10 s");
  }

  /** Waits for a process to end by itself; true if it did. */
  async ended(server, start, limit) {
    const exit = await server.endedWithin(limit);
    if (!exit) return false;
    this.#ended(server, start ?? exit.at - 1000);
    return true;
  }

  #ended(server, start) {
    const { world } = this;
    world.setUp(false);
    world.isServerEnding = false;
    world.kills.push({ start, end: server.exit.at });
    world.client.forgetConnections();
    const { code, signal } = server.exit;
    if (signal !== "SIGKILL" && code !== crashStatus && code !== 0) world.fault(`the server ended with ${code ?? signal}: ${server.output}`);
    const wrong = verify(this.directory);
    if (wrong) world.fault(wrong);
  }

  /** Faults and operators stop; everything that was accepted comes to its end. */
  async drain() {
    const { world } = this;
    world.isStopping = true;
    const server = await this.restart();
    await Promise.all(this.#loops);
    if (!server) return;
    world.receiver.isHealed = true;
    await this.schedules.finish();
    await this.parking.finish();
    for (const operator of this.operators.values()) if (operator.set) await operator.set(false);
    // What was pinned stays until a message names other limits.
    for (const { limits } of this.operators.values()) await this.publishers.publishTo(limits);
    await this.#waitUntilQuiet();
    const left = server.exit ? [] : await this.#checkCounts();
    if (!server.exit) await this.stop(server);
    checkMessages(world, this.letters, left);
    checkCallbacks(world, this.letters);
    this.schedules.checkMessages();
    checkLimits(world, this.plan, this.operators);
  }

  async #waitUntilQuiet() {
    const end = performance.now() + drainLimit;
    let left = [];
    while (performance.now() < end) {
      await sleep(250);
      await this.letters.read();
      left = unsettled(this.world, this.letters);
      if (this.server.exit) return this.world.fault(`the server ended while it drained: ${JSON.stringify(this.server.exit)} ${this.server.output}`);
      const { arrivals, told } = this.world.receiver;
      const last = Math.max(arrivals.at(-1)?.start ?? 0, told.arrivals.at(-1)?.start ?? 0, end - drainLimit);
      if (left.length === 0 && performance.now() - last > quiet && (await this.#waiting()).length === 0) return;
    }
    const waiting = await this.#waiting();
    this.world.fault(`not drained after ${drainLimit} ms: ${left.length} messages are left; keys ${JSON.stringify(waiting)}`);
  }

  /** Keys that still have something to do. */
  async #waiting() {
    const { json } = await this.world.client.get("/v2/flowControl");
    return (json ?? []).filter((key) => key.waitListSize > 0 || key.parallelismCount > 0);
  }

  // Nothing is left behind: no slot, no place in a queue, no message that waits for nothing.
  // Returns what is left in the DLQ.
  async #checkCounts() {
    const { world } = this;
    const flying = await world.client.get("/v2/globalParallelism");
    if (flying.json.parallelismCount !== 0) world.fault(`${flying.json.parallelismCount} permits are not back`);
    const queues = await world.client.get("/v2/queues");
    for (const queue of queues.json) if (queue.lag !== 0) world.fault(`the queue ${queue.name} has ${queue.lag} messages left`);
    const cancelled = await world.client.request("DELETE", "/v2/messages");
    if (!isAccepted(cancelled) || cancelled.json.cancelled !== 0)
      world.fault(`messages were left that nothing would have delivered: ${JSON.stringify(cancelled.json)}`);
    return (await this.letters.read()) ?? [];
  }

  close() {
    this.world.receiver.close();
    this.world.client.forgetConnections();
  }
}
