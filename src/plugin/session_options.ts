import type { Clock } from "../clock/mod.ts";
import type { Link } from "../link/mod.ts";
import type { FromGuest, Guest, GuestError } from "./protocol.ts";
import type { OpenHeldQueue } from "./queue.ts";

/** How long a plugin may take, see `limits` in `plugin.jsonc`. */
export interface SessionLimits {
  /** To be loaded. @default {5000} */
  readonly startMs?: number;
  /** To answer while it has something to do. @default {5000} */
  readonly stallMs?: number;
}

/** What a session is made of. */
export interface SessionOptions {
  /** The id of the plugin, for messages. */
  readonly plugin: string;
  /** Where it runs. The session closes it. */
  readonly guest: Guest;
  /** The time outside, for the limits. */
  readonly clock: Clock;
  readonly limits?: SessionLimits;
  /** Opens a link for the plugin, or refuses. @default {refuses with `DENIED`} */
  readonly openLink?: (address: string) => Promise<Link>;
  /** Opens a topic for the plugin, or refuses. @default {refuses with `DENIED`} */
  readonly openQueue?: OpenHeldQueue;
}

/** What a plugin says that it brings. */
export type Provided = Extract<FromGuest, readonly ["ready", unknown]>[1];

/** One result of {@linkcode PluginSession.code}. */
export type Coded = readonly [ok: true, value: unknown] | readonly [ok: false, error: GuestError];
