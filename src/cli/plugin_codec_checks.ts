import { createRandom } from "../../mod.ts";
import { TinmanError } from "../errors/mod.ts";
import type { Coded, PluginSession, Provides } from "../plugin/mod.ts";
import type { Context } from "./command.ts";
import type { Finding } from "./findings.ts";
import { count } from "./output.ts";
import { type CheckOptions, openBare, reasonOf } from "./plugin_checks.ts";
import { fixturePath, textOf } from "./plugin_fixtures.ts";
import { canonicalText, formatPluginValue, linesOf, parsePluginValue } from "./plugin_values.ts";

/** A value and its bytes, a line of `fixtures/NAME.codec.jsonl`: `{"value":…,"bytes":"<hex>"}`. */
interface Sample {
  readonly value: unknown;
  /** Left out where --update is to write it. */
  readonly bytes?: Uint8Array;
  readonly line: number;
}

/** Compares a codec with its fixture, and gives its decoder bytes of all kinds. Codecs never have anything granted. */
export async function* checkCodec(
  { name: codec }: Provides["codecs"][number],
  plugin: CheckOptions,
  context: Context,
): AsyncIterable<Finding> {
  const name = `codec ${codec}`;
  const path = fixturePath(codec, "codec");
  try {
    await using session = await openBare(plugin, context, "quickjs");
    const samples = readSamples(textOf(plugin.package.files, path), path);
    if (samples.length === 0) {
      const fix = 'one {"value": …} a line; then tinman plugin test FOLDER --update';
      yield { level: "warn", name, message: `no round trip: there is no value in ${path}`, fix };
    } else yield await checkSamples(samples, { session, codec, path, plugin });
    yield await fuzz(session, codec, samples);
  } catch (error) {
    yield { level: "fail", name, message: reasonOf(error) };
  }
}

interface CodecCheck {
  readonly session: PluginSession;
  readonly codec: string;
  readonly path: string;
  readonly plugin: CheckOptions;
}

async function checkSamples(
  samples: readonly Sample[],
  { session, codec, path, plugin }: CodecCheck,
): Promise<Finding> {
  const name = `codec ${codec}`;
  const place = (i: number) => `${path}:${samples[i]!.line}`;
  const fail = (message: string, fix?: string): Finding => ({ level: "fail", name, message, ...(fix && { fix }) });
  const encoded = await session.code(codec, "encode", samples.map(({ value }) => value));
  const failed = encoded.findIndex(([ok, bytes]) => !ok || !(bytes instanceof Uint8Array));
  if (failed >= 0) return fail(`${place(failed)}: it is not encoded: ${problemOf(encoded[failed]!, "no bytes")}`);
  const bytes = encoded.map(([, each]) => each as Uint8Array);
  if (plugin.update !== undefined) {
    const lines = samples.map(({ value }, i) =>
      `{"value":${formatPluginValue(value)},"bytes":"${bytes[i]!.toHex()}"}\n`
    );
    if (lines.join("") !== textOf(plugin.package.files, path)) plugin.update(path, lines.join(""));
  } else {
    const other = samples.findIndex((each, i) => each.bytes?.toHex() !== bytes[i]!.toHex());
    if (other >= 0) {
      const wanted = samples[other]!.bytes?.toHex() ?? "no bytes yet";
      return fail(
        `${place(other)}: expected ${wanted}, found ${bytes[other]!.toHex()}`,
        "another layout is another version; if nobody has recorded with it yet: tinman plugin test FOLDER --update",
      );
    }
  }
  const decoded = await session.code(codec, "decode", bytes);
  const lost = decoded.findIndex(([ok]) => !ok);
  if (lost >= 0) return fail(`${place(lost)}: its own bytes do not decode: ${problemOf(decoded[lost]!, "")}`);
  const again = await session.code(codec, "encode", decoded.map(([, value]) => value));
  const moved = again.findIndex(([ok, each], i) => !ok || (each as Uint8Array).toHex() !== bytes[i]!.toHex());
  if (moved >= 0) return fail(`${place(moved)}: what was decoded encodes to other bytes`);
  const rounded = decoded.filter(([, value], i) => canonicalText(value) !== canonicalText(samples[i]!.value)).length;
  const note = rounded === 0
    ? ""
    : `; ${rounded} ${rounded === 1 ? "comes" : "come"} back as another value with the same bytes`;
  return { level: "ok", name, message: `${count(samples.length, "value")} to bytes and back${note}` };
}

const TRIES = 400;

/** Any bytes give a value or an error. That it hangs, crashes or takes all memory is seen by the session. */
async function fuzz(session: PluginSession, codec: string, samples: readonly Sample[]): Promise<Finding> {
  const random = createRandom("fuzz");
  const seeds = samples.flatMap(({ bytes }) => bytes ?? []);
  const items = [new Uint8Array(), ...Array.from({ length: TRIES }, (_, i) => hostileBytes(i, seeds, random))];
  const results = await session.code(codec, "decode", items);
  const values = results.filter(([ok]) => ok).length;
  const message = `${count(items.length, "piece")} of any bytes: ${values} decode, ${
    items.length - values
  } are refused`;
  return { level: "ok", name: `codec ${codec}`, message };
}

/** Damaged samples, and bytes that are nobody's. */
function hostileBytes(i: number, seeds: readonly Uint8Array[], random: ReturnType<typeof createRandom>): Uint8Array {
  const seed = seeds[random.int(Math.max(1, seeds.length))];
  if (seed === undefined || seed.length === 0 || i % 2 === 0) return random.bytes(random.int(i % 10 === 0 ? 4096 : 64));
  const bytes = Uint8Array.from([...seed, ...random.bytes(random.int(8))]);
  for (let flips = 1 + random.int(4); flips > 0; flips--) bytes[random.int(bytes.length)]! ^= 1 << random.int(8);
  return bytes.subarray(0, random.int(bytes.length + 1));
}

function readSamples(text: string, path: string): Sample[] {
  return linesOf(text).map(([line, number]) => {
    const value = parsePluginValue(line, { path, line: number }) as { value?: unknown; bytes?: unknown } | null;
    const bytes = value?.bytes;
    if (typeof value !== "object" || value === null || !("value" in value) || !isHex(bytes)) {
      throw new TinmanError("CONFIG", `Cannot read ${path}:${number}: expected {"value": …, "bytes": "<hex>"}`, {
        path,
      });
    }
    return { value: value.value, line: number, ...(typeof bytes === "string" && { bytes: Uint8Array.fromHex(bytes) }) };
  });
}

function isHex(bytes: unknown): boolean {
  return bytes === undefined || typeof bytes === "string" && /^(?:[0-9a-f]{2})*$/i.test(bytes);
}

function problemOf([ok, value]: Coded, otherwise: string): string {
  return ok ? otherwise : (value as { message: string }).message;
}
