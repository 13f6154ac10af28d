import { scryptSync } from "node:crypto";
import { ByteWriter } from "../bytes/mod.ts";
import { TinmanError } from "../errors/mod.ts";
import { seal, unseal } from "./members/seal.ts";

/** What keeps bytes from whoever finds the disk. */
export interface Vault {
  /**
   * Bytes that only who knows the passphrase can read. The same bytes for the same place are sealed alike; others never
   * share a nonce, so what a crash has torn may be written again.
   */
  seal(plain: Uint8Array, place?: Uint8Array): Uint8Array;
  /** What was sealed; undefined when it was not by this vault, or not for this place, or is not as it was. */
  open(sealed: Uint8Array, place?: Uint8Array): Uint8Array | undefined;
}

/** How much longer sealed bytes are: a nonce and a tag (RFC 8439). */
export const VAULT_SEAL_BYTES = 12 + 16;

/** What is kept beside a vault to open it again: no secret. */
export interface VaultHeader {
  readonly v: 1;
  /** scrypt (RFC 7914): cost, block size, parallelisation. */
  readonly scrypt: { readonly N: number; readonly r: number; readonly p: number };
  /** 16 bytes of chance, in hexadecimal digits. */
  readonly salt: string;
  /** Sealed with the key: tells a wrong passphrase. */
  readonly check: string;
}

/** Takes 64 MiB and a few tenths of a second for each guess. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1 } as const;
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;
const CHECK = new TextEncoder().encode("tinman vault 1");

/** A new vault; `salt` is 16 bytes from the machine's own source of chance. @throws {TinmanError} `CONFIG` for no passphrase. */
export function createVault(
  passphrase: string,
  salt: Uint8Array,
): { readonly header: VaultHeader; readonly vault: Vault } {
  if (passphrase === "") throw new TinmanError("CONFIG", "Cannot encrypt with an empty passphrase", {});
  const vault = vaultOf(passphrase, { scrypt: SCRYPT, salt });
  return { header: { v: 1, scrypt: SCRYPT, salt: salt.toHex(), check: vault.seal(CHECK).toHex() }, vault };
}

/** Options of {@linkcode openVault}. */
export interface OpenVaultOptions {
  /** What is opened, for errors. @default {"the vault"} */
  readonly of?: string;
}

/** The vault that was made with this passphrase. @throws {TinmanError} `DENIED` for another one, `CONFIG` for no header. */
export function openVault(passphrase: string, header: unknown, { of = "the vault" }: OpenVaultOptions = {}): Vault {
  if (!isHeader(header)) {
    throw new TinmanError("CONFIG", `Cannot open ${of}: what says how it is encrypted was changed`, {});
  }
  const vault = vaultOf(passphrase, { scrypt: header.scrypt, salt: Uint8Array.fromHex(header.salt) });
  if (vault.open(Uint8Array.fromHex(header.check)) === undefined) {
    throw new TinmanError("DENIED", `Cannot open ${of}: it is encrypted, and the passphrase is another one`, {
      what: "passphrase",
      hint: "say the right one in the variable TINMAN_PASSPHRASE",
    });
  }
  return vault;
}

function vaultOf(
  passphrase: string,
  { scrypt, salt }: Pick<VaultHeader, "scrypt"> & { readonly salt: Uint8Array },
): Vault {
  // The same characters, however they were typed (RFC 8265 uses NFC as well).
  const text = passphrase.normalize("NFC");
  const key = new Uint8Array(scryptSync(text, salt, 32, { ...scrypt, maxmem: MAX_MEMORY_BYTES }));
  return {
    seal: (plain, place) => seal(plain, { key, place: wholePlace(place) }),
    open: (sealed, place) => unseal(sealed, { key, place: wholePlace(place) }),
  };
}

/** With its length before it: no place goes on in what is sealed there, so two that are sealed differ in their nonces. */
function wholePlace(place: Uint8Array | undefined): Uint8Array {
  return place === undefined ? CHECK : new ByteWriter(4 + place.length).u32(place.length).bytes(place).take();
}

function isHeader(value: unknown): value is VaultHeader {
  const { v, scrypt, salt, check } = (value ?? {}) as Partial<VaultHeader>;
  const isHex = (text: unknown) => typeof text === "string" && /^([0-9a-f]{2})+$/.test(text) && text.length <= 256;
  // Never weaker than what is written, nor so strong that it takes the machine.
  const { N = 0, r, p } = scrypt ?? {};
  const isCost = Number.isSafeInteger(Math.log2(N)) && N >= SCRYPT.N && N <= 2 ** 17 && r === 8 && p === 1;
  return v === 1 && isHex(salt) && isHex(check) && isCost;
}
