// How each round ends its process: at a random moment, or at a named point that the load reaches.
import { sleep } from "./program.mjs";

const pointLimit = 15_000;
const firingLimit = 90_000; // The first schedule fires after a minute.

/** `kill -9` at a random moment; sometimes already while the server starts. */
export async function killAtRandom(suite, random) {
  if (random.chance(0.15)) return suite.killWhileStarting(random.between(0, 80));
  const server = await suite.restart();
  if (!server) return undefined;
  await sleep(random.chance(0.2) ? random.between(0, 50) : random.between(200, 2500));
  return random.chance(0.1) ? suite.stop(server) : suite.kill(server);
}

/** Ends at a point which the load passes sooner or later, or a start or a stop. */
export async function killAtPoint(suite, point, random) {
  const count = countOf(point, random);
  // A checkpoint comes after so many bytes.
  suite.publishers.padding = point.startsWith("store.checkpoint") ? 200_000 : undefined;
  const server = await suite.restart({ crashAt: `${point}:${count}` });
  if (!server) return;
  if (isAtStop(point)) {
    await sleep(random.between(300, 1200));
    suite.askToStop(server);
  }
  if (!(await suite.ended(server, undefined, isAtFiring(point) ? firingLimit : pointLimit))) {
    suite.world.fault(`${point}:${count} was not reached`);
    await suite.kill(server);
  }
  if (server.exit.code !== 137) suite.world.fault(`ended with ${server.exit.code}, not at ${point}:${count}`);
}

const isAtStop = (point) => point.startsWith("stop.") || point === "store.close";
const isAtFiring = (point) => /^(schedule\.(before_commit|committed)|store\.fire_schedule)$/.test(point);
const once = /^store\.(open|checkpoint)/;
const rare = /^(store\.(cancel|drop_key|signing_keys|delete_dlq|drop_events)|cancel|dlq|queue\.swept|signing_keys|lease|url_group|schedule|store\.(put|fire|drop)_schedule)/;

function countOf(point, random) {
  if (isAtStop(point) || once.test(point)) return 1;
  return random.between(1, rare.test(point) ? 3 : 25);
}
