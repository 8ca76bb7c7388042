// The destination of every message. It does what the message's URL says, and writes down each
// arrival: /KEY/SERIAL?do=ACTION&times=N&delay=MS, where the action is done for the first N
// attempts, or for all attempts of the first id of a message that is to reach the DLQ.
import { once } from "node:events";
import http from "node:http";

import { Told } from "./callbacks.mjs";

export class Receiver {
  arrivals = []; ///< Of messages, but for callbacks.
  told = new Told();
  isHealed = false; ///< From now on every call succeeds at once.
  onDelivered = () => {};
  generation = 0; ///< Of the process that runs; a call ends with the process that made it.
  #first = new Map();

  async start(port) {
    this.server = http.createServer((request, response) => this.#take(request, response));
    this.server.keepAliveTimeout = 60_000;
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${port}`;
  }

  async #take(request, response) {
    const [path, query] = request.url.split("?");
    const [, key, serial] = path.split("/");
    const arrival = {
      start: performance.now(), key, serial: Number(serial), generation: this.generation, status: 0,
      id: request.headers["upstash-message-id"], retried: Number(request.headers["upstash-retried"]),
    };
    if (key === "told" || key === "failed") return this.#takeCallback(arrival, request, response);
    this.arrivals.push(arrival);
    // An answer that was cut off does not count as given: `end` is then when the connection was gone.
    response.on("close", () => (arrival.end ??= performance.now()));
    const body = await bodyOf(request);
    arrival.body = body.split(" ", 1)[0];
    await this.#answer(arrival, new URLSearchParams(query), request, response);
  }

  async #takeCallback(arrival, request, response) {
    const body = await bodyOf(request);
    if (request.complete) response.writeHead(this.told.take(arrival, body)).end();
  }

  async #answer(arrival, wanted, request, response) {
    if (wanted.has("delay")) await new Promise((resolve) => setTimeout(resolve, Number(wanted.get("delay"))));
    const action = this.#action(arrival, wanted);
    if (action === "hang") return;
    arrival.end ??= performance.now();
    if (action === "reset") return request.socket.destroy();
    arrival.status = action === "fail" ? 500 : 200;
    response.writeHead(arrival.status).end();
    if (arrival.status === 200) this.onDelivered(arrival);
  }

  #action({ serial, id, retried }, wanted) {
    if (!this.#first.has(serial)) this.#first.set(serial, id);
    const action = wanted.get("do") ?? "ok";
    if (this.isHealed) return "ok";
    if (action === "die") return this.#first.get(serial) === id ? "fail" : "ok";
    return retried < Number(wanted.get("times") ?? 0) ? action : "ok";
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/** What came of it, if it was cut off. */
async function bodyOf(request) {
  let body = "";
  request.on("error", () => {});
  for await (const chunk of request.setEncoding("latin1")) body += chunk;
  return body;
}
