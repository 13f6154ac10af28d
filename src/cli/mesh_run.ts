import { isTinmanError } from "../errors/mod.ts";
import { type StationEvent, watchNearby } from "../mesh/mod.ts";
import type { Context } from "./command.ts";
import { type AirPlace, openAir, stayOnAir } from "./mesh_air.ts";
import { createHost, type MeshHost, whoOf } from "./mesh_host.ts";
import { warnOfCut } from "./mesh_open.ts";
import { serveMeshSocket, socketPath } from "./mesh_socket.ts";
import { gossipVia, openBridge } from "./mesh_original.ts";
import { count } from "./output.ts";
import { clean } from "./style.ts";

/** What a dataset does while it runs. */
export interface RunOptions {
  /** Where others come to: `tcp://HOST:PORT`; undefined for nowhere. */
  readonly listen: string | undefined;
  /** Whom to stay in touch with. */
  readonly seek: readonly string[];
  /** Whether to find others in the local networks, and be found. */
  readonly multicast: boolean;
  /** Nodes of the Python original to gossip with: `tcp://HOST:PORT`, or `listen:HOST:PORT` to wait for them. */
  readonly original: readonly string[];
  /** A radio that several share; `isOpen` when anybody may read what is not sealed. */
  readonly air?: AirPlace & { readonly isOpen: boolean } | undefined;
}

/** A dataset that runs. */
export interface RunningMesh extends AsyncDisposable {
  readonly host: MeshHost;
  /** Where it can be met; undefined when it does not listen. */
  readonly address: string | undefined;
}

/** How often what waits for its time is looked at. */
const LOOK_AGAIN_MS = 30_000;

/** Opens a dataset, takes contacts, seeks some, and answers other commands over a socket, until it is disposed. */
export async function runMesh(path: string, context: Context, options: RunOptions): Promise<RunningMesh> {
  const { io: { mesh }, out } = context;
  const { clock } = mesh.machine;
  await using stack = new AsyncDisposableStack();
  const ended = new AbortController();
  const host = createHost(path, mesh, { onEvent: (event) => tell(event, host, context) });
  warnOfCut(host, context);
  const { replica, station, addresses } = host;
  stack.defer(() => replica.close());
  stack.use(host.attachments);
  stack.use(host.tables);
  const tasks: Promise<unknown>[] = [];
  stack.defer(async () => void await Promise.allSettled(tasks));
  stack.use(station);
  stack.defer(() => ended.abort());
  const problem = (error: unknown) => tell({ kind: "problem", via: "", error }, host, context);

  const listener = options.listen === undefined ? undefined : await mesh.listen(options.listen);
  if (listener !== undefined) {
    station.take(listener.links, () => listener.close());
    addresses.push(...reachable(listener.address, mesh.ownHosts()));
  }
  for (const address of options.seek) if (!addresses.includes(address)) station.seek(address);
  if (options.multicast) {
    // A beacon has room for a port alone, so it is one for TCP.
    const port = listener?.address.startsWith("tcp:") ? listener.port : 0;
    const beacons = await mesh.openBeacons(port);
    const found = (address: string) => station.seek(address, { once: true });
    const { random } = mesh;
    tasks.push(watchNearby(replica, { beacons, clock, random, signal: ended.signal, found, problem }).catch(problem));
  }
  if (options.air !== undefined) {
    const { air } = options;
    const link = await openAir(air, { mesh, host, isOpen: air.isOpen });
    out.note(clean(`on the air at ${link.name}, at most ${air.bytesPerSecond} bytes a second`));
    const said = (line: string) => out.note(line);
    tasks.push(stayOnAir(link, air, { host, mesh, signal: ended.signal, problem, said }).catch(problem));
  }
  if (options.original.length > 0) {
    const bridge = stack.use(openBridge(host, (message) => problem(new Error(message))));
    for (const address of options.original) {
      const waiting = (at: string) => out.note(clean(`waits for nodes of the original at ${at}`));
      tasks.push(gossipVia(address, { bridge, mesh, signal: ended.signal, problem, waiting }).catch(problem));
    }
  }
  try {
    const local = mesh.listenLocal(socketPath(path));
    stack.defer(() => local.close());
    tasks.push(serveAll(local.links, host));
  } catch (error) {
    // A system without such sockets, or a path that is too long for one: all else works.
    if (!isTinmanError(error)) throw error;
    out.problem(`warning: other commands cannot reach it while it runs: ${clean(error.message)}`);
  }
  tasks.push(lookAgain(host, { signal: ended.signal, problem }));
  const cleanup = stack.move();
  out.flush();
  return { host, address: listener?.address, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

async function serveAll(links: AsyncIterable<Parameters<typeof serveMeshSocket>[0]>, host: MeshHost): Promise<void> {
  // Who asks and goes away before the answer is no problem of ours.
  for await (const link of links) serveMeshSocket(link, host).catch(() => {});
}

/** Now and then: what waits for its time is taken, and what was erased goes from the disk. */
async function lookAgain(
  { replica, clock }: MeshHost,
  { signal, problem }: { readonly signal: AbortSignal; problem(error: unknown): void },
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(LOOK_AGAIN_MS, { signal }).catch(() => {});
    if (signal.aborted) return;
    if (replica.feeds.waiting.size.runs > 0) replica.feeds.retry();
    try {
      replica.dropErased();
    } catch (error) {
      problem(error);
    }
  }
}

/** Addresses at which others find a listener that is bound to all networks. */
function reachable(address: string, hosts: readonly string[]): string[] {
  const [, scheme, port] = /^(\w+:\/\/)(?:0\.0\.0\.0|\[::\])(:.*)$/.exec(address) ?? [];
  return scheme === undefined ? [address] : hosts.slice(0, 4).map((host) => `${scheme}${host}${port}`);
}

function tell(event: StationEvent, { replica }: MeshHost, { out }: Context): void {
  if (event.kind === "problem") {
    const { via, error } = event;
    const message = error instanceof Error ? error.message : String(error);
    const hint = isTinmanError(error) && error.hint !== undefined ? ` (${error.hint})` : "";
    out.note(clean(`${via === "" || message.includes(via) ? "" : `${via}: `}${message}${hint}`));
    return;
  }
  const who = clean(whoOf(replica, event.device));
  if (event.kind === "met") return out.note(`${who} is here, ${clean(event.via)}`);
  const { appliedEvents = 0, sentEvents = 0 } = event.report ?? {};
  out.note(`${who} has left: ${count(appliedEvents, "new event")}, ${sentEvents.toLocaleString("en-US")} sent`);
}
