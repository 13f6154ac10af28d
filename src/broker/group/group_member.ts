import { WireReader } from "../protocol/wire_reader.ts";
import type { Joiner, JoinRequest, JoinResponse, SyncResponse } from "./group_types.ts";

/** One member of a group. */
export interface Member {
  readonly id: string;
  /** Of a static member (KIP-345). */
  readonly instanceId: string | null;
  /** What its client calls itself, and where it is. */
  readonly client: string;
  readonly host: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  /** What it can speak, in the order of its preference. */
  protocols: JoinRequest["protocols"];
  /** What the leader gave it. */
  assignment: Uint8Array;
  /** Answers its JoinGroup, while it waits for the others. */
  joining: ((response: JoinResponse) => void) | undefined;
  /** Answers its SyncGroup, while it waits for the leader. */
  syncing: ((response: SyncResponse) => void) | undefined;
  /** Takes back the end of its session. */
  stopTimer: () => void;
}

/** What a leader gave to nobody. */
export const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array();

/** A member as it comes. */
export function createMember(id: string, request: JoinRequest, { client, host }: Joiner): Member {
  return {
    id,
    instanceId: request.groupInstanceId,
    client,
    host,
    ...termsOf(request),
    assignment: NOTHING,
    joining: undefined,
    syncing: undefined,
    stopTimer: () => {},
  };
}

/** What a member asks for. Its bytes are copied: they are views of a request. */
export function termsOf(
  { sessionTimeoutMs, rebalanceTimeoutMs, protocols }: JoinRequest,
): Pick<Member, "sessionTimeoutMs" | "rebalanceTimeoutMs" | "protocols"> {
  return {
    sessionTimeoutMs,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? sessionTimeoutMs : rebalanceTimeoutMs,
    protocols: protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() })),
  };
}

/** Whether it speaks the same as before, and wants the same in all that it speaks. */
export function wantsTheSame({ protocols: before }: Member, { protocols: after }: JoinRequest): boolean {
  return before.length === after.length &&
    before.every(({ name, metadata }, i) => name === after[i]!.name && equal(metadata, after[i]!.metadata));
}

/** Whether it still speaks this protocol, and wants the same in it. */
export function wantsTheSameIn(
  protocol: string | null,
  { protocols: before }: Member,
  { protocols: after }: JoinRequest,
): boolean {
  const wanted = (protocols: Member["protocols"]) => protocols.find(({ name }) => name === protocol)?.metadata;
  const [old, now] = [wanted(before), wanted(after)];
  return old !== undefined && now !== undefined && equal(old, now);
}

/** The protocols that all members can speak. */
export function commonProtocols(members: readonly Pick<Member, "protocols">[]): string[] {
  const [first, ...others] = members;
  const names = first?.protocols.map(({ name }) => name) ?? [];
  return names.filter((name) => others.every(({ protocols }) => protocols.some((each) => each.name === name)));
}

/** The protocol that most members like best, among those that all can speak; the first of the first member wins a tie. */
export function electProtocol(members: readonly Member[]): string {
  const common = commonProtocols(members);
  const votes = new Map(common.map((name) => [name, 0]));
  for (const { protocols } of members) {
    const choice = protocols.find(({ name }) => votes.has(name))!.name;
    votes.set(choice, votes.get(choice)! + 1);
  }
  return common.reduce((best, name) => votes.get(name)! > votes.get(best)! ? name : best);
}

/**
 * Whether a member wants this topic, as far as can be seen: consumers begin what they say with a version and the names of
 * their topics (ConsumerProtocolSubscription). Of who says something else it is not known, so it may.
 */
export function mayWant(topic: string, { protocols: [first] }: Member, protocolType: string | null): boolean {
  if (protocolType !== "consumer" || first === undefined) return true;
  try {
    const from = new WireReader(first.metadata);
    from.int16();
    for (let left = from.count() ?? 0; left > 0; left--) if (from.string() === topic) return true;
    return false;
  } catch {
    return true;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
