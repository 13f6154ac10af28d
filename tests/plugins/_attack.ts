import { pluginText, Talk } from "../../src/plugin/_guest_talk.ts";
import type { FromGuest, Guest } from "../../src/plugin/protocol.ts";
import type { Attack, Scene } from "./_attacks.ts";

/** What came of an attack, from best to worst. */
export type Outcome =
  /** It was not even loaded, threw, or found nothing. */
  | "refused"
  /** It went through and has nothing from it. */
  | "harmless"
  /** It did harm to itself alone: it was ended, and why is told. */
  | "contained"
  /** It got something. */
  | "escaped";

/** An outcome, and what was said about it. */
export interface Report {
  readonly outcome: Outcome;
  readonly detail: string;
}

/** Options of {@linkcode runAttack}. */
export interface AttackOptions {
  readonly scene: Scene;
  /** How long it may be silent. @default {1000} */
  readonly stallMs?: number;
}

/** Lets a guest run an attack to its end. */
export async function runAttack(attack: Attack, guest: Guest, options: AttackOptions): Promise<Report> {
  const { scene, stallMs = 1000 } = options;
  await using talk = new Talk(guest);
  const text = `${attack.imports?.(scene) ?? ""}\n${
    pluginText(`async (context) => {
    const attack = async () => { ${attack.body?.(scene) ?? ""} };
    try {
      await context.out.report.publish("got " + String(await attack()).slice(0, 200));
    } catch (error) {
      await context.out.report.publish("refused " + String(error).slice(0, 200));
    }
  }`)
  }`;
  const report = async (): Promise<Report> => {
    const [kind, loaded] = await talk.load(text) as Extract<FromGuest, readonly ["broken", unknown]>;
    if (kind === "broken") return { outcome: "refused", detail: loaded.message };
    talk.start(1, { outputs: ["report", "loot"], room: 1000 });
    const end = await talk.until((message) => message[0] === "done" || message[0] === "failed");
    if (end[0] === "failed") return { outcome: "refused", detail: end[2].message };
    const said = String(talk.values(1, "report")[0]);
    const value = said.slice(said.indexOf(" ") + 1);
    if (said.startsWith("refused ")) return { outcome: "refused", detail: value };
    return { outcome: attack.harmless?.(value) ? "harmless" : "escaped", detail: value };
  };
  const hear = guest.onGone;
  const ended = new Promise<Report>((resolve) => {
    guest.onGone = (error) => {
      hear(error);
      resolve({ outcome: "contained", detail: error.message });
    };
  });
  let timer;
  const silent = new Promise<Report>((resolve) => {
    const what = { outcome: "contained", detail: `killed after it was silent for ${stallMs} ms` } as const;
    timer = setTimeout(() => resolve(what), stallMs);
  });
  try {
    return await Promise.race([report().catch(() => ended), ended, silent]);
  } finally {
    clearTimeout(timer);
    await guest.close(0);
  }
}
