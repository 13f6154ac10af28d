import { TinmanError } from "../errors/mod.ts";
import { parseJsonc, Problems, type TextRules } from "../jsonc/mod.ts";
import { type PluginPackage, SIGNATURE_FILE, toText } from "./package.ts";

/** How a public key is written: `ed25519:` and its 32 bytes in base64. */
export const KEY: TextRules = { shape: /^ed25519:[A-Za-z0-9+/]{43}=$/, what: "a key such as ed25519:… (44 letters)" };

/** A new key for signing plugins: the public part for everybody, the private one (PKCS #8, base64) for nobody else. */
export async function createSigningKey(): Promise<{ readonly publicKey: string; readonly privateKey: string }> {
  const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]) as CryptoKeyPair;
  const [publicBytes, privateBytes] = await Promise.all([
    crypto.subtle.exportKey("raw", pair.publicKey),
    crypto.subtle.exportKey("pkcs8", pair.privateKey),
  ]);
  return { publicKey: formatKey(publicBytes), privateKey: new Uint8Array(privateBytes).toBase64() };
}

/**
 * The content of `plugin.sig`: an Ed25519 signature (RFC 8032) over the tree hash of a package.
 *
 * @throws {TinmanError} `CONFIG` when the private key cannot be used.
 */
export async function signPackage(pkg: PluginPackage, privateKey: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = Uint8Array.fromBase64(privateKey.trim());
    const key = await crypto.subtle.importKey("pkcs8", bytes, "Ed25519", true, ["sign"]);
    const { x } = await crypto.subtle.exportKey("jwk", key) as { x: string };
    const signature = await crypto.subtle.sign("Ed25519", key, messageOf(pkg));
    const publicKey = formatKey(Uint8Array.fromBase64(x, { alphabet: "base64url" }));
    const text = { key: publicKey, signature: new Uint8Array(signature).toBase64() };
    return new TextEncoder().encode(JSON.stringify(text, undefined, 2) + "\n");
  } catch (cause) {
    throw new TinmanError("CONFIG", "Cannot sign the plugin: expected an Ed25519 key as PKCS #8 in base64", { cause });
  }
}

/**
 * The key that signed a package, or undefined when none did.
 *
 * @throws {TinmanError} `INTEGRITY` when there is a signature, and it is not one of these bytes.
 */
export async function verifySignature(pkg: PluginPackage): Promise<string | undefined> {
  if (pkg.signature === undefined) return undefined;
  const problems = new Problems();
  const { id } = pkg.manifest;
  const path = `${pkg.folder}/${SIGNATURE_FILE}`;
  const { value } = parseJsonc(toText(pkg.signature, pkg.folder, SIGNATURE_FILE), { path });
  const top = problems.object(value, "", ["key", "signature"]);
  const key = problems.text(top.key, "key", KEY);
  const signature = problems.text(top.signature, "signature", {
    shape: /^[A-Za-z0-9+/]{86}==$/,
    what: "64 bytes in base64",
  });
  if (key === undefined || signature === undefined) {
    throw new TinmanError("INTEGRITY", `Cannot use ${path}: ${problems.found.join("; ")}`, { plugin: id, path });
  }
  if (await isSigned(messageOf(pkg), key, signature)) return key;
  throw new TinmanError("INTEGRITY", `Cannot use plugin ${id}: its signature is not one of these bytes`, {
    plugin: id,
    path,
    hint: `get it again from its author; who changed it on purpose removes ${SIGNATURE_FILE}`,
  });
}

/** Who signed a plugin, who the version before it, and who may. */
export interface Signers {
  readonly signer: string | undefined;
  readonly previous: string | undefined;
  readonly trusted: readonly string[];
}

/**
 * Refuses a plugin that nobody trusted has signed, when anybody is trusted, and one that somebody else signed than before.
 *
 * @throws {TinmanError} `DENIED`.
 */
export function checkSigner(id: string, { signer, previous, trusted }: Signers): void {
  const isTrusted = signer !== undefined && trusted.includes(signer);
  const who = signer === undefined ? "nobody has signed it" : `${signer} has signed it`;
  const problem = trusted.length > 0 && !isTrusted
    ? `${who}, and only trusted keys may`
    : previous !== undefined && previous !== signer
    ? `${who}, and ${previous} the version before`
    : undefined;
  if (problem === undefined) return;
  const hint = signer === undefined
    ? "take it all the same with --untrusted"
    : `tinman plugin trust ${signer}, or take it all the same with --untrusted`;
  throw new TinmanError("DENIED", `Cannot add plugin ${id}: ${problem}`, { what: id, hint });
}

async function isSigned(message: Uint8Array<ArrayBuffer>, key: string, signature: string): Promise<boolean> {
  try {
    const bytes = Uint8Array.fromBase64(key.slice("ed25519:".length));
    const imported = await crypto.subtle.importKey("raw", bytes, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", imported, Uint8Array.fromBase64(signature), message);
  } catch {
    return false;
  }
}

// With a word of its own, so that no signature made for something else fits.
function messageOf({ sha256 }: PluginPackage): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`tinman plugin 1\n${sha256}\n`);
}

function formatKey(bytes: ArrayBuffer | Uint8Array): string {
  return `ed25519:${(bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes)).toBase64()}`;
}
