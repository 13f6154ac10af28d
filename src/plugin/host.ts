import type { Clock } from "../clock/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { type Link, parseAddress, type Transport } from "../link/mod.ts";
import { bindNode } from "./bind_node.ts";
import type { CodecShelf } from "./codec_shelf.ts";
import { addGrants } from "./grant_changes.ts";
import { formatGrant } from "./grants.ts";
import type { LivePlugin, LiveShelf, PluginSeat } from "./live.ts";
import { takenBack } from "./taken_back.ts";
import { limitsOf, type PluginLimits } from "./limits.ts";
import type { PluginManifest } from "./manifest.ts";
import { missingError } from "./missing.ts";
import { capabilityOf, type HeldQueue, type OpenHeldQueue } from "./queue.ts";
import type { OpenedPlugin, OpenPlugin, PluginRequest } from "./plugin_node.ts";
import type { Guest, GuestModule, Tier } from "./protocol.ts";
import { allows, type Effective, type Grants, type Missing, resolveGrants, type ResolveOptions } from "./resolve.ts";
import { PluginSession } from "./session.ts";
import { openSessionLink } from "./session_link.ts";
import { assertServed, chooseTier } from "./tier.ts";

/** Opens the guests of one tier. */
export type OpenGuest = (request: GuestRequest) => Promise<Guest>;

/** What a guest is opened for. */
export interface GuestRequest {
  /** The id of the plugin, for messages. */
  readonly plugin: string;
  readonly effective: Effective;
  readonly limits: PluginLimits;
}

/** A plugin whose bytes are those that were allowed. */
export interface RunnablePlugin {
  readonly manifest: PluginManifest;
  readonly modules: readonly GuestModule[];
}

/** What a person is asked when a plugin is not granted what it needs. */
export interface GrantQuestion {
  readonly manifest: PluginManifest;
  readonly missing: readonly Missing[];
}

/** What {@linkcode openPlugins} needs of the world. */
export interface PluginHostOptions {
  /** Loads a plugin by its id and checks its bytes. */
  readonly load: (id: string) => RunnablePlugin | Promise<RunnablePlugin>;
  /** What a plugin is granted now. */
  readonly grantsOf: (id: string) => Grants;
  readonly guests: Readonly<Record<Tier, OpenGuest>>;
  /** The time outside. */
  readonly clock: Clock;
  readonly paths: Omit<ResolveOptions, "config">;
  /** What opens the links that plugins ask tinman for. @default {[]} */
  readonly transports?: readonly Transport[];
  /** What opens topics that plugins ask tinman for. @default {nothing: they are refused} */
  readonly openQueue?: OpenHeldQueue;
  /** Asks a person; gives what the plugin is granted from now on, or nothing when the answer is no. */
  readonly ask?: (question: GrantQuestion) => Promise<Grants | undefined>;
  /** Told what a plugin was opened with, for whoever compares what is granted with what is used. */
  readonly onOpen?: (id: string, effective: Effective) => void;
  /** Told of each plugin that is at work. */
  readonly onLive?: (live: LivePlugin) => void;
}

/** What plugins run in and what opens their links; in the services of a run under the name `pluginWorld`. */
export interface PluginWorld extends Pick<PluginHostOptions, "guests" | "transports" | "openQueue"> {
  /** Their codecs that are at work. @default {none yet} */
  readonly codecs?: CodecShelf;
  /** Links through them that are open. @default {nobody knows} */
  readonly links?: LiveShelf;
}

/**
 * What opens the plugins of a run: loads, asks or refuses, chooses the tier, starts, and never gives more than is asked
 * for and granted.
 */
export function openPlugins(options: PluginHostOptions): OpenPlugin {
  return async (request): Promise<OpenedPlugin> => {
    const plugin = await options.load(request.plugin);
    const config = bindNode(plugin.manifest, request);
    const { tier, replaying, as = { kind: "node", name: request.node } } = request;
    const opened = await openSession(plugin, config, { ...options, tier, replaying });
    const { session, effective } = opened;
    options.onLive?.({
      ...liveOf(opened, as, options),
      isReplaying: replaying === true,
      ...(as.kind === "node" && { leave: (graceMs) => session.leave(graceMs) }),
    });
    return { session, config, seesTime: effective.clock !== undefined };
  };
}

/**
 * Opens links through the transport of a plugin, one guest for each link. In the capabilities of its manifest
 * `${config.address}` is the host and port of the link's address, `${config.port}` its path.
 */
export function openPluginTransport(id: string, scheme: string, options: PluginHostOptions): Transport {
  return {
    scheme,
    async open(address, { signal } = {}) {
      const { host = "", port, path } = parseAddress(address);
      const name = host.includes(":") ? `[${host}]` : host;
      const plugin = await options.load(id);
      assertTransport(plugin.manifest, scheme);
      const config = { address: port === undefined ? name : `${name}:${port}`, port: path };
      const opened = await openSession(plugin, config, options);
      const { session } = opened;
      options.onLive?.(liveOf(opened, { kind: "link", name: address }, options));
      try {
        return await openSessionLink(session, { scheme, address, signal });
      } catch (error) {
        await session.close();
        throw error;
      }
    },
  };
}

/** A plugin at work, and under which grants. */
interface OpenedSession {
  readonly session: PluginSession;
  readonly effective: Effective;
  /** What it was granted then, but for what was allowed for this once. */
  readonly granted: Grants;
}

function liveOf(
  { session, effective, granted }: OpenedSession,
  as: PluginSeat,
  { grantsOf, paths }: PluginHostOptions,
): LivePlugin {
  const { plugin, tier, over } = session;
  return {
    ...{ plugin, as, tier, effective, isReplaying: false, over },
    takenBack: () => takenBack(effective, { before: granted, now: grantsOf(plugin), paths }),
    usage: () => session.usage(),
    end: (reason) => session.end(reason),
  };
}

async function openSession(
  { manifest, modules }: RunnablePlugin,
  config: Readonly<Record<string, unknown>>,
  options: PluginHostOptions & Pick<PluginRequest, "tier" | "replaying">,
): Promise<OpenedSession> {
  const { guests, clock, onOpen } = options;
  assertServed(manifest);
  const { effective, granted } = await grantsFor(manifest, config, options);
  const tier = chooseTier(manifest, effective, options.tier);
  const limits = limitsOf(manifest);
  onOpen?.(manifest.id, effective);
  const guest = await guests[tier]({ plugin: manifest.id, effective, limits });
  const openLink = linkOpener(manifest.id, effective, options);
  const openQueue = queueOpener(manifest.id, effective, options);
  const session = await PluginSession.open(modules, { plugin: manifest.id, guest, clock, limits, openLink, openQueue });
  return { session, effective, granted };
}

function assertTransport({ id, provides: { transports } }: PluginManifest, scheme: string): void {
  if (transports.some((each) => each.scheme === scheme)) return;
  const has = transports.map((each) => `${each.scheme}:`).join(", ");
  throw new TinmanError("NOT_FOUND", `Cannot find transport "${scheme}" in plugin ${id}: it has ${has || "none"}`, {
    kind: "transport",
    id: scheme,
  });
}

async function grantsFor(
  manifest: PluginManifest,
  config: Readonly<Record<string, unknown>>,
  { grantsOf, paths, ask }: PluginHostOptions,
): Promise<Pick<OpenedSession, "effective" | "granted">> {
  const before = grantsOf(manifest.id);
  const found = resolveGrants(manifest, before, { ...paths, config });
  if (missingError(manifest.id, found.missing) === undefined) return { effective: found.effective, granted: before };
  const answer = await ask?.({ manifest, missing: found.missing.filter(({ optional }) => !optional) });
  const asked = answer === undefined ? found : resolveGrants(manifest, answer, { ...paths, config });
  const error = missingError(manifest.id, asked.missing);
  if (error !== undefined) throw error;
  // The answer may have been written down as a grant; meanwhile others may have taken something back.
  return { effective: asked.effective, granted: addGrants(before, grantsOf(manifest.id), paths) };
}

/** Opens links for a plugin through tinman's own transports, each under the capability of its scheme. */
function linkOpener(id: string, effective: Effective, { transports = [], paths }: PluginHostOptions) {
  return async (address: string): Promise<Link> => {
    const [, scheme = "", rest = ""] = /^([a-z][a-z0-9+.-]*):([^?]*)/.exec(address) ?? [];
    const transport = transports.find((each) => each.scheme === scheme);
    if (transport === undefined) {
      const schemes = transports.map((each) => each.scheme).join(", ");
      throw new TinmanError("CONFIG", `Cannot open ${address}: tinman opens ${schemes || "no"} links for plugins`, {});
    }
    if (scheme !== "serial" || !allows(effective, "serial", rest, paths)) {
      throw new TinmanError("DENIED", `Cannot open ${address}: plugin ${id} is not granted that`, {
        what: address,
        hint: `tinman plugin grant ${id} ${formatGrant("serial", [rest])}`,
      });
    }
    return await transport.open(address);
  };
}

/** Opens topics for a plugin, those that it was granted for what it wants to do there. A replay asks no broker. */
function queueOpener(
  id: string,
  effective: Effective,
  { openQueue, paths, replaying = false }: PluginHostOptions & Pick<PluginRequest, "replaying">,
): OpenHeldQueue {
  return async (use) => {
    const [name, address] = [capabilityOf(use), `${use.queue}/${use.topic}`];
    if (!allows(effective, name, address, paths)) {
      throw new TinmanError("DENIED", `Cannot ${use.kind} ${address}: plugin ${id} is not granted that`, {
        what: address,
        hint: `tinman plugin grant ${id} ${formatGrant(name, [address])}`,
      });
    }
    if (replaying && use.kind === "produce") return nowhere;
    if (!replaying && openQueue !== undefined) return await openQueue(use);
    const why = replaying ? "a replay asks no broker" : "there is nothing here that opens topics";
    throw new TinmanError("UNAVAILABLE", `Cannot ${use.kind} ${address}: ${why}`, {
      what: address,
      ...(replaying && { hint: "leave the node that reads out of the replay: what it published was recorded" }),
    });
  };
}

/** Where a replay sends to. */
const nowhere: HeldQueue = {
  read: () => Promise.resolve(null),
  send: () => Promise.resolve(),
  close: () => Promise.resolve(),
};
