import type { Link } from "../link/mod.ts";
import type { DataFrame } from "../pipeline/mod.ts";
import type {
  Plugin,
  PluginContext,
  PluginFrames,
  PluginFunction,
  PluginHandlers,
  PluginInput,
  PluginRecord,
  PluginStage,
} from "./plugin.ts";
import type {
  FromGuest,
  GuestCall,
  GuestError,
  GuestModule,
  GuestStart,
  LinkCall,
  StageCall,
  ToGuest,
  WireFrame,
} from "./protocol.ts";

/** What a tier gives to the guest in it. */
export interface GuestWorld {
  /** Says something to tinman. */
  send(message: FromGuest): void;
  /** Loads modules, each after those that it imports, and gives the exports of the last. */
  load(modules: readonly GuestModule[]): Promise<Readonly<Record<string, unknown>>>;
  /** Resolves when all that could go on by itself has; left out where tinman can see that from outside. */
  readonly settled?: (() => Promise<void>) | undefined;
}

/**
 * The code that runs a plugin, the same in every tier; returns what takes the messages of tinman.
 *
 * It is handed to workers and to QuickJS as text, so nothing in it may refer to anything outside of it but types.
 */
export function guestMain(world: GuestWorld): (message: ToGuest) => void {
  const MAX_UNAWAITED = 1024;
  const HOLD_BACK = 6;
  const { send } = world;
  const runs = new Map<number, Run>();
  const calls = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void; run: Run }>();
  let plugin: Plugin = {};
  const links = new Map<number, { readonly link: Link; readonly pieces: AsyncIterator<Uint8Array> }>();
  const stages = new Map<number, PluginStage>();
  let lastCall = 0;
  let lastLink = 0;
  let heard = 0;

  class Input {
    readonly queue: { readonly value: unknown; readonly timeNs: bigint; readonly order: number }[] = [];
    ended = false;
    #waiting: (() => void) | undefined;
    #taken = 0;
    constructor(readonly run: Run, readonly port: string) {}

    arrived(): void {
      this.#waiting?.();
      this.#waiting = undefined;
      this.run.arrived();
    }

    take(): unknown {
      const { value, timeNs } = this.queue.shift()!;
      this.run.timeNs = timeNs;
      if (++this.#taken >= this.run.room >> 1 || this.queue.length === 0) {
        send(["took", this.run.id, this.port, this.#taken]);
        this.#taken = 0;
      }
      return value;
    }

    async next(): Promise<IteratorResult<unknown>> {
      if (this.#waiting !== undefined) throw new Error(`Cannot read "${this.port}" twice at a time`);
      while (this.queue.length === 0) {
        if (this.ended) return { value: undefined, done: true };
        await new Promise<void>((resolve) => this.#waiting = resolve);
      }
      return { value: this.take(), done: false };
    }

    iterate(): PluginInput {
      const iterator: PluginInput = {
        next: () => this.next(),
        return: () => Promise.resolve({ value: undefined, done: true }),
        [Symbol.asyncIterator]: () => iterator,
      };
      return iterator;
    }
  }

  class Output {
    #batch: unknown[] = [];
    #waiting: (() => void)[] = [];
    constructor(readonly run: Run, readonly port: string, public room: number) {}

    async publish(value: unknown): Promise<void> {
      if (this.#waiting.length >= MAX_UNAWAITED) {
        throw new Error(
          `Cannot publish to "${this.port}": ${MAX_UNAWAITED} values wait for room already; await publish()`,
        );
      }
      while (this.room <= 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.room--;
      if (this.#batch.push(value) === 1) void this.#flushSoon();
    }

    /** Sends when nothing was published for some microtasks, so that what comes in a row goes together. */
    async #flushSoon(): Promise<void> {
      for (let size = 0; this.#batch.length > size && size < 256;) {
        size = this.#batch.length;
        for (let i = 0; i < HOLD_BACK && this.#batch.length === size; i++) await undefined;
      }
      this.flush();
    }

    flush(): void {
      if (this.#batch.length === 0) return;
      const batch = this.#batch;
      this.#batch = [];
      try {
        send(["values", this.run.id, this.port, batch]);
      } catch (error) {
        this.run.fail(error);
      }
    }

    gotRoom(count: number): void {
      this.room += count;
      for (const resolve of this.#waiting.splice(0, count)) resolve();
    }
  }

  class Run {
    readonly inputs: Record<string, Input> = {};
    readonly outputs: Record<string, Output> = {};
    readonly stop = new Stop();
    readonly room: number;
    timeNs: bigint;
    /** Rejects when something it has sent cannot cross the border. */
    readonly failure: Promise<never>;
    #reject!: (error: unknown) => void;
    #wake: (() => void) | undefined;

    constructor(readonly id: number, readonly start: GuestStart) {
      this.failure = new Promise((_, reject) => this.#reject = reject);
      this.room = start.room;
      this.timeNs = start.timeNs;
      for (const port of start.inputs) this.inputs[port] = new Input(this, port);
      for (const port of start.outputs) this.outputs[port] = new Output(this, port, start.room);
    }

    arrived(): void {
      this.#wake?.();
      this.#wake = undefined;
    }

    fail(error: unknown): void {
      this.#reject(error);
      this.stop.abort();
    }

    async body(): Promise<void> {
      const { node: name } = this.start;
      const node = ownValue(plugin.nodes, name);
      if (node === undefined) throw new Error(`Cannot start node "${name}": the plugin has none of this name`);
      if (typeof node === "function") await (node as PluginFunction)(this.context());
      else await this.handle(node as PluginHandlers);
      for (const output of Object.values(this.outputs)) output.flush();
    }

    async handle(handlers: PluginHandlers): Promise<void> {
      const context = this.context();
      for (const port of this.start.inputs) {
        if (typeof ownValue(handlers, port) !== "function") {
          throw new Error(`Cannot start: no handler for input "${port}"`);
        }
      }
      const inputs = Object.values(this.inputs);
      for (;;) {
        let input: Input | undefined;
        for (const each of inputs) {
          if (each.queue.length === 0) continue;
          if (input === undefined || each.queue[0]!.order < input.queue[0]!.order) input = each;
        }
        if (input !== undefined) await handlers[input.port]!(input.take() as never, context);
        else if (inputs.every(({ ended }) => ended)) return;
        else await new Promise<void>((resolve) => this.#wake = resolve);
      }
    }

    context(): PluginContext {
      const mapOf = <A, B>(from: Record<string, A>, change: (value: A) => B) =>
        Object.fromEntries(Object.entries(from).map(([name, value]) => [name, change(value)]));
      return {
        in: mapOf(this.inputs, (input) => input.iterate()),
        out: mapOf(this.outputs, (output) => ({ publish: (value: unknown) => output.publish(value) })),
        config: (this.start.config ?? {}) as Record<string, unknown>,
        clock: {
          now: () => this.timeNs,
          sleep: async (ms) => void await this.call(["sleep", ms]),
        },
        random: createRandom(this.start.seed),
        log: createLog(this.id),
        signal: this.stop as unknown as AbortSignal,
        link: async (address) => {
          const link = await this.call(["openLink", address]) as number;
          const read = () => this.call(["readLink", link]) as Promise<Uint8Array | null>;
          return {
            incoming: {
              async *[Symbol.asyncIterator]() {
                for (;;) {
                  const bytes = await read();
                  if (bytes === null) return;
                  yield bytes;
                }
              },
            },
            send: async (bytes) => void await this.call(["sendLink", link, bytes]),
            close: async () => void await this.call(["closeLink", link]),
          };
        },
        consume: async (address, options = {}) => {
          const topic = await this.call(["consume", address, { ...options }]) as number;
          const read = () => this.call(["readQueue", topic]) as Promise<readonly PluginRecord[] | null>;
          const close = async () => void await this.call(["closeQueue", topic]);
          return {
            records: {
              async *[Symbol.asyncIterator]() {
                try {
                  for (let batch; (batch = await read()) !== null;) yield batch;
                } finally {
                  await close();
                }
              },
            },
            close,
          };
        },
        produce: async (address) => {
          const topic = await this.call(["produce", address]) as number;
          return {
            send: async (records) => void await this.call(["sendQueue", topic, [...records]]),
            close: async () => void await this.call(["closeQueue", topic]),
          };
        },
      };
    }

    call(what: GuestCall): Promise<unknown> {
      for (const output of Object.values(this.outputs)) output.flush();
      return new Promise((resolve, reject) => {
        calls.set(++lastCall, { resolve, reject, run: this });
        send(["call", lastCall, this.id, what]);
      });
    }
  }

  // QuickJS has no AbortSignal; this is as much of one as a node needs.
  class Stop {
    aborted = false;
    reason: unknown;
    #listeners: (() => void)[] = [];
    addEventListener(_type: string, listener: () => void): void {
      this.#listeners.push(listener);
    }
    removeEventListener(_type: string, listener: () => void): void {
      this.#listeners = this.#listeners.filter((each) => each !== listener);
    }
    throwIfAborted(): void {
      if (this.aborted) throw this.reason;
    }
    abort(): void {
      if (this.aborted) return;
      [this.aborted, this.reason] = [true, new Error("The node was asked to stop")];
      for (const listener of this.#listeners.splice(0)) listener();
    }
  }

  function load(modules: readonly GuestModule[]): void {
    world.load(modules).then((exports) => {
      const found = exports["default"];
      if (typeof found !== "object" || found === null) throw new Error("it has no default export: definePlugin({ … })");
      plugin = found as Plugin;
      const codecs = Object.entries(plugin.codecs ?? {}).map(([name, { version }]) => [name, version] as const);
      send(["ready", {
        nodes: Object.keys(plugin.nodes ?? {}),
        stages: Object.keys(plugin.stages ?? {}),
        codecs: Object.fromEntries(codecs),
        transports: Object.keys(plugin.transports ?? {}),
      }]);
    }).catch((error) => send(["broken", describe(error)]));
  }

  function start(id: number, options: GuestStart): void {
    const run = new Run(id, options);
    runs.set(id, run);
    Promise.race([run.body(), run.failure]).then(
      () => send(["done", id]),
      (error) => send(["failed", id, describe(error)]),
    ).then(() => runs.delete(id));
  }

  function code(
    call: number,
    [codec, direction, items, params]: readonly [string, "encode" | "decode", readonly unknown[], unknown],
  ): void {
    const found = ownValue(plugin.codecs, codec);
    const results = items.map((item) => {
      try {
        if (found === undefined) throw new Error(`the plugin has no codec "${codec}"`);
        return [
          true,
          direction === "encode" ? found.encode(item as never, params) : found.decode(item as Uint8Array, params),
        ] as const;
      } catch (error) {
        return [false, describe(error)] as const;
      }
    });
    try {
      send(["coded", call, results]);
    } catch (error) {
      send(["coded", call, items.map(() => [false, describe(error)] as const)]);
    }
  }

  async function stage(call: number, what: StageCall): Promise<void> {
    try {
      send(["staged", call, [true, listOf(await useStage(what)).map(toWire)]]);
    } catch (error) {
      send(["staged", call, [false, describe(error)]]);
    }
  }

  async function useStage(what: StageCall): Promise<PluginFrames> {
    if (what[0] === "make") {
      const { stage: kind, name, config, seed } = what[2];
      const make = ownValue(plugin.stages, kind);
      if (typeof make !== "function") throw new Error(`the plugin has no stage "${kind}"`);
      const context = { name, random: createRandom(seed), log: createLog(what[1]) };
      const made = await make((config ?? {}) as Record<string, unknown>, context);
      if (typeof made?.process !== "function") throw new TypeError(`stage "${kind}" has no process(frame)`);
      return void stages.set(what[1], made);
    }
    const found = stages.get(what[1]);
    if (found === undefined) throw new Error("the stage was not made");
    if (what[0] === "drop") return void stages.delete(what[1]);
    return what[0] === "end" ? await found.end?.() : await found.process(fromWire(what[2]), what[3]);
  }

  function listOf(frames: PluginFrames): readonly DataFrame[] {
    return frames === undefined ? [] : Array.isArray(frames) ? frames : [frames as DataFrame];
  }

  function toWire({ timestampUs, sequenceId, payload, metadata }: DataFrame): WireFrame {
    if (!(payload instanceof Map)) {
      throw new TypeError("it gave no frame { timestampUs, sequenceId, payload: Map, metadata }");
    }
    const channels = [...payload as ReadonlyMap<string, unknown>].map(([name, samples]) => {
      if (!(samples instanceof Float64Array)) throw new TypeError(`it gave a frame whose "${name}" is no Float64Array`);
      return [String(name), new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)] as const;
    });
    return [timestampUs, sequenceId, channels, metadata ?? {}];
  }

  function fromWire([timestampUs, sequenceId, channels, metadata]: WireFrame): DataFrame {
    // What comes may lie anywhere in the bytes of a message.
    const payload = new Map(channels.map(([name, bytes]) => [name, new Float64Array(bytes.slice().buffer)]));
    return { timestampUs, sequenceId, payload, metadata };
  }

  async function link(call: number, what: LinkCall): Promise<void> {
    try {
      send(["linked", call, [true, await useLink(what) ?? null]]);
    } catch (error) {
      send(["linked", call, [false, describe(error)]]);
    }
  }

  async function useLink(what: LinkCall): Promise<unknown> {
    if (what[0] === "open") {
      const transport = ownValue(plugin.transports, what[1]);
      if (transport === undefined) throw new Error(`the plugin has no transport "${what[1]}"`);
      const opened = await transport.open(what[2]);
      links.set(++lastLink, { link: opened, pieces: opened.incoming[Symbol.asyncIterator]() });
      return [lastLink, opened.kind, String(opened.name), opened.maxBytes];
    }
    const found = links.get(what[1]);
    if (found === undefined) throw Object.assign(new Error("the link is closed"), { code: "CLOSED" });
    if (what[0] === "send") return await found.link.send(what[2]);
    if (what[0] === "read") {
      const { value, done } = await found.pieces.next();
      return done === true ? null : value;
    }
    links.delete(what[1]);
    return await found.link.close();
  }

  function answer(
    id: number,
    settle: (call: { resolve(value: unknown): void; reject(error: unknown): void; run: Run }) => void,
  ): void {
    const call = calls.get(id);
    calls.delete(id);
    if (call !== undefined) settle(call);
  }

  function describe(thrown: unknown): GuestError {
    if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown).slice(0, 2000) };
    const { code } = thrown as { code?: unknown };
    return {
      name: String(thrown.name),
      message: String(thrown.message).slice(0, 2000),
      ...(typeof thrown.stack === "string" && { stack: thrown.stack.slice(0, 4000) }),
      ...(typeof code === "string" && { code }),
    };
  }

  function createLog(id: number): PluginContext["log"] {
    const say = (level: "debug" | "info" | "warn" | "error") => (message: unknown) =>
      send(["log", id, level, String(message).slice(0, 10_000)]);
    return { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  }

  function revive({ name, message, code }: GuestError): Error {
    return Object.assign(new Error(message), { name }, code === undefined ? {} : { code });
  }

  function ownValue<T>(from: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
    return from !== undefined && Object.hasOwn(from, name) ? from[name] : undefined;
  }

  // mulberry32 (Ettinger), its state filled from the seed by FNV-1a.
  function createRandom(seed: string): PluginContext["random"] {
    let state = 0x811c9dc5;
    for (let i = 0; i < seed.length; i++) state = Math.imul(state ^ seed.charCodeAt(i), 0x01000193);
    const next = () => {
      state = (state + 0x6d2b79f5) | 0;
      let bits = Math.imul(state ^ (state >>> 15), 1 | state);
      bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
      return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
    };
    return { next, int: (bound) => Math.floor(next() * bound) };
  }

  return (message) => {
    heard++;
    const run = typeof message[1] === "number" ? runs.get(message[1]) : undefined;
    switch (message[0]) {
      case "load":
        load(message[1]);
        break;
      case "start":
        start(message[1], message[2]);
        break;
      case "values": {
        const input = run?.inputs[message[2]];
        for (const value of message[3]) input?.queue.push({ value, timeNs: message[4], order: heard });
        input?.arrived();
        break;
      }
      case "ended":
        if (run?.inputs[message[2]] !== undefined) run.inputs[message[2]]!.ended = true;
        run?.inputs[message[2]]?.arrived();
        break;
      case "room":
        run?.outputs[message[2]]?.gotRoom(message[3]);
        break;
      case "stop":
        try {
          run?.stop.abort();
        } catch (error) {
          run!.fail(error);
        }
        break;
      case "code":
        code(message[1], [message[2], message[3], message[4], message[5]]);
        break;
      case "stage":
        void stage(message[1], message[2]);
        break;
      case "link":
        void link(message[1], message[2]);
        break;
      case "answer":
        answer(message[1], (call) => {
          call.run.timeNs = message[3];
          call.resolve(message[2]);
        });
        break;
      case "refuse":
        answer(message[1], (call) => call.reject(revive(message[2])));
    }
    const after = heard;
    void world.settled?.().then(() => after === heard && send(["idle", heard]));
  };
}
