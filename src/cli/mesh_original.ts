import { TinmanError } from "../errors/mod.ts";
import { AppendedFile, readFile } from "../files/mod.ts";
import { framedLink, type Link } from "../link/mod.ts";
import { OriginalBridge, readOriginalLog, writeOriginalLine } from "../mesh/mod.ts";
import { type MeshHost, whoOf } from "./mesh_host.ts";
import type { MeshIo } from "./mesh_io.ts";

const MAX_BYTES = 2 ** 30;
/** The longest message of the original. */
const MAX_MESSAGE_BYTES = 65_536;
const RETRY_MS = 10_000;
/** Most who come at once. */
const MAX_LINKS = 64;

/** A bridge to nodes of the original, with its log in the folder: `original.jsonl`, which the original can read, too. */
export function openBridge(host: MeshHost, problem: (message: string) => void): OriginalBridge & Disposable {
  const { replica, files, clock } = host;
  const path = `${replica.path}/original.jsonl`;
  const bytes = readFile(files, path, MAX_BYTES) ?? new Uint8Array();
  const log = readOriginalLog(bytes);
  for (const { line, message } of log.problems) problem(`${path}, line ${line}: ${message}`);
  const file = new AppendedFile(files, path, "append");
  file.cut(log.wholeBytes);
  let needsEnd = log.problems.some(({ kind }) => kind === "unended");
  const bridge = new OriginalBridge(replica, {
    clock,
    author: whoOf(replica, replica.key.device),
    events: log.events,
    keep: (events) => {
      const lines = new TextEncoder().encode(`${needsEnd ? "\n" : ""}${events.map(writeOriginalLine).join("")}`);
      const isWhole = file.put(lines) === lines.length;
      file.keep(isWhole ? lines.length : 0);
      if (!isWhole || !file.trySync()) throw file.failure();
      needsEnd = false;
    },
    problem,
  });
  const dispose = bridge[Symbol.dispose].bind(bridge);
  bridge[Symbol.dispose] = () => {
    dispose();
    file.close();
  };
  return bridge;
}

/** How {@linkcode gossipVia} works. */
export interface GossipViaOptions {
  readonly bridge: OriginalBridge;
  readonly mesh: MeshIo;
  readonly signal: AbortSignal;
  readonly problem: (error: unknown) => void;
  /** Told where it waits for nodes of the original. */
  readonly waiting: (address: string) => void;
}

/**
 * Gossips at an address until `signal` aborts. Messages over TCP are framed by their length (LEB128): the original has no
 * TCP of its own, only Reticulum, so there a Transport that does the same is needed.
 */
export async function gossipVia(address: string, options: GossipViaOptions): Promise<void> {
  const { bridge, mesh, signal, problem, waiting } = options;
  const gossip = async (link: Link) => {
    const messages = link.kind === "stream" ? framedLink(link, { maxBytes: MAX_MESSAGE_BYTES }) : link;
    await bridge.gossip(messages, { signal });
  };
  const listen = /^listen:(?:\/\/)?(.+)$/.exec(address)?.[1];
  if (listen !== undefined) {
    const listener = await mesh.listen(`tcp://${listen}`);
    waiting(listener.address);
    signal.addEventListener("abort", () => listener.close(), { once: true });
    const running = new Set<Promise<void>>();
    for await (const link of listener.links) {
      // Nobody proves anything there, so anybody can come as often as they like.
      if (running.size >= MAX_LINKS) {
        await link.close();
        continue;
      }
      const run = gossip(link).catch(problem).finally(() => running.delete(run));
      running.add(run);
    }
    await Promise.all(running);
    return;
  }
  if (!/^(tcp|serial):/.test(address)) {
    throw new TinmanError("USAGE", `Cannot read --original ${address}: expected tcp://HOST:PORT or listen:HOST:PORT`, {
      argument: "--original",
    });
  }
  let told = false;
  while (!signal.aborted) {
    try {
      await gossip(await mesh.dial(address, { signal }));
      told = false;
    } catch (error) {
      if (!told && !signal.aborted) problem(error);
      told = true;
    }
    await mesh.machine.clock.sleep(RETRY_MS, { signal }).catch(() => {});
  }
}
