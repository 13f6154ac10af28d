import { datasetId, type DatasetInfo } from "../dataset.ts";
import { type DeviceKey, isSigned } from "../device.ts";
import type { Act, Said } from "./act.ts";
import type { Member } from "./evaluation.ts";
import { aboutKey, isProved } from "./ticket.ts";

/**
 * That whoever signed it, an admin, makes `to` one as well: another device, or the ticket of an invitation; or, of such a
 * ticket, that `to` has joined with it. It holds by itself, without the feed that it was said in. (SPEC M12)
 */
export interface Grant {
  /** The public key of the device, or the ticket: 64 hexadecimal digits. */
  readonly to: string;
  /** Ed25519, by the one before in the chain; the founder signs the first. */
  readonly proof: Uint8Array;
}

/** Most grants in a chain. */
export const MAX_GRANTS = 16;

/** Signs apart what makes somebody an admin, or is a further device of who writes it; other changes stay as they are. */
export function proveGrant<T extends { readonly kind: string }>(
  change: T,
  { info, key, list }: { readonly info: DatasetInfo; readonly key: DeviceKey; readonly list: readonly Member[] },
): T {
  const to = granteeOf(change as unknown as Said, { device: key.device, list });
  return to === undefined ? change : { ...change, proof: key.sign(grantMessage(datasetId(info), to)).toHex() };
}

/** The shortest chain from the founder to a device; undefined where there is none that can be proved. */
export function findGrants(
  acts: Iterable<Act>,
  { founder, device, dataset, isOut }: {
    readonly founder: string;
    readonly device: string;
    readonly dataset: Uint8Array;
    /** Whose word is not to be used, as they were removed. */
    isOut(device: string): boolean;
  },
): readonly Grant[] | undefined {
  const byGiver = Map.groupBy([...acts].flatMap(grantsIn), ({ by }) => by);
  const chains = new Map<string, readonly Grant[]>([[founder, []]]);
  // Chains are appended while this goes on, each behind the shorter ones.
  for (const [by, chain] of chains) {
    if (by === device) return chain;
    if (isOut(by) || chain.length === MAX_GRANTS) continue;
    for (const { to, proof } of byGiver.get(by) ?? []) {
      if (!chains.has(to) && isGranted({ to, proof }, { by, dataset })) chains.set(to, [...chain, { to, proof }]);
    }
  }
  return undefined;
}

/** Where a chain ends that begins with the founder: who is an admin by it; undefined when it does not hold. */
export function endOfGrants(
  chain: readonly Grant[],
  { founder, dataset }: { readonly founder: string; readonly dataset: Uint8Array },
): string | undefined {
  let by = founder;
  if (chain.length > MAX_GRANTS) return undefined;
  for (const grant of chain) {
    if (!isGranted(grant, { by, dataset })) return undefined;
    by = grant.to;
  }
  return by;
}

function isGranted({ to, proof }: Grant, { by, dataset }: { by: string; dataset: Uint8Array }): boolean {
  return isSigned(grantMessage(dataset, to), { device: by, signature: proof }) ||
    isProved(dataset, { ticket: by, proof: proof.toHex(), device: to });
}

function grantsIn({ by, said }: Act): (Grant & { readonly by: string })[] {
  if (said.kind === "member.join") return [{ by: said.ticket, to: by, proof: Uint8Array.fromHex(said.proof) }];
  const to = subjectOf(said);
  const proof = "proof" in said ? said.proof : undefined;
  return to === undefined || proof === undefined ? [] : [{ by, to, proof: Uint8Array.fromHex(proof) }];
}

function granteeOf(said: Said, { device, list }: { device: string; list: readonly Member[] }): string | undefined {
  const to = subjectOf(said);
  if (to === undefined || to === device) return undefined;
  if (!("of" in said) || said.of === undefined) return "role" in said && said.role === "admin" ? to : undefined;
  // A further device is what its member is: who adds one of its own gives no more than it has.
  const member = list.find(({ id }) => id === said.of);
  const isOwn = member?.devices.some((each) => each.device === device) ?? false;
  return isOwn || member?.role === "admin" ? to : undefined;
}

function subjectOf(said: Said): string | undefined {
  switch (said.kind) {
    case "member.add":
      return said.device;
    case "member.role":
      return said.member;
    case "member.invite":
      return said.ticket;
    default:
      return undefined;
  }
}

const GRANT = new TextEncoder().encode("tinman mesh admin 1\0");

function grantMessage(dataset: Uint8Array, to: string): Uint8Array {
  return aboutKey(GRANT, dataset, to);
}
