import type { Context as HonoContext, Hono } from "hono";
import { TinmanError } from "../errors/mod.ts";
import type { Sampler } from "./sampler.ts";
import type { WireListener } from "./websocket/connection.ts";
import type { Wire } from "./websocket/connection.ts";

/** What comes with a request from whoever listens: how to make a WebSocket of it, where it can be one. */
export interface Bindings {
  /** Takes the request for a WebSocket. The answer of the app is then thrown away. */
  readonly upgrade?: (socket: UpgradedSocket) => void;
}

/** A WebSocket that an app takes. */
export interface UpgradedSocket {
  /** The subprotocol that was chosen, if any was asked for. */
  readonly protocol?: string;
  /** Begins, after the handshake. */
  open(wire: Wire): WireListener;
}

/** The app that routes are added to. */
export type App = Hono<{ Bindings: Bindings }>;
/** A request in a route. */
export type RouteContext = HonoContext<{ Bindings: Bindings }>;

/** What routes and topics are made with. */
export interface InspectorContext {
  /** All sources, by id: `1`, `2`, …. */
  readonly sources: ReadonlyMap<string, Sampler>;
  /** Whether nothing may be changed. */
  readonly isReadOnly: boolean;
  /** Name and version of this program. */
  readonly version: string;
  /** Writes down a change that somebody made, in one line without the token. */
  readonly audit: (line: string) => void;
}

/** The source that a route or topic names. @throws {TinmanError} `NOT_FOUND` */
export function sourceOf({ sources }: InspectorContext, id: unknown): Sampler {
  const found = typeof id === "string" ? sources.get(id) : undefined;
  if (found !== undefined) return found;
  throw new TinmanError("NOT_FOUND", `Cannot find source ${said(id)}`, { kind: "source", id: said(id) });
}

/** A channel of a source. @throws {TinmanError} `NOT_FOUND` */
export function channelOf({ observed }: Sampler, name: unknown): string {
  const found = observed.look().channels.find((each) => each.name === name);
  if (found !== undefined) return found.name;
  throw new TinmanError("NOT_FOUND", `Cannot find channel ${said(name)}`, { kind: "channel", id: said(name) });
}

/** For each route that changes something, first. @throws {TinmanError} `DENIED` when nothing may be changed. */
export function allowChange({ isReadOnly }: InspectorContext): void {
  if (!isReadOnly) return;
  throw new TinmanError("DENIED", "Cannot change anything: this page is for looking alone", {
    what: "change",
    hint: "start it without --read-only, or --inspect-read-only",
  });
}

/** A whole number of a query. @throws {TinmanError} `USAGE` */
export function wholeNumber(
  text: string | undefined,
  { name, max, or }: { name: string; max: number; or: number },
): number {
  if (text === undefined) return or;
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= max) return number;
  throw new TinmanError("USAGE", `Cannot read ${name}: it is a whole number up to ${max}`, { argument: name });
}

/** A time of a query, in nanoseconds since 1970. @throws {TinmanError} `USAGE` */
export function timeNs(text: string | undefined, name: string): bigint {
  if (text !== undefined && /^\d{1,20}$/.test(text)) return BigInt(text);
  throw new TinmanError("USAGE", `Cannot read ${name}: it is nanoseconds since 1970`, { argument: name });
}

function said(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 100));
}
