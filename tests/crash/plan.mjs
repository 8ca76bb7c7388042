// Keys and queues of a run, with limits drawn from the seed. Each message of a key names the same limits,
// so that what must hold at the receiver is known at every moment.

function limited(key, { rate, period, parallelism }, role = "plain") {
  return { key, rate, period, parallelism, role, value: value({ rate, period, parallelism }) };
}

function value({ rate, period, parallelism }) {
  const parts = [];
  if (parallelism) parts.push(`parallelism=${parallelism}`);
  if (rate) parts.push(`rate=${rate}`, `period=${period}s`);
  return parts.join(", ");
}

export function makePlan(random) {
  const keys = [
    limited("short-rate", { rate: random.between(5, 15), period: random.between(1, 2) }),
    limited("long-rate", { rate: random.between(6, 14), period: 6 }),
    limited("long-rate-in-chunks", { rate: random.between(40, 90), period: random.between(6, 8) }),
    limited("parallel", { parallelism: random.between(1, 3) }),
    limited("both-short", { rate: random.between(10, 25), period: 2, parallelism: random.between(2, 4) }),
    limited("both-long", { rate: random.between(20, 40), period: 7, parallelism: random.between(1, 3) }),
    limited("paused", { parallelism: 2 }, "paused"),
    limited("paused-rate", { rate: 30, period: 6 }, "paused"),
    limited("pinned", { rate: 24, period: 6, parallelism: 4 }, "pinned"),
    limited("reset", { rate: random.between(4, 8), period: 6 }, "reset"),
  ];
  const queueFlow = limited("queue-flow", { rate: random.between(15, 30), period: 6, parallelism: 2 }, "queue");
  return {
    keys,
    queueFlow,
    parking: limited("parking", { parallelism: 1 }, "parking"),
    queues: [{ name: "queue-a" }, { name: "queue-b", flow: queueFlow }],
    pin: { rate: 3, period: 6, parallelism: 1 },
  };
}
