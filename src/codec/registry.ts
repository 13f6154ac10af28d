import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { Codec, CodecHeader, CodecKind } from "./codec.ts";

// Nested codecs come from a file: deep nesting would otherwise overflow the stack.
const MAX_DEPTH = 32;

/** Codecs that may be brought back from a log, by id. No code ever comes out of a log: what is not here is not run. */
export class CodecRegistry {
  readonly #kinds = new Map<string, CodecKind>();

  /** Makes a registry of these kinds. */
  constructor(kinds: Iterable<CodecKind> = []) {
    for (const kind of kinds) this.add(kind);
  }

  /** Adds a kind; a second one with the same id is a `CONFIG` error. */
  add(kind: CodecKind): void {
    if (this.#kinds.has(kind.id)) {
      throw new TinmanError("CONFIG", `Cannot register codec "${kind.id}": another one has this id`, {});
    }
    this.#kinds.set(kind.id, kind);
  }

  /** The same with more kinds, in a registry of its own. */
  with(kinds: Iterable<CodecKind>): CodecRegistry {
    return new CodecRegistry([...this.#kinds.values(), ...kinds]);
  }

  /** The ids that can be brought back, sorted. */
  ids(): string[] {
    return [...this.#kinds.keys()].sort();
  }

  /**
   * The codec that a header describes.
   *
   * @throws {TinmanError} `CODEC_UNKNOWN` when no kind has its id (or none new enough), `CODEC` when its params do not fit.
   */
  revive(header: CodecHeader): Codec<unknown> {
    return this.#revive(header, 0);
  }

  #revive(value: unknown, depth: number): Codec<unknown> {
    const header = checkHeader(value);
    if (depth > MAX_DEPTH) {
      throw codecError(header.codec, `Cannot read its header: codecs are nested deeper than ${MAX_DEPTH}`);
    }
    const kind = this.#kinds.get(header.codec);
    if (kind === undefined || header.version > kind.version) throw unknownCodec(header, kind, this.ids());
    return kind.revive(header, (inner) => this.#revive(inner, depth + 1));
  }
}

/** The header of a codec, as it is written into a log or into the params of an outer codec. */
export function headerOf(codec: Omit<Codec<unknown>, "encode" | "decode">): CodecHeader {
  const { id, version, plugin, params } = codec;
  return { codec: id, version, ...(plugin && { plugin }), ...(params !== undefined && { params }) };
}

/** A `CODEC` error that says which codec failed and in which direction. */
export function codecError(
  codec: string,
  message: string,
  options: { direction?: "encode" | "decode" | "revive"; cause?: unknown; hint?: string } = {},
): TinmanError<"CODEC"> {
  const { direction = "revive", cause, hint } = options;
  return new TinmanError("CODEC", `Codec "${codec}": ${message}`, { codec, direction, cause, hint });
}

function checkHeader(value: unknown): CodecHeader {
  const header = value as Partial<CodecHeader> | null;
  if (
    typeof header !== "object" || header === null || typeof header.codec !== "string" ||
    !Number.isInteger(header.version) || header.version! < 1
  ) throw codecError("unknown", "Cannot read a header: it has no codec id and version");
  return header as CodecHeader;
}

function unknownCodec(header: CodecHeader, kind: CodecKind | undefined, ids: string[]): TinmanError<"CODEC_UNKNOWN"> {
  const { codec, version, plugin } = header;
  const from = plugin === undefined ? "" : ` of plugin ${plugin.id} (sha256 ${plugin.sha256})`;
  const problem = kind === undefined
    ? "no codec of this name is here"
    : `only up to version ${kind.version} can be read`;
  const hint = plugin !== undefined
    ? `add ${kind === undefined ? "" : "a newer version of "}the plugin ${plugin.id}: tinman plugin add FOLDER ` +
      "(in code, openRecordingWith() loads it); or read the frames as bytes with --raw"
    : kind !== undefined
    ? "use a newer tinman, or read the frames as bytes with --raw"
    : didYouMean(codec, ids) ?? "add the plugin that provides it, or read the frames as bytes with --raw";
  const message = `Cannot use codec "${codec}" version ${version}${from}: ${problem}`;
  return new TinmanError("CODEC_UNKNOWN", message, {
    codec,
    ...(plugin === undefined ? {} : { plugin: plugin.id, sha256: plugin.sha256 }),
    hint,
  });
}
