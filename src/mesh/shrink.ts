import { TinmanError } from "../errors/mod.ts";
import { type Base, openBase } from "./base.ts";
import { sameId } from "./event.ts";
import { runsBehind } from "./rebase.ts";
import { Replica } from "./replica.ts";

/**
 * Puts a snapshot of an admin, which came by a bundle, in place of the events here that it stands for; says how many those
 * are. As they are here, it is compared with them first. `isDry` only says. (SPEC V9)
 *
 * @throws {TinmanError} `CONFIG` when it shows something else than what is here, and as `Replica.adopt` does; nothing has
 * changed then.
 */
export function shrink(
  replica: Replica,
  base: Uint8Array,
  { isDry = false }: { readonly isDry?: boolean } = {},
): number {
  const opened = openBase(base, replica.info);
  const events = standsFor(replica, opened);
  if (events === 0) return 0;
  checkShowsSame(replica, opened);
  if (!isDry) replica.adopt(base, { isWhole: true });
  return events;
}

function standsFor({ feeds }: Replica, { snapshot: { frontier } }: Base): number {
  return [...feeds.all()].reduce((sum, { device, base, last, parent }) => {
    const end = parent === undefined ? frontier.get(device)?.seq ?? 0 : 0;
    return sum + Math.max(0, Math.min(end, last) - base + 1);
  }, 0);
}

/** Who has the events need not believe whoever has signed it. */
function checkShowsSame(replica: Replica, { snapshot, bytes }: Base): void {
  const { info, key } = replica;
  const clock = { now: () => BigInt(replica.nowMs()) * 1_000_000n };
  using scratch = new Replica({ info, key, clock });
  scratch.adopt(bytes);
  for (const run of runsBehind(replica.feeds, snapshot)) scratch.feeds.load(run);
  scratch.feeds.retry();
  const [ours, theirs] = [replica.view, scratch.view];
  const isSame = sameId(ours.digest, theirs.digest) && ours.canonical().toHex() === theirs.canonical().toHex();
  if (isSame && !theirs.isOutdated) return;
  throw new TinmanError("CONFIG", "Cannot go on from a snapshot: it shows something else than what is here", {
    hint: "sync first; if it is still so, keep the events, and ask who has packed it",
  });
}
