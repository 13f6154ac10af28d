/**
 * Turns values of one type into bytes and back. Both directions are pure: same in, same out, no I/O, no state that a
 * second value could see. `decode` may return views into `bytes`; it never keeps or changes them. Bytes that cannot be
 * decoded are a `CODEC` error, never another exception, never a hang.
 */
export interface Codec<T> {
  /** The name under which the reader looks the codec up, such as `text` or `org.example.nmea/sentence`. */
  readonly id: string;
  /** Version of the byte layout, from 1. */
  readonly version: number;
  /** What a reader needs to build the same codec again, as MessagePack-able data. */
  readonly params?: unknown;
  /** The plugin that provides the codec, when one does. */
  readonly plugin?: { readonly id: string; readonly sha256: string };
  /**
   * The bytes of `value`. The result belongs to the caller; a short one may share its `.buffer` with others, so it is
   * copied, never transferred, to a worker.
   */
  encode(value: T): Uint8Array;
  /** The value of `bytes`. */
  decode(bytes: Uint8Array): T;
  /**
   * The same as `decode` of each, for a codec to which many at once come much cheaper: who reads many frames and can wait
   * prefers it. What is wrong with one is no matter of the others. @default {one by one}
   */
  decodeAll?(items: readonly Uint8Array[]): Promise<readonly Decoded<T>[]>;
}

/** What came of one of many: its value, or why there is none. */
export type Decoded<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly error: Error; readonly value?: undefined };

/** The type of the values of a codec: `CodecValue<typeof gps>`. */
export type CodecValue<C> = C extends Codec<infer T> ? T : never;

/** How a codec is written down in the first frame of a channel, see `header.ts`. */
export interface CodecHeader {
  /** {@linkcode Codec.id} */
  readonly codec: string;
  /** {@linkcode Codec.version} */
  readonly version: number;
  /** {@linkcode Codec.params} */
  readonly params?: unknown;
  /** {@linkcode Codec.plugin} */
  readonly plugin?: { readonly id: string; readonly sha256: string };
}

/**
 * A family of codecs that a registry can bring back from a header: `list` is a kind, `list(text())` is a codec.
 */
export interface CodecKind {
  /** {@linkcode Codec.id} of the codecs it makes. */
  readonly id: string;
  /** The newest {@linkcode Codec.version} it can read; all from 1 up to it are read. */
  readonly version: number;
  /**
   * Builds the codec that `header` describes. `revive` brings back codecs nested in the params. Params come from a file,
   * so they are checked like any other input.
   *
   * @throws {TinmanError} `CODEC` when the params do not fit.
   */
  revive(header: CodecHeader, revive: (inner: unknown) => Codec<unknown>): Codec<unknown>;
}
