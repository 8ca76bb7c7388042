// Chance from a seed. Each user of it takes a stream of its own by name, so that
// what one draws does not depend on how often another did.

function hash(text) {
  let value = 2166136261;
  for (const character of text) value = Math.imul(value ^ character.codePointAt(0), 16777619);
  return value >>> 0;
}

export class Random {
  #state;

  constructor(seed, name = "") {
    this.seed = seed;
    this.name = name;
    this.#state = hash(`${seed}/${name}`);
  }

  stream(name) {
    return new Random(this.seed, `${this.name}/${name}`);
  }

  /** From 0 to 1, without 1 (mulberry32). */
  fraction() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(least, most) {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  chance(probability) {
    return this.fraction() < probability;
  }

  pick(list) {
    return list[this.between(0, list.length - 1)];
  }
}
