import { type Engine, type EngineOptions, openEngine } from "./quickjs_engine.ts";

/** What a machine is made of. */
export interface VmOptions extends EngineOptions {
  /** The text of a module, or undefined when there is none of this name. */
  readonly loadModule: (name: string) => string | undefined;
  /** What the code inside calls, see {@linkcode Vm.connect}. */
  readonly say: (text: string, bytes: Uint8Array) => void;
}

type Context = ReturnType<Engine["ffi"]["QTS_NewContext"]>;
type Runtime = ReturnType<Engine["ffi"]["QTS_NewRuntime"]>;
type Value = ReturnType<Engine["ffi"]["QTS_Call"]>;
type Argv = Parameters<Engine["ffi"]["QTS_Call"]>[4];
type Text = Parameters<Engine["ffi"]["QTS_NewString"]>[1];

/** Less than what fits on the stack of this thread, so that QuickJS notices first. */
const STACK_BYTES = 96 * 1024;
const STRICT = 1 << 3;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * A JavaScript machine that has nothing but the language. Each call may throw what `poll` and `say` throw, and what
 * WebAssembly throws when it breaks; the machine is not to be used after that. There is nothing to close: it goes when
 * nobody holds it.
 */
export class Vm {
  readonly #engine: Engine;
  readonly #runtime: Runtime;
  readonly #context: Context;
  readonly #argv: Argv;
  #entry: Value | undefined;

  private constructor(engine: Engine, options: VmOptions) {
    this.#engine = engine;
    const { ffi, instance } = engine;
    instance.callbacks = {
      callFunction: (_, _context, _self, _count, args) => this.#called(args, options.say),
      loadModuleSource: (_, _runtime, _context, name) => this.#loadModule(name, options.loadModule(name)),
      normalizeModule: () => 0 as never,
      shouldInterrupt: () => 0,
      freeHostRef() {},
    };
    this.#runtime = ffi.QTS_NewRuntime();
    ffi.QTS_RuntimeSetMaxStackSize(this.#runtime, STACK_BYTES);
    ffi.QTS_RuntimeEnableModuleLoader(this.#runtime, 0);
    this.#context = ffi.QTS_NewContext(this.#runtime, /* all of the language */ 0 as never);
    this.#argv = this.#allocate(8) as Argv;
  }

  /** Starts a machine. */
  static async open(options: VmOptions): Promise<Vm> {
    return new Vm(await openEngine(options), options);
  }

  /** Runs `code`, a function that is given `say(text, bytes?)` and returns what {@linkcode Vm.tell} calls. */
  connect(code: string): void {
    const { ffi } = this.#engine;
    const text = this.#newText(code);
    const made = this.#take(
      ffi.QTS_Eval(this.#context, text, encoder.encode(code).length, "tinman", 0 as never, STRICT as never),
    );
    const say = ffi.QTS_NewFunction(this.#context, "say", 2, false, 1 as never);
    this.#entry = this.#call(made, [say]);
    for (const value of [made, say]) ffi.QTS_FreeValuePointer(this.#context, value);
    ffi.QTS_FreeVoidPointer(this.#context, text as never);
  }

  /** Calls what `connect` got with a text and one ArrayBuffer of all `bytes`, with the text alone, or with nothing. */
  tell(text?: string, bytes?: readonly Uint8Array[]): void {
    const { ffi } = this.#engine;
    const args = text === undefined ? [] : [this.#newString(text)];
    if (bytes !== undefined) args.push(this.#newBuffer(bytes));
    ffi.QTS_FreeValuePointer(this.#context, this.#call(this.#entry!, args));
    for (const value of args) ffi.QTS_FreeValuePointer(this.#context, value);
  }

  /**
   * What the code inside keeps, in bytes; undefined when QuickJS does not say. It looks at each object, and makes none: what
   * the code does is the same whether somebody looks or not.
   */
  memoryBytes(): number | undefined {
    const { ffi, memory, instance } = this.#engine;
    const at = ffi.QTS_RuntimeDumpMemoryUsage(this.#runtime) as number;
    const text = decoder.decode(memory.subarray(at, memory.indexOf(0, at)));
    instance._free(at);
    // A text of 1024 bytes at most: where there are very many classes of objects, the line is not in it.
    const [, bytes] = /^memory used +\d+ +(\d+)/m.exec(text) ?? [];
    return bytes === undefined ? undefined : Number(bytes);
  }

  /** Runs all that can go on by itself. */
  settle(): void {
    const { ffi } = this.#engine;
    while (ffi.QTS_IsJobPending(this.#runtime)) {
      ffi.QTS_FreeValuePointerRuntime(this.#runtime, ffi.QTS_ExecutePendingJob(this.#runtime, -1, this.#argv as never));
    }
  }

  #call(fn: Value, args: readonly Value[]): Value {
    const { ffi, memory } = this.#engine;
    const argv = new Uint32Array(memory.buffer, this.#argv, 2);
    for (let i = 0; i < args.length; i++) argv[i] = args[i]!;
    return this.#take(ffi.QTS_Call(this.#context, fn, ffi.QTS_GetUndefined(), args.length, this.#argv));
  }

  /** The result of a call; one that has thrown throws here. */
  #take(result: Value): Value {
    const { ffi } = this.#engine;
    const error = ffi.QTS_ResolveException(this.#context, result);
    if (!error) return result;
    const message = this.#readString(error);
    throw new Error(message.slice(0, 500));
  }

  #called(args: Parameters<Engine["ffi"]["QTS_ArgvGetJSValueConstPointer"]>[0], say: VmOptions["say"]): never {
    const { ffi, memory } = this.#engine;
    const [text, buffer] = [0, 1].map((i) => ffi.QTS_ArgvGetJSValueConstPointer(args, i));
    const length = ffi.QTS_GetArrayBufferLength(this.#context, buffer!);
    const start = length > 0 ? ffi.QTS_GetArrayBuffer(this.#context, buffer!) as number : 0;
    say(this.#readString(text! as never), memory.slice(start, start + Math.max(0, length)));
    return 0 as never; // undefined
  }

  #loadModule(name: string, source: string | undefined): never {
    const { ffi } = this.#engine;
    if (source !== undefined) return this.#newText(source) as never;
    const error = ffi.QTS_NewError(this.#context);
    const [key, message] = ["message", `Cannot import "${name}": the plugin has no such module`].map((text) =>
      this.#newString(text)
    );
    ffi.QTS_SetProp(this.#context, error, key!, message!);
    for (const value of [key!, message!]) ffi.QTS_FreeValuePointer(this.#context, value);
    ffi.QTS_Throw(this.#context, error);
    return 0 as never;
  }

  #newString(text: string): Value {
    const { ffi, instance } = this.#engine;
    const at = this.#newText(text);
    const value = ffi.QTS_NewString(this.#context, at);
    instance._free(at);
    return value;
  }

  #newBuffer(pieces: readonly Uint8Array[]): Value {
    const { ffi, memory } = this.#engine;
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const start = this.#allocate(Math.max(1, length));
    let at = start;
    for (const piece of pieces) {
      memory.set(piece, at);
      at += piece.length;
    }
    return ffi.QTS_NewArrayBuffer(this.#context, start as never, length);
  }

  /** UTF-8 with a zero at its end; whoever gets it frees it. */
  #newText(text: string): Text {
    const { memory } = this.#engine;
    // Three bytes for each unit are enough, and for short texts cheaper than to count.
    if (text.length < 4096) {
      const at = this.#allocate(text.length * 3 + 1);
      const { written } = encoder.encodeInto(text, memory.subarray(at, at + text.length * 3));
      memory[at + written] = 0;
      return at as Text;
    }
    const bytes = encoder.encode(text);
    const at = this.#allocate(bytes.length + 1);
    memory.set(bytes, at);
    memory[at + bytes.length] = 0;
    return at as Text;
  }

  #readString(value: Value): string {
    const { ffi, memory } = this.#engine;
    const at = ffi.QTS_GetString(this.#context, value);
    if (at === 0) return "";
    const text = decoder.decode(memory.subarray(at, memory.indexOf(0, at)));
    ffi.QTS_FreeCString(this.#context, at);
    return text;
  }

  #allocate(length: number): number {
    const at = this.#engine.instance._malloc(length);
    if (at === 0) throw new Error("out of memory");
    return at;
  }
}
