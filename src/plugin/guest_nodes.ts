import type { GuestKit, GuestSend } from "./guest_kit.ts";
import type { GuestPorts } from "./guest_ports.ts";
import type { Plugin, PluginContext, PluginFunction, PluginHandlers, PluginRecord } from "./plugin.ts";
import type { GuestCall, GuestStart, ToGuest } from "./protocol.ts";

/** What tinman says of nodes. */
export type ToNode = Extract<
  ToGuest,
  readonly ["start" | "values" | "ended" | "room" | "stop" | "answer" | "refuse", ...unknown[]]
>;

type InputPort = InstanceType<GuestPorts["Input"]>;
type OutputPort = InstanceType<GuestPorts["Output"]>;

/** What nodes of a guest are made of. */
export interface GuestNodesOptions {
  readonly send: GuestSend;
  readonly kit: GuestKit;
  readonly ports: GuestPorts;
  /** The plugin, once it is loaded. */
  readonly loaded: { readonly plugin: Plugin };
}

/** The nodes that run; gives what takes the messages for them. Text, as {@linkcode guestMain} is. */
export function guestNodes(options: GuestNodesOptions): (message: ToNode, heard: number) => void {
  const { send, loaded } = options;
  const { describe, revive, createLog, createRandom, ownValue } = options.kit;
  const { Input, Output } = options.ports;
  const runs = new Map<number, Run>();
  const calls = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void; run: Run }>();
  let lastCall = 0;

  class Run {
    readonly inputs: Record<string, InputPort> = {};
    readonly outputs: Record<string, OutputPort> = {};
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
      const node = ownValue(loaded.plugin.nodes, name);
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
        let input: InputPort | undefined;
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

  function start(id: number, options: GuestStart): void {
    const run = new Run(id, options);
    runs.set(id, run);
    Promise.race([run.body(), run.failure]).then(
      () => send(["done", id]),
      (error) => send(["failed", id, describe(error)]),
    ).then(() => runs.delete(id));
  }

  function answer(
    id: number,
    settle: (call: { resolve(value: unknown): void; reject(error: unknown): void; run: Run }) => void,
  ): void {
    const call = calls.get(id);
    calls.delete(id);
    if (call !== undefined) settle(call);
  }

  return (message, heard) => {
    const run = runs.get(message[1]);
    switch (message[0]) {
      case "start":
        return start(message[1], message[2]);
      case "values": {
        const input = run?.inputs[message[2]];
        for (const value of message[3]) input?.queue.push({ value, timeNs: message[4], order: heard });
        return input?.arrived();
      }
      case "ended": {
        const input = run?.inputs[message[2]];
        if (input === undefined) return;
        input.ended = true;
        return input.arrived();
      }
      case "room":
        return run?.outputs[message[2]]?.gotRoom(message[3]);
      case "stop":
        try {
          return run?.stop.abort();
        } catch (error) {
          return run!.fail(error);
        }
      case "answer":
        return answer(message[1], (call) => {
          call.run.timeNs = message[3];
          call.resolve(message[2]);
        });
      case "refuse":
        return answer(message[1], (call) => call.reject(revive(message[2])));
    }
  };
}
