import { isTinmanError } from "../../errors/mod.ts";
import type { Files } from "../../files/mod.ts";
import type { Replica } from "../replica.ts";
import type { Vault } from "../vault.ts";
import { type AtRest, PLAIN, sealedAtRest } from "./at_rest.ts";
import { Attached } from "./attached.ts";
import { Carried, CARRY_MS, MAX_CARRIED_BYTES } from "./carried.ts";
import { PartFiles } from "./part_files.ts";
import { ASIDE } from "./set_aside.ts";
import { type Tally, tallyOf } from "./tally.ts";
import type { BlobRef } from "./tree.ts";
import { WholeBlobs } from "./whole_blobs.ts";

/** What {@linkcode checkBlobs} found. Blobs are counted once, however many attachments name them. */
export interface BlobsReport {
  /** What is attached, is all here, and is what its name says. */
  readonly whole: Tally;
  /** What is attached and has begun to come; what is here of it is checked when it is put together. */
  readonly coming: Tally;
  /** What is attached and has not begun to come: no damage. */
  readonly missing: Tally;
  /** What is kept for others, whole or in part, and cannot be read here. */
  readonly carried: Tally;
  /** What nothing names: it goes when a week has passed since that was first seen. */
  readonly unnamed: Tally;
  /** Damaged files that a repair has put there: they are nobody's any more, and may be deleted. */
  readonly aside: Tally;
  /** What is not what its name says, or could not be read. */
  readonly damaged: readonly DamagedBlob[];
  /** Names of files that belong to no blob, or were encrypted with another key. */
  readonly strange: readonly string[];
}

/** A file of a blob that is not what its name says. */
export interface DamagedBlob {
  readonly path: string;
  /** What is attached there, by its name; undefined for what is carried, or named by nothing. */
  readonly name?: string | undefined;
  /** Why it could not be read at all; undefined where it was, and is something else. */
  readonly unread?: string;
}

/**
 * Reads each whole blob in a folder, leaf by leaf, and compares it with its name. Changes nothing, and another process may
 * have the folder. `replica` says what is attached, and what is carried.
 *
 * @throws {TinmanError} what listing the folder throws
 */
export function checkBlobs(
  replica: Replica,
  { files, path, vault }: { readonly files: Files; readonly path: string; readonly vault?: Vault | undefined },
): BlobsReport {
  const atRest = vault === undefined ? PLAIN : sealedAtRest(vault);
  const whole = new WholeBlobs(files, path, atRest);
  const attached = new Attached(replica.view);
  const names = new Map(attached.all().map(({ blob, name }) => [blob, name]));
  const right: BlobRef[] = [];
  const damaged = new Map<string, DamagedBlob>();
  for (const [blob, size] of whole.sizes) {
    const at = `${path}/${atRest.fileName(blob)}`;
    const wrong = check(whole, blob);
    // Whoever has the folder may have removed it meanwhile.
    if (wrong === undefined) right.push({ blob, size });
    else if (files.stat(at) !== undefined) damaged.set(blob, { path: at, name: names.get(blob), ...wrong });
  }
  const begun = [...new PartFiles(files, path, atRest).refs].filter(({ blob }) => !whole.sizes.has(blob));
  const carried = carriedOf(replica, { attached, held: [...right, ...begun] });
  const isOf = { attached: (ref: BlobRef) => names.has(ref.blob), carried: (ref: BlobRef) => carried.has(ref.blob) };
  const isHere = new Set([...right, ...begun].map(({ blob }) => blob));
  const missing = new Map(attached.all().map((file) => [file.blob, file]));
  return {
    whole: tallyOf(right.filter(isOf.attached)),
    coming: tallyOf(begun.filter(isOf.attached)),
    missing: tallyOf(missing.values().filter(({ blob }) => !isHere.has(blob) && !damaged.has(blob))),
    carried: tallyOf([...right, ...begun].filter(isOf.carried)),
    unnamed: tallyOf([...right, ...begun].filter((ref) => !isOf.attached(ref) && !isOf.carried(ref))),
    damaged: [...damaged.values()],
    ...strangers(atRest, { files, path }),
  };
}

function check(whole: WholeBlobs, blob: string): Pick<DamagedBlob, "unread"> | undefined {
  try {
    return whole.check(blob) ? undefined : {};
  } catch (error) {
    if (!isTinmanError(error)) throw error;
    return { unread: error.message };
  }
}

function carriedOf(
  replica: Replica,
  { attached, held }: { readonly attached: Attached; readonly held: readonly BlobRef[] },
): ReadonlySet<string> {
  const store = { version: 0, held: () => [...held], accepts: () => true };
  const limits = { maxBytes: MAX_CARRIED_BYTES, maxMs: CARRY_MS };
  return new Carried({ replica, store, attached: () => attached.names(), ...limits }).names();
}

/** What is in the folder and is no blob. A name that ends in `.new` is a file that is just being replaced. */
function strangers(
  atRest: AtRest,
  { files, path }: { readonly files: Files; readonly path: string },
): Pick<BlobsReport, "aside" | "strange"> {
  const others = files.list(path).filter((name) => {
    const isPart = /^[0-9a-f]+\.\d{1,13}\.part$/.test(name);
    const blob = atRest.blobNamed(isPart ? name.slice(0, name.indexOf(".")) : name);
    return blob === undefined && name !== "unnamed.json" && !name.endsWith(".new");
  });
  const aside = others.filter((name) => ASIDE.test(name));
  return {
    aside: tallyOf(aside.map((name) => ({ size: files.stat(`${path}/${name}`)?.size ?? 0 }))),
    strange: others.filter((name) => !ASIDE.test(name)),
  };
}
