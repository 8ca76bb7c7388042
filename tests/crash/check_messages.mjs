// No accepted message is lost, none has two ends, and every duplicate has a kill that explains it.
import { isAccepted } from "./client.mjs";

const slack = 500; // Milliseconds that this process may be late in noticing.
const afterAnswer = 1000; // An outcome is stored within this time of its answer.

/** Attempts of each message id, by time. */
function attemptsById(arrivals) {
  const attempts = new Map();
  for (const arrival of arrivals) {
    if (!attempts.has(arrival.id)) attempts.set(arrival.id, []);
    attempts.get(arrival.id).push(arrival);
  }
  return attempts;
}

function isExplained(world, first, second) {
  const until = Math.min((first.end ?? Infinity) + afterAnswer + slack, second.start + slack);
  return world.kills.some((kill) => kill.end >= first.start - slack && kill.start <= until);
}

const describe = (attempts) =>
  attempts.map(({ retried, status, start, end, generation }) =>
    `[retried=${retried} status=${status} ${Math.round(start)}..${Math.round(end)} process ${generation}]`).join(" ");

function checkAttempts(world, id, attempts) {
  const wrong = (what) => world.fault(`${id} (${attempts[0].key}/${attempts[0].serial}): ${what}: ${describe(attempts)}`);
  if (attempts[0].retried !== 0) wrong("the first attempt is not number 0");
  for (let index = 1; index < attempts.length; ++index) {
    const [first, second] = [attempts[index - 1], attempts[index]];
    const explained = isExplained(world, first, second);
    // A call that the server gave up ends here a moment later than there.
    if (first.generation === second.generation && (first.end ?? Infinity) > second.start + slack) wrong("two attempts at once");
    if (first.status === 200 && !explained) wrong("delivered again without a kill");
    if (second.retried === first.retried && !explained) wrong("an attempt was made again without a kill");
    if (second.retried < first.retried || second.retried > first.retried + 1) wrong("Upstash-Retried has a gap");
  }
}

function endsOf(id, message, attempts, seenDead) {
  return {
    delivered: attempts.some((attempt) => attempt.status === 200),
    failed: seenDead.has(id),
    cancelAsked: message.cancels.some((cancel) => cancel.status === 0 || isAccepted(cancel)),
  };
}

// A cancelled message is not tried after the answer, unless the attempt ran at that moment.
function checkCancelled(world, id, message, attempts) {
  const answered = message.cancels.filter(isAccepted).map((cancel) => cancel.endedAt);
  if (answered.length === 0) return;
  const late = attempts.filter((attempt) => attempt.start > Math.min(...answered) + slack);
  if (late.length > 0) world.fault(`${id}: tried ${late.length} times after its cancellation was acknowledged at ${Math.round(Math.min(...answered))}: ${describe(attempts)}`);
}

function checkEnd(world, id, message, attempts, seenDead) {
  const { delivered, failed, cancelAsked } = endsOf(id, message, attempts, seenDead);
  if (!delivered && !failed && !cancelAsked)
    world.fault(`LOST: ${id} (${message.target ?? "retried from the DLQ"}) was accepted: ${describe(attempts) || "never tried"}`);
  const success = attempts.findIndex((attempt) => attempt.status === 200);
  if (delivered && failed && !(success + 1 < attempts.length && isExplained(world, attempts[success], attempts[success + 1])))
    world.fault(`${id}: delivered, and in the DLQ: ${describe(attempts)}`);
  checkCancelled(world, id, message, attempts);
}

// What was seen in the DLQ stays there until somebody retries or deletes it; a retry is whole.
function checkDlq(world, letters, left, attempts) {
  const present = new Set(left.map((entry) => entry.dlqId));
  for (const entry of letters.seen.values()) {
    if (!entry.leaving && !present.has(entry.dlqId)) world.fault(`LOST: the DLQ entry ${entry.dlqId} is gone, and nobody asked for that`);
    if (entry.retried && !present.has(entry.dlqId) && !wasRetried(world, entry, attempts))
      world.fault(`LOST: the DLQ entry ${entry.dlqId} (${entry.serial}) was retried, and no new message came`);
  }
  for (const bulk of letters.bulks) {
    const count = bulk.filter((entry) => present.has(entry.dlqId)).length;
    if (count !== 0 && count !== bulk.length) world.fault(`of ${bulk.length} DLQ entries that were retried in one request, ${count} are left`);
  }
}

function wasRetried(world, entry, attempts) {
  return [...attempts.values()].some(([first]) => first.serial === entry.serial && first.id !== entry.messageId);
}

function checkIdentity(world, arrivals) {
  const ids = new Map();
  for (const { serial, id, body, key } of arrivals) {
    if (body !== `body-${serial}` && body !== "") world.fault(`${id} (${key}/${serial}) came with the body ${JSON.stringify(body)}`);
    if (!ids.has(serial)) ids.set(serial, new Set());
    ids.get(serial).add(id);
  }
  return ids;
}

function checkDuplicates(world, letters, ids) {
  const dead = new Set([...letters.seen.values()].map((entry) => entry.serial));
  for (const message of world.messages.values()) {
    const answered = new Set(message.answers.map((answer) => answer.id));
    if (answered.size > 1) world.fault(`${message.deduplication}: answered with ${answered.size} ids: ${[...answered]}`);
    if (message.answers.filter((answer) => answer.status !== 202).length > 1)
      world.fault(`${message.deduplication ?? message.target}: accepted more than once`);
    const came = ids.get(message.serial) ?? new Set();
    if (came.size > 1 && !dead.has(message.serial)) world.fault(`${message.target}: one message came under ${came.size} ids: ${[...came]}`);
    if (message.id && came.size > 0 && !came.has(message.id)) world.fault(`${message.target}: ${message.id} was answered, ${[...came]} came`);
  }
}

// An id that was answered before another was asked for is smaller.
function checkIds(world) {
  const first = [...world.messages.values()].filter((message) => message.id && !message.deduplication).map((message) => message.answers[0]);
  const byEnd = [...first].sort((a, b) => a.endedAt - b.endedAt);
  let index = 0;
  let highest = "";
  for (const { id, sentAt } of first.sort((a, b) => a.sentAt - b.sentAt)) {
    for (; index < byEnd.length && byEnd[index].endedAt < sentAt; ++index) if (byEnd[index].id > highest) highest = byEnd[index].id;
    if (id <= highest) world.fault(`the id ${id} was given after ${highest}`);
  }
}

/** Everything about single messages. `left` are the entries that the DLQ holds at the end. */
export function checkMessages(world, letters, left) {
  const { arrivals } = world.receiver;
  const attempts = attemptsById(arrivals);
  const seenDead = new Set([...letters.seen.values()].map((entry) => entry.messageId));
  for (const [id, list] of attempts) checkAttempts(world, id, list);
  for (const [id, message] of world.accepted) checkEnd(world, id, message, attempts.get(id) ?? [], seenDead);
  checkDlq(world, letters, left, attempts);
  checkDuplicates(world, letters, checkIdentity(world, arrivals));
  checkIds(world);
}

/** Accepted messages of which no end was seen yet. */
export function unsettled(world, letters) {
  const attempts = attemptsById(world.receiver.arrivals);
  const seenDead = new Set([...letters.seen.values()].map((entry) => entry.messageId));
  return [...world.accepted].filter(([id, message]) => !Object.values(endsOf(id, message, attempts.get(id) ?? [], seenDead)).includes(true));
}
