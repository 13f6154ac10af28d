import { TinmanError } from "../errors/mod.ts";
import { covers } from "./capability.ts";
import type { Effective, EffectiveGrant } from "./resolve.ts";

/** What {@linkcode holdPaths} looks at. */
export interface HoldOptions {
  readonly realPath: (path: string) => string | undefined;
  /** Names in a folder; without it no links are looked for. */
  readonly list?: ((path: string) => readonly string[]) | undefined;
}

/** Most entries of granted folders that are looked at. */
const MAX_ENTRIES = 20_000;

/**
 * Makes Deno's checks hold, which compare names of paths and then follow links: denies every link in a granted folder
 * that leads to what is not granted, and refuses what a plugin could get around by moving folders. It cannot make links
 * itself, as that takes the permission for all files.
 *
 * @throws {TinmanError} `DENIED` for a grant that cannot be held.
 */
export function holdPaths(effective: Effective, options: HoldOptions): Effective {
  const { read, write } = effective;
  const held = {
    ...effective,
    ...(read !== undefined && { read: denyLinks("read", read, write, options) }),
    ...(write !== undefined && { write: denyLinks("write", write, write, options) }),
  };
  for (const name of ["read", "write"] as const) {
    for (const path of held[name]?.deny ?? []) checkHeld(path, held.write);
  }
  return held;
}

function denyLinks(
  name: "read" | "write",
  grant: EffectiveGrant,
  write: EffectiveGrant | undefined,
  { realPath, list }: HoldOptions,
): EffectiveGrant {
  const { allow, deny } = grant;
  if (allow === true || list === undefined) return grant;
  const isAllowed = (path: string) =>
    allow.some((each) => covers(name, each, path)) && !deny.some((each) => covers(name, each, path));
  // A link that can be moved can be made to lead elsewhere.
  const isHeld = (path: string, real: string) => isAllowed(real) && foldersAbove(path, write).length === 0;
  const out: string[] = [];
  for (const root of allow.filter((path) => path !== "/")) {
    const folders = [root];
    let looked = 0;
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of list(folder)) {
        if (++looked > MAX_ENTRIES) throw tooLarge(root);
        const path = `${folder}/${entry}`;
        const real = realPath(path)?.replaceAll(SEPARATOR, "/");
        if (real === path) folders.push(path);
        // One that leads nowhere yet can lead anywhere later.
        else if (real === undefined || !isHeld(path, real)) out.push(path);
      }
    }
  }
  return { ...grant, deny: [...new Set([...deny, ...out])].sort() };
}

/**
 * Refuses a denial that does not last: who may write the folders above `path` moves one of them, and the denial is of a
 * name that is not there any more. The only folder that cannot be moved is the only one that may be written.
 */
function checkHeld(path: string, write: EffectiveGrant | undefined): void {
  const above = foldersAbove(path, write);
  const [root] = above;
  // Who may write everything cannot be held to anything.
  if (write === undefined || root === undefined || above.includes("/")) return;
  if ((write.allow as readonly string[]).length === 1 && path.lastIndexOf("/") === root.length) return;
  const message =
    `Cannot grant write ${root}: ${path} must not be reached, and a plugin could move the folders above it`;
  throw new TinmanError("DENIED", message, { what: root, hint: "grant the folders that it needs, one by one" });
}

/** The granted folders below which `path` is. */
function foldersAbove(path: string, write: EffectiveGrant | undefined): readonly string[] {
  if (write === undefined || write.allow === true) return [];
  return write.allow.filter((each) => each !== path && covers("write", each, path));
}

// Only a drive letter tells that a backslash is not a part of a name.
const SEPARATOR = /(?<=^[A-Za-z]:.*)\\/g;

function tooLarge(path: string): TinmanError<"DENIED"> {
  return new TinmanError("DENIED", `Cannot grant ${path}: it has more than ${MAX_ENTRIES} files, any may be a link`, {
    what: path,
    hint: "grant a smaller folder, or the single files",
  });
}
