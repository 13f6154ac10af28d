import { stripTypeScriptTypes } from "node:module";
import type { App } from "./context.ts";

/** The files of the page, by path. */
export interface PageAssets {
  /** All paths. */
  list(): string[];
  /** The text of one. */
  read(path: string): string;
}

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  svg: "image/svg+xml",
  ts: "text/javascript; charset=utf-8",
};

/**
 * Serves the page. Its modules are TypeScript, without types by the time they arrive: there is nothing to build, and what a
 * browser runs is what stands in the repository, line by line. Paths are looked up in a list, so none leads elsewhere.
 */
export function pageFiles(app: App, assets: PageAssets): void {
  const paths = new Set(
    assets.list().filter((path) => path.slice(path.lastIndexOf(".") + 1) in TYPES && !/_test\.ts$/.test(path)),
  );
  const stripped = new Map<string, { readonly text: string; readonly script: string }>();
  const read = (path: string): string => {
    const text = assets.read(path);
    if (!path.endsWith(".ts")) return text;
    const kept = stripped.get(path);
    if (kept?.text === text) return kept.script;
    const script = stripTypes(text);
    stripped.set(path, { text, script });
    return script;
  };
  const give = (path: string) => new Response(read(path), { headers: { "content-type": typeOf(path) } });
  app.get("/assets/*", (c) => {
    const path = c.req.path.slice("/assets/".length);
    return paths.has(path) ? give(path) : c.notFound();
  });
  // One document for all pages: which one is shown is said by the path.
  app.get("/:page{[a-z]*}", () => give("index.html"));
}

/** What a browser runs of a module: without its types, and without what only people read. */
export function stripTypes(text: string): string {
  return stripTypeScriptTypes(text).replace(/^[ \t]*\/\*\*[^]*?\*\/[ \t]*$/gm, "").replace(/[ \t]+$/gm, "");
}

function typeOf(path: string): string {
  return TYPES[path.slice(path.lastIndexOf(".") + 1)] ?? "text/plain; charset=utf-8";
}
