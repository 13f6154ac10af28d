import { TinmanError } from "../errors/mod.ts";
import { type Change, payloadOf } from "./change.ts";
import type { DatasetInfo } from "./dataset.ts";
import { headMessage } from "./device.ts";
import { checkOf, type EventRef, type MeshEvent, type Payload } from "./event.ts";
import type { Feed } from "./feed.ts";
import { whyNotIn } from "./invitations.ts";
import { findFix, findUnfit, isSealable } from "./kinds.ts";
import { proveGrant } from "./members/mod.ts";
import type { OwnFeed } from "./own_feed.ts";
import type { Replica } from "./replica.ts";
import type { Run } from "./run.ts";
import type { Unread } from "./view/mod.ts";

/**
 * Changes as a run that goes behind `feed`, under one signature, and what its events are called.
 *
 * @throws {TinmanError} `CONFIG` for a change that does not fit its kind, `UNAVAILABLE` without the key that seals it.
 */
export function signedRun(
  replica: Replica,
  { changes, feed }: { readonly changes: readonly Change[]; readonly feed: Feed },
): { readonly run: Run; readonly refs: EventRef[] } {
  const { info, key, members, view, hlc } = replica;
  const events = changes.map((change, i): MeshEvent => {
    checkIsRead(replica, change);
    const proved = proveGrant(change, { info, key, list: members.list() });
    const { kind, payload } = payloadOf(proved, view.superseded(change, feed));
    const unfit = findUnfit(kind, payload);
    if (unfit !== undefined) {
      throw new TinmanError("CONFIG", `Cannot write ${kind}: ${unfit}`, { hint: findFix(kind, payload) });
    }
    return { ...hlc.now(), ...sealedSaid(replica, { kind, payload }, feed.next + i) };
  });
  const { device } = key;
  const from = feed.next;
  const ids = feed.idsAfter(feed.last, events);
  const signature = key.sign(headMessage(ids.at(-1)!));
  return {
    run: { device, from, after: checkOf(feed.head), events, signature },
    refs: ids.map((id, i) => ({ device, seq: from + i, check: checkOf(id) })),
  };
}

/** Who erases something says what that had replaced, so it has to know. (SPEC V7) @throws {TinmanError} `UNAVAILABLE` */
function checkIsRead({ info, view }: Replica, change: Change): void {
  const unread = change.kind === "event.erase" ? view.unreadUpTo(change.event as EventRef) : undefined;
  if (unread === undefined) return;
  const [why, what, hint] = UNREAD[unread];
  throw new TinmanError("UNAVAILABLE", `Cannot erase in ${info.name} ${why}`, { what, hint });
}

const UNREAD: Readonly<Record<Unread, readonly [why: string, what: string, hint: string]>> = {
  absent: ["what is not here", "the event", "sync with a peer that has it, or erase it there"],
  missing: [
    "what this device has only in part: something that was written before it came without what it says",
    "what was left out by whoever passed it on",
    "sync with a peer that has it, or erase it there",
  ],
  sealed: [
    "what this device has no key for, or what was written behind that",
    "the key that its members share",
    "sync with a peer that has been in touch with an admin since this device joined",
  ],
};

/** Whether all that this device has written is here. @throws {TinmanError} `UNAVAILABLE` */
export function checkIsWhole({ name }: DatasetInfo, { last, theirs, isBehind }: OwnFeed): void {
  if (!isBehind) return;
  const message = `Cannot write to ${name}: this device has written ${theirs} events, here are ${last}`;
  throw new TinmanError("UNAVAILABLE", message, {
    what: "the rest of its own feed",
    hint:
      "the log was damaged, or is an older copy: sync with a peer first, so that it does not fork; where none has " +
      "them: tinman mesh fsck --forget",
  });
}

/** Whether what this device writes would be taken by others. @throws {TinmanError} `DENIED` */
export function checkMayWrite(replica: Replica, run: Run): void {
  const { info, key, members } = replica;
  // Who joins may not have heard yet of the invitation that it holds; whether it counts, others say, too.
  if (run.from === 1 && run.events[0]!.kind === "member.join") return;
  const admission = members.admits(key.device, run);
  if (admission === "yes") return;
  if (admission !== "wait" && run.from + run.events.length - 1 <= admission.cutoff) return;
  const hasJoined = admission === "wait" && run.from > 1;
  const notIn = hasJoined ? whyNotIn(replica) : undefined;
  const why = notIn !== undefined
    ? notIn
    : hasJoined
    ? "it has joined, and has met nobody yet who knows its invitation"
    : admission === "wait"
    ? "it is no member yet"
    : "it may only read, or was removed";
  throw new TinmanError("DENIED", `Cannot write to ${info.name} from this device: ${why}`, {
    what: `write:${info.name}`,
    hint: notIn !== undefined
      ? "an admin can invite it again: `tinman mesh join` in another folder"
      : hasJoined
      ? "`tinman mesh sync` with whoever invited it"
      : "an admin can invite it: `tinman mesh invite`",
  });
}

/** What somebody says, by its kind. */
interface SaidByKind {
  readonly kind: string;
  readonly payload: Payload;
}

/** What this device says as its event `seq`, sealed where that is done. @throws {TinmanError} `UNAVAILABLE` without a key */
function sealedSaid({ info, key, keyring }: Replica, said: SaidByKind, seq: number): SaidByKind {
  if (info.privacy !== "sealed" || !isSealable(said.kind)) return said;
  if (keyring.current !== undefined) return keyring.seal(said, { device: key.device, seq });
  const message = `Cannot write to ${info.name}: this device was not given the key that its members share`;
  const hint = "sync with a peer that has been in touch with an admin since this device joined";
  throw new TinmanError("UNAVAILABLE", message, { what: "the key of the dataset", hint });
}
