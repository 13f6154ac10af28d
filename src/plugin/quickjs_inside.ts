import { createBorder } from "./border.ts";
import { guestMain } from "./guest.ts";
import type { FromGuest, GuestModule, ToGuest } from "./protocol.ts";

/** What the code inside is made of. */
interface Parts {
  readonly createBorder: typeof createBorder;
  readonly guestMain: typeof guestMain;
  readonly importModule: (name: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** The text that runs first in QuickJS: a function that is given `say` and returns what takes messages. */
export const insideText =
  `(${connect})({ createBorder: ${createBorder}, guestMain: ${guestMain}, importModule: (name) => import(name) })`;

/**
 * Nothing in it may refer to anything outside of it but types. What it needs of the language later, it keeps: the plugin
 * may replace whatever is global. If the plugin still gets in between, it can only say what it could say anyway.
 */
function connect({ createBorder, guestMain, importModule }: Parts) {
  return (say: (text: string, bytes: ArrayBuffer) => void) => {
    const MAX_WAITING = 64 * 1024;
    const border = createBorder({ maxDepth: 90 });
    const Bytes = Uint8Array;
    const nothing = new ArrayBuffer(0);
    let texts = "";
    let pieces: Uint8Array[] = [];
    let size = 0;

    const send = (message: FromGuest) => {
      const { text, bytes } = border.pack(message, message[0]);
      // What was said before a plugin hangs shall be heard, above all its messages for people.
      if (texts.length + size + text.length > MAX_WAITING) flush();
      texts += texts === "" ? text : `,${text}`;
      for (let i = 0; i < bytes.length; i++) {
        pieces[pieces.length] = bytes[i]!.slice();
        size += bytes[i]!.length;
      }
      if (message[0] === "log") flush();
    };

    const flush = () => {
      if (texts === "") return;
      let buffer = nothing;
      if (size > 0) {
        const all = new Bytes(size);
        let at = 0;
        for (let i = 0; i < pieces.length; i++) {
          all.set(pieces[i]!, at);
          at += pieces[i]!.length;
        }
        buffer = all.buffer;
      }
      const text = `[${texts}]`;
      [texts, pieces, size] = ["", [], 0];
      say(text, buffer);
    };

    const load = (modules: readonly GuestModule[]) => importModule(modules[modules.length - 1]!.name);
    const take = guestMain({ send, load });
    const none = new Bytes(0);
    return (text?: string, buffer?: ArrayBuffer) => {
      if (text === undefined) return flush();
      take(border.unpack(text, buffer === undefined ? none : new Bytes(buffer)) as ToGuest);
    };
  };
}
