import { TinmanError } from "../errors/mod.ts";
import { type Files, readFile } from "../files/mod.ts";
import { editJsonc, join, parseJsonc, Problems } from "../jsonc/mod.ts";
import { type CapabilityName, capabilityNames, kindOf, valueProblem } from "./capability.ts";
import { isPluginId } from "./manifest.ts";
import type { Grant, Grants } from "./resolve.ts";
import { KEY } from "./signature.ts";

/** The file that says what plugins may do in a project, for people. */
export const GRANTS_FILE = "tinman.grants.jsonc";

/** What `tinman.grants.jsonc` says. */
export interface GrantsFile {
  /** What each plugin may do, by id. */
  readonly grants: Readonly<Record<string, Grants>>;
  /** Keys whose plugins may be added; with none, any may. */
  readonly trust: readonly string[];
}

/**
 * What the grants in a project say; nothing without the file.
 *
 * @throws {TinmanError} `CONFIG`, with all problems at once.
 */
export function readGrants(files: Files, project: string): GrantsFile {
  return parseGrants(readText(files, project), `${project}/${GRANTS_FILE}`);
}

/** Sets what one plugin may do, nothing for `undefined`. Comments stay. */
export function writeGrants(files: Files, project: string, id: string, grants: Grants | undefined): void {
  const isEmpty = grants === undefined || Object.keys(grants).length === 0;
  edit(files, project, ["grants", id], isEmpty ? undefined : sorted(grants));
}

/** Sets the keys that are trusted. */
export function writeTrust(files: Files, project: string, trust: readonly string[]): void {
  edit(files, project, ["trust"], trust.length === 0 ? undefined : [...new Set(trust)].sort());
}

/**
 * Grants as they are written on a command line: `serial=/dev/ttyUSB0,/dev/ttyUSB1`, `net` for all of it, `-read=keys` to
 * deny. Two commas stand for one in a value.
 *
 * `action` is what is to be done with them, for messages.
 *
 * @throws {TinmanError} `USAGE`.
 */
export function parseGrantArguments(words: readonly string[], action: "grant" | "revoke" = "grant"): Grants {
  const found: Partial<Record<CapabilityName, { allow: string[] | true; deny: string[] }>> = {};
  for (const word of words) {
    const [, minus, given, list] = /^(-?)([^=]*)(?:=([^]*))?$/.exec(word)!;
    const problems = new Problems();
    const name = problems.oneOf(given, word, capabilityNames);
    const values = list?.replaceAll(",,", "\0").split(",").map((value) => value.replaceAll("\0", ","));
    for (const value of name === undefined ? [] : values ?? []) {
      const problem = value.includes("${") ? "name the value itself" : valueProblem(name!, value);
      if (problem !== undefined) problems.add(word, problem);
    }
    if (minus === "-" && values === undefined) problems.add(word, "say what to deny, or use `tinman plugin revoke`");
    if (problems.found.length > 0) {
      const hint = values?.includes("") ? `${given}=VALUE,… for these values, ${given} alone for all of it` : undefined;
      throw new TinmanError("USAGE", `Cannot ${action} ${problems.found.join("; ")}`, { argument: word, hint });
    }
    const grant = found[name!] ??= { allow: [], deny: [] };
    if (minus === "-") grant.deny.push(...values!);
    else if (values === undefined) grant.allow = true;
    else if (grant.allow !== true) grant.allow.push(...values);
  }
  return Object.fromEntries(
    Object.entries(found).map(([name, { allow, deny }]) => [name, deny.length > 0 ? { allow, deny } : { allow }]),
  );
}

/** `values` of a capability as {@linkcode parseGrantArguments} reads them, quoted for a shell where that is needed. */
export function formatGrant(name: CapabilityName, values: readonly string[] | true): string {
  if (values === true) return name;
  const word = `${name}=${values.map((value) => value.replaceAll(",", ",,")).join(",")}`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

const MAX_BYTES = 1024 * 1024;
const EMPTY = `// What plugins may do in this project. Nothing is allowed that is not here; \`deny\` beats \`allow\`.
// Written by \`tinman plugin grant\` and \`tinman plugin revoke\`, or by hand.
{
  "grants": {}
}
`;

function readText(files: Files, project: string): string {
  const bytes = readFile(files, `${project}/${GRANTS_FILE}`, MAX_BYTES);
  return bytes === undefined ? EMPTY : new TextDecoder().decode(bytes);
}

function edit(files: Files, project: string, keys: readonly string[], value: unknown): void {
  const path = `${project}/${GRANTS_FILE}`;
  const before = readText(files, project);
  const after = editJsonc(before, keys, value, path);
  if (after === before) return;
  parseGrants(after, path);
  files.replace(path, new TextEncoder().encode(after));
}

function parseGrants(text: string, path: string): GrantsFile {
  const problems = new Problems();
  const top = problems.object(parseJsonc(text, { path, maxLength: MAX_BYTES }).value, "", [
    "$schema",
    "grants",
    "trust",
  ]);
  const byId = top.grants === undefined ? {} : problems.object(top.grants, "grants");
  const grants = Object.entries(byId).map(([id, value]) => {
    const at = join("grants", id);
    if (!isPluginId(id)) problems.add(at, "it is not the id of a plugin");
    const names = Object.entries(problems.object(value, at, capabilityNames));
    return [
      id,
      Object.fromEntries(
        names.map(([name, each]) => [name, readGrant(name as CapabilityName, each, join(at, name), problems)]),
      ),
    ];
  });
  const trust = problems.list(top.trust, "trust").map((key, i) => problems.text(key, `trust[${i}]`, KEY) ?? "");
  if (problems.found.length === 0) return { grants: Object.fromEntries(grants), trust };
  throw new TinmanError("CONFIG", `Cannot use ${path}: ${problems.found.join("; ")}`, { path });
}

function readGrant(name: CapabilityName, value: unknown, at: string, problems: Problems): Grant {
  const { allow, deny } = problems.object(value, at, ["allow", "deny"]);
  const values = (list: unknown, place: string) =>
    problems.list(list, place, 1000).map((each, i) => {
      const text = problems.text(each, `${place}[${i}]`, { max: 1000 }) ?? "";
      const problem = text === "" || !(capabilityNames as readonly string[]).includes(name)
        ? undefined
        : text.includes("${")
        ? "name the value itself"
        : valueProblem(name, text);
      if (problem !== undefined) problems.add(`${place}[${i}]`, problem);
      return text;
    });
  if (allow === undefined) problems.add(`${at}.allow`, "it is missing: a list of values, or true for all");
  if (kindOf(name) === "none" && allow !== true) problems.add(`${at}.allow`, `${name} takes no values: expected true`);
  return {
    allow: allow === true ? true : values(allow, `${at}.allow`),
    ...(deny !== undefined && { deny: values(deny, `${at}.deny`) }),
  };
}

function sorted(grants: Grants): Grants {
  const list = (values: readonly string[]) => [...new Set(values)].sort();
  return Object.fromEntries(
    Object.entries(grants).sort(([a], [b]) => a < b ? -1 : 1).map(([name, { allow, deny = [] }]) => [
      name,
      { allow: allow === true ? true : list(allow), ...(deny.length > 0 && { deny: list(deny) }) },
    ]),
  );
}
