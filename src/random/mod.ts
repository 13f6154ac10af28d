/**
 * Chance, passed in: a seeded generator, so that a replay draws the same numbers.
 *
 * @module
 */
export { createRandom, type Random, randomOn, randomState } from "./random.ts";
