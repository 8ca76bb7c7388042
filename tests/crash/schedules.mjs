// Schedules that fire once a minute, each at seconds of its own, and one that is paused and resumed. Each time
// of each schedule is one message: the server is never gone for as long as a late firing is made up for.
import { isAccepted } from "./client.mjs";
import { sleep } from "./program.mjs";

const interval = 60_000; // The shortest there is.
const most = 24;
const late = 30_000; // A message comes within this time: a process that was killed is back by then.
const slack = 50; // Between the clocks of two processes.
const pathTo = (destination) => `/v2/schedules/${destination}`;
const wallTime = (time) => performance.timeOrigin + time;

/** What is known of one schedule: it fires at `first` and every minute from then on. */
class Known {
  first; ///< Unix milliseconds.
  deletion; ///< The answer to the request that deleted it.

  constructor(world, name) {
    this.serial = world.nextSerial();
    this.id = `${name}-${this.serial}`;
    this.destination = `${world.receiver.url}/${name}/${this.serial}`;
    this.headers = { "Upstash-Cron": "@every 1m", "Upstash-Schedule-Id": this.id };
  }

  /** Times that must have come by `until`. */
  timesUntil(until) {
    return Array.from({ length: Math.max(0, Math.floor((until - this.first) / interval) + 1) }, (_, n) => this.first + n * interval);
  }
}

export class Schedules {
  #all = [];
  #open; ///< A creation that was cut off.

  constructor(world) {
    this.world = world;
    this.toggled = new Toggled(world);
  }

  start(random) {
    return [this.world.loop(random, 500, () => this.#grow(random)), this.toggled.start(random.stream("toggled"))];
  }

  async #grow(random) {
    if (!this.#open && this.#all.length === most) return;
    const known = this.#open ?? new Known(this.world, "scheduled");
    this.#open = known;
    if (!(await this.#create(known))) return;
    this.#open = undefined;
    this.#all.push(known);
    await sleep(random.between(0, 2000));
  }

  // What was cut off is made anew, long before the old one would have fired: times count from the last creation.
  async #create(known) {
    const { id, destination, headers, serial } = known;
    const { client } = this.world;
    const made = await client.post(pathTo(destination), { headers, body: `body-${serial} ` });
    const answer = isAccepted(made) ? await client.get(pathTo(id)) : made;
    if (!isAccepted(answer)) this.world.refused(`the schedule ${id}`, answer);
    known.first = answer.json?.nextScheduleTime;
    return isAccepted(answer);
  }

  /** Reads the schedules after a restart: all that were acknowledged and not deleted are there, and keep their times. */
  async check() {
    const answer = await this.world.client.get("/v2/schedules");
    if (!isAccepted(answer)) return this.world.refused("the list of schedules", answer);
    const found = new Map(answer.json.map((each) => [each.scheduleId, each]));
    for (const known of this.#all) if (!known.deletion) this.#compare(known, found.get(known.id));
    this.toggled.check(found);
  }

  #compare(known, found) {
    if (!found) return this.world.fault(`LOST: the schedule ${known.id} was acknowledged`);
    const time = found.nextScheduleTime;
    if ((time - known.first) % interval !== 0) this.world.fault(`${known.id} fires at ${time}, though first at ${known.first}`);
    if (found.error) this.world.fault(`${known.id}: ${found.error}`);
  }

  /** Deletes all; what they have published is still delivered. */
  async finish() {
    await this.check();
    for (const known of this.#all) {
      known.deletion = await this.world.client.request("DELETE", pathTo(known.id));
      if (!isAccepted(known.deletion)) this.world.refused(`deleting ${known.id}`, known.deletion);
    }
    await this.toggled.finish();
    if (this.#open) await this.world.client.request("DELETE", pathTo(this.#open.id));
    const left = await this.world.client.get("/v2/schedules");
    if (left.json?.length !== 0) this.world.fault(`deleted schedules are there still: ${JSON.stringify(left.json)}`);
  }

  /** Each time before the deletion is one message, and there is none besides. */
  checkMessages() {
    for (const known of this.#all) {
      const came = this.#firstArrivals(known);
      const times = known.timesUntil(wallTime(known.deletion.endedAt));
      const sure = known.timesUntil(wallTime(known.deletion.sentAt) - slack).length;
      const counts = times.map((time) => came.filter((at) => at >= time - slack && at < time + late).length);
      counts.forEach((count, index) => {
        if (count > 1) this.world.fault(`${known.id} published ${count} messages for ${times[index]}`);
        if (count === 0 && index < sure) this.world.fault(`LOST: ${known.id} published nothing for ${times[index]}`);
      });
      const total = counts.reduce((sum, count) => sum + count, 0);
      if (total !== came.length) this.world.fault(`${known.id} published ${came.length} messages, ${total} of them at its times ${times}: ${came}`);
    }
  }

  /** When each message of a schedule came first. */
  #firstArrivals({ serial }) {
    const first = new Map();
    for (const { serial: of, id, start } of this.world.receiver.arrivals)
      if (of === serial && !first.has(id)) first.set(id, wallTime(start));
    return [...first.values()];
  }

  get count() {
    return this.#all.reduce((sum, known) => sum + this.#firstArrivals(known).length, 0);
  }
}

/** A schedule that comes, is paused, resumed and goes. What was acknowledged must be so after a restart. */
class Toggled {
  #isPaused; ///< As acknowledged; nothing if it is not there.
  #isOpen = false; ///< A request was cut off.

  constructor(world) {
    this.world = world;
  }

  get known() {
    return (this.made ??= new Known(this.world, "toggled"));
  }

  start(random) {
    return this.world.loop(random, 300, () => this.#act(random));
  }

  #act(random) {
    const { id } = this.known;
    if (this.#isPaused === undefined || this.#isOpen) return this.#create();
    if (random.chance(0.2)) return this.#set(undefined, this.world.client.request("DELETE", pathTo(id)));
    const wanted = !this.#isPaused;
    return this.#set(wanted, this.world.client.request("PATCH", `${pathTo(id)}/${wanted ? "pause" : "resume"}`));
  }

  #create() {
    const { destination, headers } = this.known;
    return this.#set(false, this.world.client.post(pathTo(destination), { headers: { ...headers, "Upstash-Cron": "@yearly" } }));
  }

  async #set(isPaused, request) {
    this.#isOpen = true;
    const answer = await request;
    if (!isAccepted(answer)) return this.world.refused(`changing ${this.known.id}`, answer);
    this.#isPaused = isPaused;
    this.#isOpen = false;
  }

  finish() {
    return this.#set(undefined, this.world.client.request("DELETE", pathTo(this.known.id)));
  }

  check(found) {
    const isPaused = found.get(this.known.id)?.isPaused;
    if (!this.#isOpen && isPaused !== this.#isPaused)
      this.world.fault(`isPaused of ${this.known.id} was ${this.#isPaused}, but after a restart it is ${isPaused}`);
    this.#isPaused = isPaused;
    this.#isOpen = false;
  }
}
