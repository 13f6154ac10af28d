import { createBorder, type Packed } from "./border.ts";
import { type guestMain, guestText } from "./guest.ts";
import type { FromGuest, GuestModule, ToGuest } from "./protocol.ts";

/** What the code inside is made of. */
interface Parts {
  readonly createBorder: typeof createBorder;
  readonly guestMain: typeof guestMain;
  readonly importModule: (name: string) => Promise<Readonly<Record<string, unknown>>>;
}

/** The text that runs first in QuickJS: a function that is given `say` and returns what takes messages. */
export const insideText =
  `(${connect})({ createBorder: ${createBorder}, guestMain: ${guestText}, importModule: (name) => import(name) })`;

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
    const { stringify } = JSON;
    let texts = "";
    let open = "";
    let pieces: Uint8Array[] = [];
    let size = 0;

    const add = ({ text, bytes }: Packed) => {
      texts += text;
      for (let i = 0; i < bytes.length; i++) {
        pieces[pieces.length] = bytes[i]!.slice();
        size += bytes[i]!.length;
      }
    };

    const send = (message: FromGuest) => {
      if (message[0] === "values") return sendValues(message[1], message[2], message[3]);
      const packed = border.pack(message, message[0]);
      prepare(packed.text.length, "");
      add(packed);
      // What was said before a plugin hangs shall be heard, above all its messages for people.
      if (message[0] === "log") flush();
    };

    /** Values of one output that come one by one go together: what the host does for a message, it does for all of them. */
    const sendValues = (run: number, port: string, values: readonly unknown[]) => {
      const { text, bytes } = border.pack(values, "values");
      const start = `["values",${run},${stringify(port)},[`;
      prepare(text.length, start);
      add({ text: text.slice(1, -1), tagged: true, bytes });
    };

    /** Makes ready for a message, or for more of the last one if that began in the same way. */
    const prepare = (length: number, start: string) => {
      if (texts.length + size + length > MAX_WAITING) flush();
      const more = start !== "" && start === open;
      if (texts !== "") texts += more ? "," : `${open === "" ? "" : "]]"},`;
      if (!more) texts += start;
      open = start;
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
      const text = `[${texts}${open === "" ? "" : "]]"}]`;
      [texts, open, pieces, size] = ["", "", [], 0];
      say(text, buffer);
    };

    const load = (modules: readonly GuestModule[]) => importModule(modules[modules.length - 1]!.name);
    const take = guestMain({ send, load });
    const none = new Bytes(0);
    return (text?: string, buffer?: ArrayBuffer) => {
      if (text === undefined) return flush();
      const bytes = buffer === undefined ? none : new Bytes(buffer);
      take(border.unpack(text, bytes, buffer !== undefined) as ToGuest);
    };
  };
}
