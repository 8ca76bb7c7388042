// Requests to the server under test. A request that was cut off by a kill has no status:
// whether it took effect is open.
import http from "node:http";

const limit = 10_000;

export class Client {
  #agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

  constructor(port) {
    this.port = port;
    this.token = "";
  }

  /** `{status, json, sentAt, endedAt}`; `status` 0 if there was no whole answer. */
  request(method, path, { headers = {}, body } = {}) {
    const sentAt = performance.now();
    return new Promise((resolve) => {
      const end = (status, json) => resolve({ status, json, sentAt, endedAt: performance.now() });
      const request = http.request(
        {
          host: "127.0.0.1", port: this.port, method, path, agent: this.#agent, timeout: limit,
          headers: { Authorization: `Bearer ${this.token}`, "Content-Length": Buffer.byteLength(body ?? ""), ...headers },
        },
        (response) => collect(response, end),
      );
      request.on("error", () => end(0));
      request.on("timeout", () => request.destroy());
      request.end(body);
    });
  }

  post(path, options) {
    return this.request("POST", path, options);
  }

  get(path) {
    return this.request("GET", path);
  }

  /** Connections of a process that ended are of no use for the next one. */
  forgetConnections() {
    this.#agent.destroy();
  }
}

function collect(response, end) {
  const chunks = [];
  response.on("data", (chunk) => chunks.push(chunk));
  response.on("error", () => end(0));
  response.on("aborted", () => end(0));
  response.on("end", () => end(response.statusCode, parse(Buffer.concat(chunks).toString())));
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isAccepted = (answer) => answer.status >= 200 && answer.status < 300;
