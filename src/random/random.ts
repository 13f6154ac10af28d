/** A source of chance. */
export interface Random {
  /** A number in [0, 1) with 32 random bits. */
  next(): number;
  /** A whole number from 0 up to but not including `bound`. */
  int(bound: number): number;
  /** `length` random bytes. Repeatable, so never a key or a token. */
  bytes(length: number): Uint8Array;
}

/**
 * A generator that gives the same numbers for the same seed, everywhere and for ever: sfc32 (Doty-Humphrey, PractRand
 * 0.92), its state filled from the seed by FNV-1a.
 */
export function createRandom(seed: string): Random {
  const state = Uint32Array.of(fnv1a(`${seed}/a`), fnv1a(`${seed}/b`), fnv1a(`${seed}/c`), 1);
  const random = randomOn(state);
  // Neighbouring seeds start in neighbouring states; a dozen rounds take them apart.
  for (let i = 0; i < 12; i++) random.next();
  return random;
}

const states = new WeakMap<Random, Uint32Array>();

/**
 * The four words that a generator of tinman draws from, which another one can go on from with {@linkcode randomOn}: who
 * writes to them changes what it draws. Undefined for a generator of somebody else.
 */
export function randomState(random: Random): Uint32Array | undefined {
  return states.get(random);
}

/** A generator that goes on from `state`, and keeps its state there; the memory may be shared with another thread. */
export function randomOn(state: Uint32Array): Random {
  const u32 = () => {
    const [a, b, c, counter] = state as unknown as [number, number, number, number];
    const result = (a + b + counter) >>> 0;
    state[0] = b ^ (b >>> 9);
    state[1] = c + (c << 3);
    state[2] = ((c << 21) | (c >>> 11)) + result;
    state[3] = counter + 1;
    return result;
  };
  const next = () => u32() / 2 ** 32;
  const random: Random = {
    next,
    int(bound) {
      if (!Number.isSafeInteger(bound) || bound < 1) {
        throw new RangeError(`Cannot draw a whole number below ${bound}: the bound must be a whole number from 1 up`);
      }
      return Math.floor(next() * bound);
    },
    bytes: (length) => Uint8Array.from({ length }, () => u32() & 0xff),
  };
  states.set(random, state);
  return random;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
