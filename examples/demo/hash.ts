import { createHash } from "node:crypto";

/** One SHA-256 over all logs of a recording, in the order of their names. */
export function hashLogs(folder: string): string {
  const hash = createHash("sha256");
  for (const name of Array.from(Deno.readDirSync(folder), ({ name }) => name).sort()) {
    if (name.endsWith(".blog")) hash.update(name).update(Deno.readFileSync(`${folder}/${name}`));
  }
  return hash.digest("hex");
}
