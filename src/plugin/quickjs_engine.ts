import variant from "@jitl/quickjs-singlefile-mjs-release-sync";
import { meterLoops } from "./quickjs_meter.ts";

/** The calls into QuickJS, by its author's names. */
export type Ffi = InstanceType<Awaited<ReturnType<typeof variant.importFFI>>>;
/** A WebAssembly instance of QuickJS, and what it calls in turn. */
export type Instance = ConstructorParameters<Awaited<ReturnType<typeof variant.importFFI>>>[0];

/** A QuickJS with a memory of its own. */
export interface Engine {
  readonly ffi: Ffi;
  readonly instance: Instance;
  /** Has its final size from the start, so that views of it stay whole. */
  readonly memory: Uint8Array<ArrayBuffer>;
}

/** What an engine gets from outside; there is nothing else. */
export interface EngineOptions {
  /** For all that is kept inside; the engine itself takes five megabytes more. At least 11. */
  readonly memoryMB: number;
  /** Called again and again while QuickJS is at work, whatever it does. May throw: then the engine is not to be used again. */
  readonly poll: () => void;
  /** Called when there is no more memory. QuickJS then throws inside, if it can. */
  readonly full: () => void;
  /** Milliseconds since 1970, for `Date` and as the seed of `Math.random()`. */
  readonly timeMs: () => number;
}

const PAGE_BYTES = 65_536;
/** What the module asks for at least. */
const LEAST_PAGES = 256;
/** Data and stack. */
const ENGINE_MB = 5;

/** Starts an engine. Reading and compiling the code happens once. */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const [Ffi, load, module] = await Promise.all([variant.importFFI(), importLoader(), compiled ??= compile()]);
  const pages = Math.max(LEAST_PAGES, Math.ceil((ENGINE_MB + options.memoryMB) * 2 ** 20 / PAGE_BYTES));
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const bytes = new Uint8Array(memory.buffer as ArrayBuffer);
  const instance = await load({
    wasmMemory: memory,
    print() {},
    printErr() {},
    instantiateWasm(imports: { a: WebAssembly.ModuleImports }, done: (instance: WebAssembly.Instance) => void) {
      void WebAssembly.instantiate(module, { a: { ...imports.a, ...createImports(bytes, options) } }).then(done);
    },
  });
  return { ffi: new Ffi(instance), instance, memory: bytes };
}

/** The import that is called by the meter: `_emscripten_runtime_keepalive_clear`, which nothing else calls. */
const POLL = "l";

/** In place of what emscripten would give: the machine's time, time zone, environment, output and more memory. */
function createImports(
  memory: Uint8Array<ArrayBuffer>,
  { poll, full, timeMs }: EngineOptions,
): WebAssembly.ModuleImports {
  const view = new DataView(memory.buffer);
  const notThere = () => 52; // ENOSYS
  return {
    [POLL]: poll,
    /* emscripten_date_now */ p: timeMs,
    /* _localtime_js: UTC, of which QuickJS wants the offset only */
    m: (_time: bigint, tm: number) => void memory.fill(0, tm, tm + 44),
    /* _tzset_js */
    n(timezone: number, daylight: number, standardName: number, summerName: number) {
      view.setInt32(timezone, 0, true);
      view.setInt32(daylight, 0, true);
      memory[standardName] = memory[summerName] = 0;
    },
    /* environ_sizes_get */
    f(count: number, size: number) {
      view.setInt32(count, 0, true);
      view.setInt32(size, 0, true);
      return 0;
    },
    /* environ_get */ e: () => 0,
    /* emscripten_resize_heap */
    k() {
      full();
      return 0;
    },
    /* _setitimer_js */ j: () => 0,
    /* fd_write, fd_close, fd_seek */ ...{ c: notThere, d: notThere, o: notThere },
    /* proc_exit, which would set the exit code of this process */
    r(code: number) {
      throw new Error(`QuickJS has ended with ${code}`);
    },
  };
}

/** Its type leaves out much of what it takes. */
async function importLoader(): Promise<(options: object) => Promise<Instance>> {
  return await variant.importModuleLoader() as never;
}

let compiled: Promise<WebAssembly.Module> | undefined;

async function compile(): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(meterLoops(await readBytes(), { call: POLL }));
}

/**
 * The package keeps its bytes in a text that it decodes at the moment in which it hands them to WebAssembly; this is the
 * only way to see them. Whatever else is instantiated meanwhile is let through.
 */
async function readBytes(): Promise<Uint8Array> {
  const load = await importLoader();
  const memory = new WebAssembly.Memory({ initial: LEAST_PAGES, maximum: 32_768 });
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const { instantiate } = WebAssembly;
  WebAssembly.instantiate = ((source: BufferSource, imports?: { a?: { a?: unknown } }) => {
    if (imports?.a?.a !== memory) return instantiate(source, imports as WebAssembly.Imports);
    resolve(source as Uint8Array);
    return new Promise(() => {});
  }) as typeof instantiate;
  load({ wasmMemory: memory }).catch(reject);
  try {
    return await promise;
  } finally {
    WebAssembly.instantiate = instantiate;
  }
}
