/** What a key asks of a replay. */
export type KeyAction = "pause" | "step" | "step10" | "faster" | "slower" | "quit";

/** What the help says about the keys. */
export const keysHelp =
  "Keys on a terminal: space pauses and goes on, → steps one frame, ← steps ten, ↑ doubles the speed, ↓ halves it, q quits.";

const actions: Readonly<Record<string, KeyAction>> = {
  " ": "pause",
  "\x1b[C": "step",
  ".": "step",
  "\x1b[D": "step10",
  "\x1b[A": "faster",
  "+": "faster",
  "\x1b[B": "slower",
  "-": "slower",
  q: "quit",
  Q: "quit",
  // Ctrl-C and Ctrl-D, where the terminal hands them over as bytes.
  "\x03": "quit",
  "\x04": "quit",
};

/** The actions in what a terminal sent; unknown keys are nothing. Arrows come as `ESC [ A` or `ESC O A`. */
export function* readActions(bytes: Uint8Array): Iterable<KeyAction> {
  const text = new TextDecoder().decode(bytes);
  // deno-lint-ignore no-control-regex
  for (const [key] of text.matchAll(/\x1b[[O][0-9;]*[A-Za-z~]|[\s\S]/g)) {
    const action = actions[key.replace("\x1bO", "\x1b[")];
    if (action !== undefined) yield action;
  }
}
