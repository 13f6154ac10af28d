import { type Files, readFile } from "../../files/mod.ts";
import { type AtRest, PLAIN } from "./at_rest.ts";
import { WholeBlobs } from "./whole_blobs.ts";

/**
 * Seals what an older version left readable in an encrypted dataset. It may stop anywhere: a file goes when the sealed
 * one is there.
 */
export function sealOld(files: Files, path: string, atRest: AtRest): void {
  const names = files.list(path);
  const blobs = names.filter((name) => PLAIN.blobNamed(name) !== undefined);
  const whole = blobs.length === 0 ? undefined : new WholeBlobs(files, path, atRest);
  for (const blob of blobs) {
    const bytes = readFile(files, `${path}/${blob}`, Infinity)!;
    if (!whole!.sizes.has(blob)) whole!.keep({ blob, size: bytes.length }, bytes);
    files.remove(`${path}/${blob}`);
  }
  // Names of blobs are in these; what is lost with them comes again.
  for (const name of names) {
    const isOld = /^[0-9a-f]{64}\.\d{1,13}\.part$/.test(name) ||
      (name === "unnamed.json" &&
        atRest.open(readFile(files, `${path}/${name}`, Infinity)!, { is: "unnamed" }) === undefined);
    if (isOld) files.remove(`${path}/${name}`);
  }
}
