/**
 * GPS sentences (NMEA 0183) to fixes: {@linkcode Fix} says what is in one.
 *
 * @module
 */
import { definePlugin, type PluginContext } from "tinman/plugin";
import { sentenceCodec } from "./codec.ts";
import { type Fix, FixBuilder } from "./fix.ts";
import { Lines } from "./lines.ts";
import { parseSentence, type Sentence } from "./sentence.ts";

export type { Fix } from "./fix.ts";
export type { Sentence } from "./sentence.ts";

/** A sentence that could not be used. */
export interface Problem {
  /** The line, cut short. */
  readonly line: string;
  readonly reason: string;
  /** How many there were, with this one. */
  readonly count: number;
}

export default definePlugin({ nodes: { fixes }, codecs: { sentence: sentenceCodec } });

/** A sentence that is damaged is counted and reported, and the next one is read: lines over serial ports do get damaged. */
async function fixes(context: PluginContext): Promise<void> {
  const { sentences } = context.in;
  if (sentences === undefined) throw new TypeError('Cannot read fixes: the input "sentences" is not connected');
  const checksum = context.config.checksum === "optional" ? "optional" : "required";
  const lines = new Lines();
  const builder = new FixBuilder();
  let problems = 0;

  for await (const piece of sentences) {
    if (typeof piece === "string" || piece instanceof Uint8Array) await readAll(lines.push(piece));
    else await report("", `a message is ${piece === null ? "null" : typeof piece}, not text or bytes`);
  }
  await readAll(lines.end());
  for (const fix of builder.end()) await context.out.fixes?.publish(fix);
  if (problems > 0) context.log.info(`${problems} sentences could not be used`);

  async function readAll(all: readonly string[]): Promise<void> {
    for (const line of all) {
      const sentence = parseSentence(line, { checksum });
      if (typeof sentence === "string") await report(line, sentence);
      else await readOne(sentence, line);
    }
  }

  async function readOne(sentence: Sentence, line: string): Promise<void> {
    let complete: readonly Fix[] = [];
    try {
      complete = builder.push(sentence);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      await report(line, error.message);
    }
    for (const fix of complete) await context.out.fixes?.publish(fix);
  }

  // The first ten, then each power of two: a noisy line does not flood the log.
  async function report(line: string, reason: string): Promise<void> {
    const count = ++problems;
    const text = line.slice(0, 120);
    if (count <= 10 || Number.isInteger(Math.log2(count))) {
      context.log.warn(`Cannot use sentence ${count}, ${JSON.stringify(text)}: ${reason}`);
    }
    await context.out.problems?.publish({ line: text, reason, count });
  }
}
