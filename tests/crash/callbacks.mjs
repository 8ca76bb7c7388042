// Messages that tell of their attempts. A callback is stored in one commit with the state that it reports:
// whatever crashes, no attempt is told of by two callbacks, and no end goes untold.

/** What has a message tell: of every attempt at /told/SERIAL, of its failure at /failed/SERIAL. */
export function callbackHeaders(receiver, serial) {
  const headers = {};
  for (const [name, path] of [["Upstash-Callback", "told"], ["Upstash-Failure-Callback", "failed"]]) {
    headers[name] = `${receiver.url}/${path}/${serial}`;
    headers[`${name}-Retries`] = "5";
    headers[`${name}-Retry-Delay`] = "100";
  }
  return headers;
}

/** Where callbacks arrive. Every fifth is refused at first, so that some are retried. */
export class Told {
  arrivals = [];

  /** Takes a callback; returns what it is answered. */
  take({ key, serial, id, retried, start }, body) {
    const { sourceMessageId, status, retried: attempt } = JSON.parse(body);
    this.arrivals.push({ kind: key, serial, id, source: sourceMessageId, status, attempt, start });
    return serial % 5 === 0 && retried === 0 ? 500 : 200;
  }
}

function checkOnce(world) {
  const ids = new Map();
  for (const { kind, source, attempt, id } of world.receiver.told.arrivals) {
    const subject = kind === "told" ? `attempt ${attempt} of ${source}` : `the failure of ${source}`;
    if (!ids.has(subject)) ids.set(subject, new Set());
    ids.get(subject).add(id);
  }
  for (const [subject, callbacks] of ids)
    if (callbacks.size > 1) world.fault(`${subject} was told of by ${callbacks.size} callbacks: ${[...callbacks]}`);
}

// The state that a cancelled message ended with may be that of no attempt.
function checkEnds(world, seenDead) {
  const delivered = new Set();
  const failed = new Set();
  for (const { kind, source, status } of world.receiver.told.arrivals) {
    if (kind === "failed") failed.add(source);
    else if (status === 200) delivered.add(source);
  }
  for (const [id, message] of world.accepted) {
    if (!message.hasCallbacks || message.cancels.length > 0) continue;
    if (seenDead.has(id) && !failed.has(id)) world.fault(`LOST: ${id} failed, and no callback told so`);
    if (!seenDead.has(id) && !delivered.has(id)) world.fault(`LOST: ${id} was delivered, and no callback told so`);
  }
}

export function checkCallbacks(world, letters) {
  const seenDead = new Set([...letters.seen.values()].map((entry) => entry.messageId));
  checkOnce(world);
  checkEnds(world, seenDead);
}
