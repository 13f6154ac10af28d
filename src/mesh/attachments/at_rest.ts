import { ByteWriter } from "../../bytes/mod.ts";
import { type Vault, VAULT_SEAL_BYTES } from "../vault.ts";

/** How what belongs to blobs stands in files: as it is, or sealed so that who finds them can neither read nor know it. */
export interface AtRest {
  /** What a file with something of a blob is called, without its ending. */
  fileName(blob: string): string;
  /** The blob of a file with this name; undefined for all other files. */
  blobNamed(name: string): string | undefined;
  /** How much longer what is sealed is. */
  readonly sealBytes: number;
  /** Bytes for a place. */
  seal(plain: Uint8Array, place: FilePlace): Uint8Array;
  /** What was sealed for this place; undefined when it was not, or was changed. */
  open(sealed: Uint8Array, place: FilePlace): Uint8Array | undefined;
}

/** Where bytes belong: what is sealed for one place does not open at another. */
export interface FilePlace {
  /** A leaf of a whole blob, a piece of one that is on its way, the name of a file, or what is known of unnamed blobs. */
  readonly is: "leaf" | "piece" | "name" | "unnamed";
  /** Of which blob. @default {none} */
  readonly blob?: string;
  /** How long that is. @default {0} */
  readonly size?: number;
  /** Which leaf. @default {0} */
  readonly leaf?: number;
}

/** As it is. */
export const PLAIN: AtRest = {
  fileName: (blob) => blob,
  blobNamed: (name) => BLOB.test(name) ? name : undefined,
  sealBytes: 0,
  seal: (plain) => plain,
  open: (sealed) => sealed,
};

/**
 * Sealed with the key of a vault. The name of a file is the name of the blob, sealed: who has a file, too, cannot tell
 * whether it is here, but sees how long it is.
 */
export function sealedAtRest(vault: Vault): AtRest {
  return {
    fileName: (blob) => vault.seal(Uint8Array.fromHex(blob), placeBytes({ is: "name" })).toHex(),
    blobNamed(name) {
      const sealed = SEALED_BLOB.test(name) ? Uint8Array.fromHex(name) : undefined;
      return sealed && vault.open(sealed, placeBytes({ is: "name" }))?.toHex();
    },
    sealBytes: VAULT_SEAL_BYTES,
    seal: (plain, place) => vault.seal(plain, placeBytes(place)),
    open: (sealed, place) => vault.open(sealed, placeBytes(place)),
  };
}

const BLOB = /^[0-9a-f]{64}$/;
const SEALED_BLOB = /^[0-9a-f]{120}$/;
const KINDS = ["leaf", "piece", "name", "unnamed"] as const;
const NO_BLOB = "00".repeat(32);

function placeBytes({ is, blob = NO_BLOB, size = 0, leaf = 0 }: FilePlace): Uint8Array {
  const writer = new ByteWriter().bytes(DOMAIN).u8(KINDS.indexOf(is)).bytes(Uint8Array.fromHex(blob));
  return writer.u64(BigInt(size)).u32(leaf).take();
}

const DOMAIN = new TextEncoder().encode("tinman mesh blob at rest 1\0");
