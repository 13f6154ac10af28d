import type { Files } from "../files/mod.ts";

/** A manifest that uses all there is, as a value. */
export function sampleManifest(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: "org.example.nmea",
    version: "1.2.0",
    api: "1",
    title: "NMEA 0183 GPS",
    license: "MIT",
    main: "mod.ts",
    provides: {
      nodes: [{ name: "gps", in: {}, out: { fix: "fixes" }, config: { port: { type: "string", optional: true } } }],
      codecs: [{ name: "sentence", version: 1 }],
      transports: [{ scheme: "gpsd" }],
    },
    capabilities: [
      { name: "serial", allow: ["${config.port}"], why: "read GPS sentences" },
      { name: "net", allow: ["127.0.0.1:10110"], why: "a feed of gpsd", optional: true },
    ],
    limits: { memoryMB: 32 },
    ...change,
  };
}

/** The files of a plugin in two modules. */
export function samplePlugin(change: Record<string, unknown> = {}): Record<string, string> {
  return {
    "plugin.jsonc": `// A sample.\n${JSON.stringify(sampleManifest(change), undefined, 2)}\n`,
    "mod.ts": `import { definePlugin } from "tinman/plugin";\nimport { parse } from "./src/parse.ts";\n` +
      `export default definePlugin({ codecs: { sentence: { version: 1, encode: parse, decode: parse } } });\n`,
    "src/parse.ts": `export const parse = (bytes: Uint8Array): Uint8Array => bytes;\n`,
  };
}

/** Puts texts into a folder. */
export function put(files: Files, folder: string, texts: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(texts)) {
    const full = `${folder}/${path}`;
    files.makeFolder(full.slice(0, full.lastIndexOf("/")));
    files.replace(full, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }
}

/** Files by path as bytes, for `createPackage`. */
export function bytesOf(texts: Readonly<Record<string, string>>): Map<string, Uint8Array> {
  return new Map(Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)]));
}

/** The same files with links: these paths lead to those. */
export function withLinks(files: Files, links: Readonly<Record<string, string>>): Files {
  const follow = (path: string): string => {
    for (const [from, to] of Object.entries(links)) {
      if (path === from || path.startsWith(`${from}/`)) return follow(to + path.slice(from.length));
    }
    return path;
  };
  return {
    open: (path, mode) => files.open(follow(path), mode),
    stat: (path) => files.stat(follow(path)),
    realPath: (path) => files.realPath(follow(path)),
    list: (path) => {
      const inside = Object.keys(links).filter((from) => from.slice(0, from.lastIndexOf("/")) === follow(path));
      return [...new Set([...files.list(follow(path)), ...inside.map((from) => from.slice(from.lastIndexOf("/") + 1))])]
        .sort();
    },
    makeFolder: (path) => files.makeFolder(follow(path)),
    replace: (path, bytes) => files.replace(follow(path), bytes),
    remove: (path) => files.remove(path),
    freeBytes: (path) => files.freeBytes(path),
    map: (path) => files.map(follow(path)),
  };
}
