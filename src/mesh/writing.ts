import { TinmanError } from "../errors/mod.ts";
import type { Payload } from "./event.ts";
import { isSealable } from "./kinds.ts";
import type { Replica } from "./replica.ts";
import type { Run } from "./run.ts";

/** What somebody says, by its kind. */
export interface SaidByKind {
  readonly kind: string;
  readonly payload: Payload;
}

/** Whether what this device writes would be taken by others. @throws {TinmanError} `DENIED` */
export function checkMayWrite({ info, key, members }: Replica, run: Run): void {
  // Who joins may not have heard yet of the invitation that it holds; whether it counts, others say, too.
  if (run.from === 1 && run.events[0]!.kind === "member.join") return;
  const admission = members.admits(key.device, run);
  if (admission === "yes") return;
  if (admission !== "wait" && run.from + run.events.length - 1 <= admission.cutoff) return;
  const hasJoined = admission === "wait" && run.from > 1;
  const why = hasJoined
    ? "it has joined, and has met nobody yet who knows its invitation"
    : admission === "wait"
    ? "it is no member yet"
    : "it may only read, or was removed";
  throw new TinmanError("DENIED", `Cannot write to ${info.name} from this device: ${why}`, {
    what: `write:${info.name}`,
    hint: hasJoined ? "`tinman mesh sync` with whoever invited it" : "an admin can invite it: `tinman mesh invite`",
  });
}

/** Whether all that this device has written is here; `theirs` is how much a peer has of it. @throws {TinmanError} `UNAVAILABLE` */
export function checkIsWhole(
  { info }: Replica,
  { ours, theirs }: { readonly ours: number; readonly theirs: number },
): void {
  if (ours >= theirs) return;
  const message = `Cannot write to ${info.name}: a peer has ${theirs} events of this device, here are ${ours}`;
  throw new TinmanError("UNAVAILABLE", message, {
    what: "the rest of its own feed",
    hint: "this device was restored from an older copy: sync with that peer first, so that it does not fork",
  });
}

/** What this device says as its event `seq`, sealed where that is done. @throws {TinmanError} `UNAVAILABLE` without a key */
export function sealedSaid({ info, key, keyring }: Replica, said: SaidByKind, seq: number): SaidByKind {
  if (info.privacy !== "sealed" || !isSealable(said.kind)) return said;
  if (keyring.current !== undefined) return keyring.seal(said, { device: key.device, seq });
  const message = `Cannot write to ${info.name}: this device was not given the key that its members share`;
  const hint = "sync with a peer that has been in touch with an admin since this device joined";
  throw new TinmanError("UNAVAILABLE", message, { what: "the key of the dataset", hint });
}
