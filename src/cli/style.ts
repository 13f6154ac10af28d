import type { Io, Sink } from "./io.ts";

export { clean, cleanJson } from "../errors/mod.ts";

/** Paints text for one sink, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** The few styles there are. Colour never carries a meaning that the text does not. */
export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

/** Whether `sink` gets colour: the flag, then NO_COLOR, FORCE_COLOR and TERM=dumb, then whether it is a terminal. */
export function wantsColor(sink: Sink, io: Pick<Io, "env">, when: string | undefined): boolean {
  if (when === "always" || when === "never") return when === "always";
  if (io.env("NO_COLOR")) return false;
  const force = io.env("FORCE_COLOR");
  if (force) return force !== "0" && force !== "false";
  return sink.isTerminal && io.env("TERM") !== "dumb";
}

/** A painter that paints, or one that does nothing. */
export function createPaint(color: boolean): Paint {
  if (!color) return (_style, text) => text;
  return (style, text) => `\x1b[${codes[style][0]}m${text}\x1b[${codes[style][1]}m`;
}
