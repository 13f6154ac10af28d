/** Most characters of a path in a package: what a plain tar header holds. */
export const MAX_PATH = 100;

/**
 * Why `path` cannot be the path of a file in a package, if it cannot. What is left is the same file on every system and
 * stays below its folder: `src/parse.ts`.
 */
export function pathProblem(path: string): string | undefined {
  if (path.length > MAX_PATH) return `it is longer than ${MAX_PATH} characters`;
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "it is absolute";
  for (const part of path.split("/")) {
    if (part === "..") return "it leads out of the package";
    if (part === "" || part === ".") return "a part of it is empty or a dot";
    if (!/^[A-Za-z0-9_@+.-]+$/.test(part)) return "it has other characters than A-Z a-z 0-9 _ @ + . -";
    if (part.startsWith(".")) return "a part of it is hidden";
    if (part.endsWith(".")) return "a part of it ends with a dot";
    if (RESERVED.test(part)) return `${part} is a device on Windows`;
  }
  return undefined;
}

/** `./b.ts` as `src/a.ts` says it is `src/b.ts`; undefined when it leads out of the package. */
export function resolveIn(from: string, specifier: string): string | undefined {
  const parts = from.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

// Windows: "Naming files, paths, and namespaces", also with any extension.
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i;
