import { TinmanError } from "../errors/mod.ts";
import { covers } from "./capability.ts";
import type { Effective, EffectiveGrant } from "./resolve.ts";

/** What {@linkcode denyLinks} looks at. */
export interface LinkOptions {
  readonly realPath: (path: string) => string | undefined;
  readonly list: (path: string) => readonly string[];
}

/** Most entries of granted folders that are looked at. */
const MAX_ENTRIES = 20_000;

/**
 * Denies every link in a granted folder that leads to what is not granted: Deno compares the path of the link alone, and
 * then follows it. A plugin cannot make links itself, as that takes the permission for all files.
 */
export function denyLinks(effective: Effective, options: LinkOptions): Effective {
  const changed: Record<string, EffectiveGrant> = {};
  for (const name of ["read", "write"] as const) {
    const grant = effective[name];
    if (grant === undefined || grant.allow === true) continue;
    const isAllowed = (path: string) =>
      grant.allow === true || grant.allow.some((each) => covers(name, each, path)) &&
        !grant.deny.some((each) => covers(name, each, path));
    const out = grant.allow.filter((path) => path !== "/").flatMap((path) => linksOut(path, isAllowed, options));
    changed[name] = { allow: grant.allow, deny: [...new Set([...grant.deny, ...out])].sort() };
  }
  return { ...effective, ...changed };
}

function linksOut(root: string, isAllowed: (path: string) => boolean, { realPath, list }: LinkOptions): string[] {
  const found: string[] = [];
  const folders = [root];
  let looked = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of list(folder)) {
      if (++looked > MAX_ENTRIES) throw tooLarge(root);
      const path = `${folder}/${name}`;
      const real = realPath(path)?.replaceAll(SEPARATOR, "/");
      if (real === path) folders.push(path);
      // One that leads nowhere yet can lead anywhere later.
      else if (real === undefined || !isAllowed(real)) found.push(path);
    }
  }
  return found;
}

// Only a drive letter tells that a backslash is not a part of a name.
const SEPARATOR = /(?<=^[A-Za-z]:.*)\\/g;

function tooLarge(path: string): TinmanError<"DENIED"> {
  return new TinmanError("DENIED", `Cannot grant ${path}: it has more than ${MAX_ENTRIES} files, any may be a link`, {
    what: path,
    hint: "grant a smaller folder, or the single files",
  });
}
