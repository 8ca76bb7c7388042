// Limits, pauses, pins and the order of queues, as the receiver saw them.

const late = 400; // Milliseconds between a start and its arrival, on a busy machine.
const stretch = 5; // Longer stretches are made of shorter ones.

const within = (changes, from, to) => changes.filter((change) => change.to >= from && change.from <= to).length;

/**
 * Fixed windows seen from outside: any stretch of length L holds at most r * (L/P + 2 + changes)
 * arrivals. A kill gives no window away: what a process had spent counts for the next one.
 */
function checkRate(world, name, arrivals, { rate, period }, changes = []) {
  const times = arrivals.map((arrival) => arrival.start);
  for (let first = 0; first < times.length; ++first)
    for (let last = first + rate; last < times.length; ++last) {
      const length = times[last] - times[first];
      if (length > stretch * period * 1000) break;
      const windows = Math.floor((length + late) / (period * 1000)) + 2 + within(changes, times[first] - late, times[last]);
      if (last - first + 1 > rate * windows)
        return world.fault(`${name}: ${last - first + 1} arrivals in ${Math.round(length)} ms from ${Math.round(times[first])} on, with rate ${rate} per ${period} s and ${windows} windows`);
    }
}

// Calls of one process only: those of a process that ended are over. A call that the server gave up
// ends here a moment later than there.
function checkParallelism(world, name, arrivals, limit) {
  for (const one of arrivals) {
    const open = arrivals.filter((other) => other.generation === one.generation && other.start <= one.start && (other.end ?? Infinity) - (other.status ? 0 : late) > one.start);
    if (open.length > limit)
      return world.fault(`${name}: ${open.length} calls at once at ${Math.round(one.start)}, with parallelism ${limit}`);
  }
}

const inside = (arrivals, { from, to }) => arrivals.filter((arrival) => arrival.start > from + late && arrival.start < to);

function checkPaused(world, { key, spans }, arrivals) {
  for (const span of spans) {
    const [first, ...others] = inside(arrivals, span);
    if (first) world.fault(`${key}: ${others.length + 1} arrivals while paused, the first (${first.id}) ${Math.round(first.start - span.from)} ms after the answer`);
  }
}

function checkPinned(world, { key, spans }, arrivals, pin) {
  for (const span of spans) {
    const during = inside(arrivals, span);
    checkRate(world, `${key} while pinned`, during, pin);
    // Calls that ran when the pin came are not cancelled.
    checkParallelism(world, `${key} while pinned`, during, pin.parallelism);
  }
}

// A message starts after the one before it in the queue has come to its end.
function checkQueue(world, name) {
  const arrivals = world.receiver.arrivals.filter((arrival) => world.messages.get(arrival.serial)?.queue === name);
  let highest = "";
  for (const { id, start } of arrivals) {
    if (id < highest) world.fault(`queue ${name}: ${id} came at ${Math.round(start)}, after ${highest} had started`);
    if (id > highest) highest = id;
  }
  checkParallelism(world, `queue ${name}`, arrivals, 1);
}

/** Everything about keys and queues. `operators`: those of `operators.mjs`, by key. */
export function checkLimits(world, plan, operators) {
  const byKey = group(world.receiver.arrivals);
  for (const limits of [...plan.keys, plan.queueFlow, plan.parking]) {
    const arrivals = byKey.get(limits.key) ?? [];
    if (limits.rate) checkRate(world, limits.key, arrivals, limits, operators.get(limits.key)?.changes);
    if (limits.parallelism) checkParallelism(world, limits.key, arrivals, limits.parallelism);
    const operator = operators.get(limits.key);
    if (limits.role === "paused" || limits.role === "parking") checkPaused(world, operator, arrivals);
    if (limits.role === "pinned") checkPinned(world, operator, arrivals, plan.pin);
  }
  plan.queues.forEach((queue) => checkQueue(world, queue.name));
}

function group(arrivals) {
  const groups = new Map();
  for (const arrival of arrivals) {
    if (!groups.has(arrival.key)) groups.set(arrival.key, []);
    groups.get(arrival.key).push(arrival);
  }
  return groups;
}
