// The program under test as a process: started on one directory and one port, killed, verified.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const program = process.env.SLUICE_BIN ?? fileURLToPath(new URL("../../build/crash/sluice", import.meta.url));
export const crashStatus = 137;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Names that SLUICE_CRASH_AT takes. */
export function listCrashPoints() {
  const listed = spawnSync(program, ["--list-crash-points"], { encoding: "utf8", timeout: 20_000 });
  if (listed.status !== 0) throw new Error(`${program} --list-crash-points: ${listed.error ?? listed.stderr}`);
  return [...new Set(listed.stdout.trim().split("\n"))];
}

/** Empty if the store is whole, else what is wrong with it. */
export function verify(directory) {
  const done = spawnSync(program, ["verify", "--data", directory], { encoding: "utf8", timeout: 60_000 });
  return done.status === 0 ? "" : `sluice verify: exit code ${done.status}: ${done.stdout}${done.stderr}`;
}

function isFree(port) {
  return new Promise((resolve) => {
    const probe = net.createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** A port that nobody listens on, outside of what the system hands out for outgoing connections. */
export async function freePort(random) {
  for (let attempt = 0; attempt < 100; ++attempt) {
    const port = random.between(20_001, 32_000);
    if (await isFree(port)) return port;
  }
  throw new Error("no free port");
}

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/** One process, from its start to its end. */
export class Process {
  constructor(directory, port, { crashAt, retention = "1h" } = {}) {
    const environment = { ...process.env, SLUICE_CRASH_AT: crashAt ?? "" };
    this.output = "";
    this.child = spawn(
      program,
      ["serve", "--data", directory, "--port", String(port), "--allow-destinations", "private", "--log-level", "warn",
        "--retention-finished", retention, "--retention-events", retention, "--shutdown-grace", "1s"],
      { stdio: ["ignore", "pipe", "pipe"], env: environment },
    );
    running.add(this.child);
    for (const stream of [this.child.stdout, this.child.stderr])
      stream.on("data", (data) => (this.output = (this.output + data).slice(-10_000)));
    this.exited = new Promise((resolve) => {
      this.child.on("error", (error) => resolve({ error }));
      this.child.on("exit", (code, signal) => {
        running.delete(this.child);
        resolve({ code, signal, at: performance.now() });
      });
    });
    this.exited.then((exit) => (this.exit = exit));
  }

  /** Waits until requests are answered or the process has ended; says how long that took. */
  async ready(limit) {
    const start = performance.now();
    while (!this.exit && !this.output.includes("is running at")) {
      if (performance.now() - start > limit) throw new Error(`not ready within ${limit} ms: ${this.output}`);
      await sleep(5);
    }
    return performance.now() - start;
  }

  /** Ends it with a signal, by force if it does not end in time; how and when it ended. */
  async end(signal = "SIGKILL", limit = 10_000) {
    this.child.kill(signal);
    const exit = await this.endedWithin(limit);
    if (exit) return exit;
    this.child.kill("SIGKILL");
    throw new Error(`did not end within ${limit} ms of ${signal}`);
  }

  /** How it ended, or nothing if it still runs after `limit`. */
  endedWithin(limit) {
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, limit)));
    return Promise.race([this.exited, late]).finally(() => clearTimeout(timer));
  }
}

export function readToken(directory) {
  const text = readFileSync(path.join(directory, "credentials.env"), "utf8");
  return /^QSTASH_TOKEN=(.*)$/m.exec(text)[1];
}
