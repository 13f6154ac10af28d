import type { JoinRequest, JoinResponse, SyncResponse } from "./group.ts";

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
