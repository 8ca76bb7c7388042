// An operator of one URL group, whose endpoint comes and goes. What was acknowledged must be there after a restart.
import { isAccepted } from "./client.mjs";
import { sleep } from "./program.mjs";

const path = "/v2/topics/crash-group";

export class UrlGroups {
  #isThere = false; ///< As acknowledged.
  #isOpen = false; ///< A request was cut off.

  constructor(world) {
    this.world = world;
  }

  start(random) {
    return this.world.loop(random, 300, async () => {
      if (this.#isOpen) await this.check();
      else await this.#set(!this.#isThere);
      await sleep(random.between(100, 600));
    });
  }

  async #set(isThere) {
    const { client, receiver } = this.world;
    this.#isOpen = true;
    const body = JSON.stringify({ endpoints: [{ name: "one", url: `${receiver.url}/free/0` }] });
    const answer = await client.request(isThere ? "POST" : "DELETE", `${path}/endpoints`, { headers: { "Content-Type": "application/json" }, body });
    if (!isAccepted(answer)) return this.world.refused(path, answer);
    this.#isThere = isThere;
    this.#isOpen = false;
  }

  /** Reads the group after a restart. */
  async check() {
    const answer = await this.world.client.get(path);
    if (answer.status !== 200 && answer.status !== 404) return this.world.refused(path, answer);
    const isThere = answer.status === 200;
    if (!this.#isOpen && isThere !== this.#isThere)
      this.world.fault(`the URL group was ${this.#isThere ? "acknowledged" : "removed"}, but after a restart it is ${JSON.stringify(answer.json)}`);
    this.#isThere = isThere;
    this.#isOpen = false;
  }
}
