import { guestMain } from "../../src/plugin/guest.ts";
import type { Plugin } from "../../src/plugin/plugin.ts";
import type { FromGuest, GuestCall, ToGuest } from "../../src/plugin/protocol.ts";
import type { Link, Transport } from "../../src/plugin/plugin.ts";

/** A node of a plugin at work, without a graph around it. */
export interface RunningNode extends AsyncDisposable {
  /** What it published on an output so far. */
  published(port: string): readonly unknown[];
  /** Resolves when there are `count` messages on an output; rejects when the node ends before. */
  until(port: string, count: number): Promise<readonly unknown[]>;
  /** Resolves when a line for people matches, or so many do; gives the last. */
  said(pattern: RegExp, count?: number): Promise<string>;
  /** Gives it messages. */
  send(port: string, ...values: readonly unknown[]): void;
  /** Nothing more comes on an input. */
  end(port: string): void;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
  /** Rejects with what it failed with. */
  readonly done: Promise<void>;
  /** How many messages of an input it took. */
  taken(port: string): number;
}

/** Options of {@linkcode startNode}. */
export interface NodeOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** What opens links for it. */
  readonly transport?: Transport;
}

let seeds = 0;

/** Starts a node in the guest that runs plugins in every tier, on the real time. */
export function startNode(plugin: Plugin, node: string, options: NodeOptions = {}): RunningNode {
  const { config = {}, inputs = [], outputs = [], transport } = options;
  const done = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  done.promise.catch(() => {});
  const values = new Map<string, unknown[]>(outputs.map((port) => [port, []]));
  const taken = new Map<string, number>();
  const said: string[] = [];
  const watchers = new Set<() => void>();
  const timers = new Map<number, () => void>();
  const links: { readonly link: Link; readonly pieces: AsyncIterator<Uint8Array> }[] = [];
  let over = false;
  const nowNs = () => BigInt(Date.now()) * 1_000_000n;

  const tell: (message: ToGuest) => void = guestMain({
    load: () => Promise.resolve({ default: plugin }),
    send: (message) => queueMicrotask(() => hear(message)),
  });
  const settle = (error?: Error) => {
    over = true;
    for (const { link } of links) void link.close();
    for (const cancel of timers.values()) cancel();
    if (error === undefined) done.resolve();
    else done.reject(error);
  };

  function hear(message: FromGuest): void {
    if (message[0] === "values") {
      values.get(message[2])!.push(...message[3]);
      tell(["room", 1, message[2], message[3].length]);
    } else if (message[0] === "took") taken.set(message[2], (taken.get(message[2]) ?? 0) + message[3]);
    else if (message[0] === "log") said.push(`${message[2]}: ${message[3]}`);
    else if (message[0] === "done") settle();
    else if (message[0] === "failed") settle(Object.assign(new Error(message[2].message), message[2]));
    else if (message[0] === "ready") {
      tell(["start", 1, { node, name: node, config, inputs, outputs, seed: `${++seeds}`, timeNs: nowNs(), room: 256 }]);
      started.resolve();
    } else if (message[0] === "broken") settle(new Error(message[1].message));
    else if (message[0] === "call" && message[3][0] === "sleep") sleep(message[1], message[3][1]);
    else if (message[0] === "call") void serveLink(message[1], message[3]);
    for (const look of watchers) look();
  }

  async function serveLink(call: number, [what, ...rest]: GuestCall): Promise<void> {
    const id = rest[0] as number;
    try {
      let value: unknown = null;
      if (what === "openLink") {
        const link = await transport!.open(rest[0] as string);
        value = links.push({ link, pieces: link.incoming[Symbol.asyncIterator]() }) - 1;
      } else if (what === "readLink") {
        const next = await links[id]!.pieces.next();
        value = next.done ? null : next.value;
      } else if (what === "sendLink") await links[id]!.link.send(rest[1] as Uint8Array);
      else if (what === "closeLink") await links[id]!.link.close();
      tell(["answer", call, value, nowNs()]);
    } catch (error) {
      const { name, message, code } = error as Error & { code: string };
      tell(["refuse", call, { name, message, code }]);
    }
  }

  function sleep(call: number, ms: number): void {
    const timer = setTimeout(() => {
      timers.delete(call);
      tell(["answer", call, null, nowNs()]);
    }, ms);
    timers.set(call, () => {
      clearTimeout(timer);
      tell(["refuse", call, { name: "Error", message: "The run was stopped", code: "STOPPED" }]);
    });
  }

  function when<T>(find: () => T | undefined, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = find();
        if (found === undefined && !over) return;
        watchers.delete(look);
        if (found !== undefined) resolve(found);
        else done.promise.then(() => reject(new Error(`the node ended before ${what}; ${said.join("; ")}`)), reject);
      };
      watchers.add(look);
      look();
    });
  }

  tell(["load", []]);
  const running: RunningNode = {
    done: done.promise,
    published: (port) => values.get(port)!,
    until: (port, count) =>
      when(() => values.get(port)!.length >= count ? values.get(port) : undefined, `${count} on "${port}"`),
    said: (pattern, count = 1) => when(() => said.filter((line) => pattern.test(line))[count - 1], String(pattern)),
    send: (port, ...all) => void started.promise.then(() => tell(["values", 1, port, all, nowNs()])),
    end: (port) => void started.promise.then(() => tell(["ended", 1, port])),
    taken: (port) => taken.get(port) ?? 0,
    stop: async () => {
      await started.promise;
      tell(["stop", 1]);
      for (const cancel of timers.values()) cancel();
      await done.promise;
    },
    [Symbol.asyncDispose]: async () => {
      if (!over) await running.stop();
    },
  };
  return running;
}
