// The crash suite: reads its options, runs the rounds, counts them.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

import { placeOf } from "./places.mjs";
import { listCrashPoints } from "./program.mjs";
import { Random } from "./random.mjs";
import { killAtPoint, killAtRandom } from "./rounds.mjs";
import { Suite } from "./suite.mjs";

const { values } = parseArgs({
  options: {
    cycles: { type: "string", default: "12" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    points: { type: "boolean", default: false },
    point: { type: "string", multiple: true, default: [] },
    keep: { type: "boolean", default: false },
  },
});

const cycles = Number(values.cycles);
const random = new Random(values.seed);
const command = `tests/crash/run ${process.argv.slice(2).filter((one, index, all) => one !== "--seed" && all[index - 1] !== "--seed").join(" ")} --seed ${values.seed}`;
const maxShown = 12; // Of the faults of a round.
const start = performance.now();
let passed = 0;
let failed = 0;

function shuffled(list, random) {
  const left = [...list];
  return list.map(() => left.splice(random.between(0, left.length - 1), 1)[0]);
}

const seconds = () => Math.round((performance.now() - start) / 1000);

function report(name, faults) {
  if (faults.length === 0) ++passed;
  else ++failed;
  console.log(`${faults.length === 0 ? "ok    " : "FAILED"} ${name} (${seconds()} s)`);
  // What is lost comes first.
  const different = [...new Set(faults)].sort((a, b) => b.startsWith("LOST") - a.startsWith("LOST"));
  different.slice(0, maxShown).forEach((fault) => console.log(`       ${fault}`));
  if (different.length > maxShown) console.log(`       and ${different.length - maxShown} more`);
}

/** Runs one round; what is wrong with it is what was found during it. */
async function round(name, suite, work) {
  const before = suite.world.faults.length;
  let skipped;
  try {
    skipped = await work();
  } catch (error) {
    suite.world.fault(`${error.stack}`);
    await suite.clean();
  }
  if (skipped) console.log(`       ${name}: ${skipped}`);
  else report(name, suite.world.faults.slice(before));
}

async function runAll(directory) {
  const suite = new Suite(directory, random);
  await suite.start();
  // From here on there is a store to verify; first starts have points of their own.
  await round("a first start", suite, async () => suite.kill(await suite.restart()));
  suite.startLoad();
  const all = listCrashPoints();
  const points = values.points ? all : values.point;
  const wanted = [
    ...Array.from({ length: cycles }, (_, cycle) => `random ${cycle + 1}`),
    ...points.filter((point) => !placeOf(point)),
  ];
  for (const name of shuffled(wanted, random.stream("order"))) {
    const isPoint = all.includes(name);
    await round(name, suite, () => (isPoint ? killAtPoint(suite, name, random.stream(name)) : killAtRandom(suite, random.stream(name))));
  }
  await round("drained, and nothing lost", suite, () => suite.drain());
  for (const point of points.filter(placeOf))
    await round(point, suite, () => placeOf(point)(suite, point, random.stream(point)));
  const { receiver, accepted, kills } = suite.world;
  console.log(`${accepted.size} messages accepted, ${suite.schedules.count} of schedules, ${receiver.arrivals.length} arrivals, ${receiver.told.arrivals.length} callbacks, ${kills.length} ends of a process`);
  suite.close();
}

const directory = mkdtempSync(path.join(tmpdir(), "sluice-crash-"));
console.log(`seed ${values.seed}`);
await runAll(path.join(directory, "data"));
if (failed > 0) console.log(`The directory is kept: ${directory}\nTo run this again: ${command}`);
else if (!values.keep) rmSync(directory, { recursive: true });
console.log(`${seconds()} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
