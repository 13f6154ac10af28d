import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { EventRef, SaidAbout } from "../mesh/mod.ts";
import { refText } from "./mesh_answers.ts";

/** The event that began the note or file of a record that is called so. @throws {TinmanError} `NOT_FOUND` */
export function thingNamed(
  record: string,
  name: string,
  { kind, said }: { readonly kind: "note" | "file"; readonly said: readonly SaidAbout[] },
): EventRef {
  const first = said.filter(({ what, by, of }) => what === kind && of !== undefined && refKey(by) === refKey(of));
  const found = first.filter((each) => refText(each.by) === name || (kind === "file" && each.value === name));
  if (found.length === 1) return found[0]!.by;
  const names = (found.length === 0 ? first : found).map(({ by }) => refText(by));
  const why = found.length === 0 ? "it has none that is called so" : `${names.join(" and ")} are called so`;
  throw new TinmanError("NOT_FOUND", `Cannot find ${kind} ${JSON.stringify(name.slice(0, 80))} of ${record}: ${why}`, {
    kind,
    id: name,
    hint: didYouMean(name, names) ?? `\`tinman mesh record ${record}\` shows their names, such as 3f2a91b0.17`,
  });
}

/** All that was said about a note or a file: what it says, its edits, that it is gone. */
export function aboutThing(said: readonly SaidAbout[], ref: EventRef): SaidAbout[] {
  return said.filter(({ of }) => of !== undefined && refKey(of) === refKey(ref));
}

/** What was said about notes and files that are still there. */
export function aboutStanding(said: readonly SaidAbout[]): SaidAbout[] {
  const gone = new Set(
    said.flatMap(({ what, of }) => what === "noteGone" || what === "fileGone" ? of && refKey(of) : []),
  );
  return said.filter(({ of }) => of !== undefined && !gone.has(refKey(of)));
}

function refKey({ device, seq, check }: EventRef): string {
  return `${device}.${seq}.${check}`;
}
