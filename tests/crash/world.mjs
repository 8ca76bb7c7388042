// What all parts of the suite share: the server's whereabouts, the receiver, and the ledger of
// everything that was asked, answered and killed.
import { sleep } from "./program.mjs";

/** A server that may go away at any moment, and comes back. */
export class World {
  messages = new Map(); ///< Serial to what was published.
  accepted = new Map(); ///< Message id to the message; answered 2xx, also by a retry from the DLQ.
  kills = []; ///< `{start, end}`: between these two moments the process ended.
  faults = []; ///< What is wrong.
  isStopping = false; ///< Load ends.
  isServerEnding = false; ///< It was asked to stop: requests may be refused.
  #serial = 0;
  #isUp = false;

  constructor(client, receiver, random) {
    this.client = client;
    this.receiver = receiver;
    this.random = random;
  }

  nextSerial() {
    return ++this.#serial;
  }

  fault(text) {
    if (this.faults.length < 10_000) this.faults.push(text);
  }

  /** A request was refused that should not have been, unless the server is about to stop. */
  refused(what, answer) {
    if (answer.status === 0 || (answer.status === 503 && this.isServerEnding)) return;
    this.fault(`${what} was answered ${answer.status} ${JSON.stringify(answer.json)}`);
  }

  accept(id, message) {
    if (this.accepted.has(id) && this.accepted.get(id) !== message) this.fault(`the id ${id} was given twice`);
    this.accepted.set(id, message);
  }

  setUp(isUp) {
    this.#isUp = isUp;
  }

  get isUp() {
    return this.#isUp;
  }

  /** Does `work` again and again while there is a server, with pauses of up to `pause` ms. */
  async loop(random, pause, work) {
    while (!this.isStopping) {
      if (this.#isUp) await work();
      await sleep(this.#isUp ? random.between(0, pause) : 5);
    }
  }
}
