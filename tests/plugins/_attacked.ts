import { openQuickJs } from "../../src/plugin/quickjs.ts";
import type { Effective } from "../../src/plugin/resolve.ts";
import type { Guest } from "../../src/plugin/protocol.ts";
import type { Attack } from "./_attacks.ts";
import { openGuest } from "./_process.ts";
import { openUnlinked } from "./_unlinked.ts";

/** Where attacks are run: a column of the table. */
export interface Attacked {
  readonly name: string;
  /** Whether this attack means something there. */
  applies(attack: Attack): boolean;
  open(effective: Effective): Guest | Promise<Guest>;
}

const memoryMB = 48;

/** The tiers with a border, and a process whose modules nobody has looked at. */
export const attacked: readonly Attacked[] = [
  {
    name: "quickjs",
    applies: ({ processOnly }) => processOnly !== true,
    open: () => openQuickJs({ plugin: "org.example.test", memoryMB, stallMs: 300, now: () => performance.now() }),
  },
  { name: "process", applies: () => true, open: (effective) => openGuest({ effective, limits: { memoryMB } }) },
  {
    name: "process, modules not looked at",
    applies: ({ imports, body }) =>
      imports !== undefined || /import\b|eval|Function|constructor|own/.test(body?.({ folder: "", port: 0 }) ?? ""),
    open: (effective) => openUnlinked({ effective }),
  },
];
