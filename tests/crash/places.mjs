// Points that the load does not reach: they need a new directory, a full disk, another command, or time.
import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Process, crashStatus, program, verify } from "./program.mjs";

const cannotMount = 77;
const fullDisk = fileURLToPath(new URL("full_disk.sh", import.meta.url));
const placeFor = (suite, point) => path.join(path.dirname(suite.directory), point);

/** The first start of all is cut off; the second one must not notice. */
async function inNewDirectory(suite, point) {
  const directory = placeFor(suite, point);
  const first = new Process(directory, suite.port, { crashAt: `${point}:1` });
  const exit = await first.endedWithin(10_000);
  if (exit?.code !== crashStatus) suite.world.fault(`ended with ${JSON.stringify(exit)}, not at ${point}:1: ${first.output}`);
  if (!exit) await first.end();
  const second = new Process(directory, suite.port);
  await second.ready(5000);
  if (second.exit) return suite.world.fault(`the next start failed: ${second.output}`);
  await second.end();
  const wrong = verify(directory);
  if (wrong) suite.world.fault(wrong);
}

async function onFullDisk(suite, point) {
  const done = spawnSync(fullDisk, [placeFor(suite, point), program, String(suite.port), point], { encoding: "utf8", timeout: 70_000 });
  if (done.status === cannotMount) return "skipped, since nobody may mount a small disk here";
  if (done.status !== 0) suite.world.fault(`full_disk.sh ended with ${done.status ?? done.signal}: ${done.stdout}${done.stderr}`);
  return undefined;
}

/** The command is cut off beside a server that goes on, and succeeds when it is called again. */
async function inBackup(suite, point) {
  const server = await suite.restart();
  const backup = (crashAt) =>
    spawnSync(program, ["backup", "--data", suite.directory, placeFor(suite, point)], {
      encoding: "utf8", timeout: 30_000, env: { ...process.env, SLUICE_CRASH_AT: crashAt },
    });
  const cut = backup(`${point}:1`);
  if (cut.status !== crashStatus) suite.world.fault(`the backup ended with ${cut.status}, not at ${point}:1: ${cut.stderr}`);
  const whole = backup("");
  if (whole.status !== 0) suite.world.fault(`the backup after it ended with ${whole.status}: ${whole.stderr}`);
  await suite.kill(server);
}

/** What ended a minute ago is dropped. */
async function inRetention(suite, point, random) {
  const retention = "1m";
  const crashAt = `${point}:${random.between(1, 8)}`;
  const server = await suite.restart({ crashAt, retention });
  if (server && !(await suite.ended(server, undefined, 75_000))) {
    suite.world.fault(`${crashAt} was not reached`);
    await suite.kill(server);
  }
  const next = await suite.restart({ retention });
  if (next) await suite.kill(next);
}

const places = {
  "store.migration": inNewDirectory,
  "store.migration.before_commit": inNewDirectory,
  "store.reserve.allocate": inNewDirectory,
  "store.reserve.release": onFullDisk,
  "store.commit.rolled_back": onFullDisk,
  "store.backup": inBackup,
  "store.retention": inRetention,
};

/** How to reach a point that needs more than load; nothing for the others. */
export const placeOf = (point) => places[point];
