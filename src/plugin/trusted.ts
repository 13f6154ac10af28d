import { parse } from "es-module-lexer/js";
import { createBorder } from "./border.ts";
import { guestMain } from "./guest.ts";
import type { FromGuest, Guest, GuestModule, ToGuest } from "./protocol.ts";

/** Options of {@linkcode openTrusted}. */
export interface TrustedOptions {
  /** Resolves when all that could go on by itself has. Without it, the guest never says that it is idle. */
  readonly settled?: () => Promise<void>;
  /** Loads modules in another way, and gives the exports of the last. @default {from blob URLs} */
  readonly loadModules?: (modules: readonly GuestModule[]) => Promise<Readonly<Record<string, unknown>>>;
}

/**
 * Runs a plugin in this very process, with all that the process may do: only for a project's own code. Values are
 * checked as at every border, but not copied. What hangs in it hangs everything.
 */
export function openTrusted({ settled, loadModules }: TrustedOptions = {}): Guest {
  const border = createBorder();
  const urls: string[] = [];
  let closed = false;

  const load = loadModules ?? ((modules) => importBlobs(modules, urls));
  const send = (message: FromGuest) => {
    border.check(message, message[0]);
    // Later, as from every other tier: what hears it may post again.
    queueMicrotask(() => closed || guest.onMessage(message));
  };
  const settle = settled && (async () => {
    await settled();
    // The word that it is idle comes after all that was said before.
    await Promise.resolve();
  });
  const take = guestMain({ send, load, settled: settle });

  const guest: Guest = {
    tier: "trusted",
    onMessage: () => {},
    onGone: () => {},
    post(message: ToGuest) {
      border.check(message, message[0]);
      if (!closed) take(message);
    },
    close() {
      closed = true;
      for (const url of urls.splice(0)) URL.revokeObjectURL(url);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => guest.close(),
  };
  return guest;
}

/** What plugins import as `tinman/plugin`. */
const pluginModule: GuestModule = { name: "tinman/plugin", code: "export const definePlugin = (plugin) => plugin;" };

async function importBlobs(modules: readonly GuestModule[], urls: string[]) {
  const urlOf = new Map<string, string>();
  for (const { name, code } of [pluginModule, ...modules]) {
    const url = URL.createObjectURL(new Blob([replaceImports(code, urlOf)], { type: "text/javascript" }));
    urlOf.set(name, url);
    urls.push(url);
  }
  return await import(urls.at(-1)!);
}

/** The code with the modules that it imports named by their URLs. */
function replaceImports(code: string, urlOf: ReadonlyMap<string, string>): string {
  const [imports] = parse(code);
  let text = "";
  let at = 0;
  for (const found of imports) {
    if (typeof found.specifier !== "string") continue;
    const url = urlOf.get(found.specifier);
    if (url === undefined) throw new Error(`Cannot import "${found.specifier}": the plugin has no such module`);
    // A literal import() is found with its quotes, a static one without.
    text += code.slice(at, found.start) + (found.type === "dynamic" ? JSON.stringify(url) : url);
    at = found.end;
  }
  return text + code.slice(at);
}
