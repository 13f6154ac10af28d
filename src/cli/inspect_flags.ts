import { TinmanError } from "../errors/mod.ts";
import type { Flags, FlagValues } from "./flags.ts";

/** What refuses every change is called so wherever there is a page. */
export const readOnlySummary = "Have the page refuse every change";

/** `--inspect` and what goes with it, the same for every command that has a page. */
export const inspectFlags = {
  inspect: {
    type: "optional",
    value: "PORT",
    summary: "Show a page of it to browsers on this machine (default a free port); the address is printed on stderr",
  },
  "inspect-read-only": { type: "boolean", summary: `${readOnlySummary}; it implies --inspect` },
} as const satisfies Flags;

/** How a page is served that somebody wants. */
export interface InspectWish {
  /** Where to listen; 0 is any port that is free. */
  readonly port: number;
  /** Whether it refuses every change. */
  readonly isReadOnly: boolean;
}

/** What the flags ask for; undefined when nobody wants a page. @throws {TinmanError} `USAGE` */
export function readInspectFlags(flags: FlagValues<typeof inspectFlags>): InspectWish | undefined {
  const isReadOnly = flags["inspect-read-only"];
  if (flags.inspect === undefined && !isReadOnly) return undefined;
  return { port: readPort(flags.inspect ?? true, "--inspect"), isReadOnly };
}

/** The port that a flag names; `true` is any that is free. @throws {TinmanError} `USAGE` */
export function readPort(text: string | true, flag: string): number {
  const port = text === true ? 0 : Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536 && text !== "") return port;
  throw new TinmanError("USAGE", `Cannot read ${flag} "${text}": it is a port from 0 to 65535`, {
    argument: flag,
    hint: `${flag} alone takes any port that is free, and prints it`,
  });
}
