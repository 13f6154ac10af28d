/** What a plugin in a process may do besides computing, as far as its globals tell. */
export interface RelayGrants {
  /** Names of capabilities. */
  readonly granted: readonly string[];
}

/** What takes the place of what is taken away. */
export interface RelayMeans {
  /** Takes what the plugin writes to the console. */
  say(level: "debug" | "info" | "warn" | "error", text: string): void;
  /** Milliseconds since 1970, for a plugin that may not see the clock: those of the last message. */
  timeMs(): number;
}

/**
 * Leaves in the global object of a worker what the language has, and what belongs to the capabilities that are granted.
 * Permissions hold without this; it takes away what needs none: leaving the process, signals, output, other workers,
 * storage, graphics, and without `clock` or `random` the time and chance of the machine.
 *
 * This text runs in the worker, so nothing in it may refer to anything outside of it but types.
 */
export function hardenGlobals({ granted }: RelayGrants, { say, timeMs }: RelayMeans): void {
  const world = globalThis as unknown as Record<string, unknown>;
  const may = (name: string) => granted.includes(name);
  const { defineProperty, freeze, getOwnPropertyNames, hasOwn } = Object;

  const language =
    `Object Function Array Number String Boolean Symbol BigInt Math JSON Reflect Proxy Promise RegExp Date
    Error AggregateError EvalError RangeError ReferenceError SuppressedError SyntaxError TypeError URIError
    Map Set WeakMap WeakSet WeakRef FinalizationRegistry Iterator DisposableStack AsyncDisposableStack
    ArrayBuffer DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array Uint32Array
    BigInt64Array BigUint64Array Float16Array Float32Array Float64Array Intl Temporal WebAssembly
    Infinity NaN undefined globalThis isFinite isNaN parseFloat parseInt
    decodeURI decodeURIComponent encodeURI encodeURIComponent escape unescape
    TextEncoder TextDecoder URL URLSearchParams DOMException structuredClone queueMicrotask atob btoa`;
  const outside = `AbortController AbortSignal Event EventTarget CustomEvent ErrorEvent ProgressEvent Blob File
    ReadableStream ReadableStreamDefaultReader ReadableStreamBYOBReader ReadableStreamBYOBRequest
    ReadableByteStreamController ReadableStreamDefaultController WritableStream WritableStreamDefaultWriter
    WritableStreamDefaultController TransformStream TransformStreamDefaultController ByteLengthQueuingStrategy
    CountQueuingStrategy TextDecoderStream TextEncoderStream CompressionStream DecompressionStream`;
  const web: Readonly<Record<string, string>> = {
    net: "fetch Request Response Headers FormData WebSocket CloseEvent MessageEvent EventSource",
    clock: "setTimeout clearTimeout setInterval clearInterval performance Performance PerformanceEntry",
    random: "crypto Crypto CryptoKey SubtleCrypto",
  };
  const own: Readonly<Record<string, string>> = {
    read: `open openSync readFile readFileSync readTextFile readTextFileSync readDir readDirSync stat statSync lstat
      lstatSync realPath realPathSync readLink readLinkSync watchFs FsFile SeekMode`,
    write: `open openSync create createSync writeFile writeFileSync writeTextFile writeTextFileSync mkdir mkdirSync
      remove removeSync rename renameSync copyFile copyFileSync truncate truncateSync makeTempDir makeTempDirSync
      makeTempFile makeTempFileSync utime utimeSync chmod chmodSync FsFile SeekMode`,
    net: `connect connectTls startTls listen listenTls listenDatagram resolveDns createHttpClient HttpClient serve
      upgradeWebSocket`,
    env: "env",
    run: "Command ChildProcess kill",
    sys: "hostname loadavg networkInterfaces osRelease osUptime systemMemoryInfo uid gid",
    ffi: "dlopen UnsafeCallback UnsafeFnPointer UnsafePointer UnsafePointerView",
  };
  const names = (text: string | undefined) => text === undefined ? [] : text.trim().split(/\s+/);

  const reachesOut = Object.keys(own).some(may);
  const kept = new Set([
    ...names(language),
    ...reachesOut ? names(outside) : [],
    ...Object.keys(web).filter(may).flatMap((name) => names(web[name])),
  ]);

  const full = world["Deno"] as Record<string, unknown>;
  const reduced: Record<string, unknown> = { __proto__: null, errors: full["errors"] };
  for (const name of Object.keys(own).filter(may).flatMap((each) => names(own[each]))) {
    if (hasOwn(full, name)) reduced[name] = full[name];
  }

  for (const name of getOwnPropertyNames(world)) if (!kept.has(name)) delete world[name];
  // What the runtime has for Node works with these two: pinned, a plugin cannot put something of its own there.
  for (const [name, value] of [["Deno", reachesOut ? freeze(reduced) : undefined], ["process", undefined]] as const) {
    defineProperty(world, name, { value, writable: false, configurable: false, enumerable: false });
  }
  // Text does not become code, also where the flag that forbids it cannot be given.
  const refuseText = function () {
    throw new EvalError("Cannot make code of text in a plugin");
  };
  refuseText.prototype = Object.getPrototypeOf(refuseText);
  for (const each of [() => {}, async () => {}, function* () {}, async function* () {}]) {
    const value = refuseText;
    defineProperty(Object.getPrototypeOf(each), "constructor", { value, writable: false, configurable: false });
  }
  world["Function"] = refuseText;

  if (!may("clock")) takeTime();
  if (!may("random")) takeChance();
  world["console"] = freeze({
    debug: (...items: unknown[]) => say("debug", items.map(format).join(" ")),
    log: (...items: unknown[]) => say("info", items.map(format).join(" ")),
    info: (...items: unknown[]) => say("info", items.map(format).join(" ")),
    warn: (...items: unknown[]) => say("warn", items.map(format).join(" ")),
    error: (...items: unknown[]) => say("error", items.map(format).join(" ")),
  });

  function takeTime(): void {
    const RealDate = Date;
    const Dated = function (this: unknown, ...parts: unknown[]) {
      if (new.target === undefined) return String(new RealDate(timeMs()));
      return Reflect.construct(RealDate, parts.length === 0 ? [timeMs()] : parts, new.target);
    };
    Object.defineProperties(Dated, {
      name: { value: "Date" },
      length: { value: 7 },
      prototype: { value: RealDate.prototype, writable: false },
      parse: { value: RealDate.parse },
      UTC: { value: RealDate.UTC },
      now: { value: () => timeMs() },
    });
    defineProperty(RealDate.prototype, "constructor", { value: Dated });
    world["Date"] = Dated;
    delete (Intl as unknown as Record<string, unknown>)["DateTimeFormat"];
    delete (world["Temporal"] as Record<string, unknown> | undefined)?.["Now"];
    // Compiled on other threads, so that when it is done tells the time.
    for (const name of ["compile", "instantiate", "compileStreaming", "instantiateStreaming"]) {
      delete (world["WebAssembly"] as Record<string, unknown> | undefined)?.[name];
    }
  }

  // mulberry32 (Ettinger), the same numbers every time: chance that is recorded is in the context.
  function takeChance(): void {
    let state = 0;
    (Math as { random: unknown })["random"] = () => {
      state = (state + 0x6d2b79f5) | 0;
      let bits = Math.imul(state ^ (state >>> 15), 1 | state);
      bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
      return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  function format(item: unknown): string {
    if (typeof item === "string") return item;
    if (item instanceof Error) return `${item.stack ?? item}`;
    try {
      return JSON.stringify(item, (_, value) => typeof value === "bigint" ? `${value}n` : value) ?? String(item);
    } catch {
      return Object.prototype.toString.call(item);
    }
  }
}
