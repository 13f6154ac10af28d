import { hash } from "node:crypto";
import { type FormSchema, readFormSchema } from "../form/mod.ts";
import type { Change } from "./change.ts";
import type { Replica } from "./replica.ts";
import { compareStamps, type Stamp } from "./stamp.ts";

/** Characters of a form in one event: at most 15 kB, whatever they are. */
const PART_LENGTH = 5_000;
const MAX_PARTS = 2_000;

/** A form as events: `x.form` with a part of its JSON each, which peers that know nothing of it keep and pass on. */
export function formChanges(form: FormSchema): Change[] {
  const text = JSON.stringify(form);
  const parts = Math.ceil(text.length / PART_LENGTH);
  const edition = hash("sha256", text, "hex").slice(0, 16);
  return Array.from({ length: parts }, (_, part) => ({
    kind: "x.form",
    form: form.id,
    edition,
    part,
    parts,
    // Half a pair is no text; the parts are put together by their numbers, so a part may be longer by one.
    text: slice(text, part),
  }));
}

/** The form that an admin has shared last; undefined when none has, or a part is still missing. */
export function sharedForm(replica: Replica, id: string): FormSchema | undefined {
  const editions = new Map<string, Edition>();
  for (const { device, branch, at, said } of formEvents(replica)) {
    const { form, edition, part, parts, text } = said as unknown as FormPart;
    const isCount = Number.isSafeInteger(parts) && parts > 0 && parts <= MAX_PARTS;
    if (form !== id || typeof edition !== "string" || typeof text !== "string" || !isCount) continue;
    const key = `${branch} ${edition}`;
    const known: Edition = editions.get(key) ??
      { at, device, parts: Array.from({ length: parts }, () => undefined) };
    if (Number.isSafeInteger(part) && part >= 0 && part < known.parts.length) known.parts[part] = text;
    if (compareStamps(at, known.at) > 0) known.at = at;
    editions.set(key, known);
  }
  const whole = [...editions.values()].filter(({ parts }) => parts.every((each) => each !== undefined));
  whole.sort((a, b) => compareStamps(b.at, a.at) || (a.device < b.device ? 1 : -1));
  for (const { parts } of whole) {
    try {
      const form = readFormSchema(JSON.parse(parts.join("")));
      if (form.id === id) return form;
    } catch {
      // Whoever wrote it, it is no form; an earlier one may be.
    }
  }
  return undefined;
}

/** Ids of all forms that admins have shared. */
export function sharedFormIds(replica: Replica): string[] {
  return [...new Set([...formEvents(replica)].flatMap(({ said }) => typeof said.form === "string" ? [said.form] : []))];
}

interface Edition {
  at: Stamp;
  readonly device: string;
  readonly parts: (string | undefined)[];
}

/** What `x.form` says, when it was written by this version. */
interface FormPart {
  readonly form: string;
  readonly edition: string;
  readonly part: number;
  readonly parts: number;
  readonly text: string;
}

interface FormEvent {
  readonly device: string;
  /** The name of its feed. */
  readonly branch: string;
  readonly at: Stamp;
  readonly said: Readonly<Record<string, unknown>>;
}

function* formEvents({ feeds, keyring, members, snapshot }: Replica): Generator<FormEvent, void> {
  for (const { write: { device, seq, event: { kind, payload, ...at } } } of snapshot?.others ?? []) {
    if (kind !== "x.form" || payload === undefined || members.of(device)?.role !== "admin") continue;
    if (seq <= (members.cutoff(device) ?? Infinity)) yield { device, branch: device, at, said: payload };
  }
  for (const feed of feeds.all()) {
    if (members.of(feed.device)?.role !== "admin") continue;
    for (let seq = feed.base; seq <= feed.last; seq++) {
      const { kind, payload, ...at } = feed.at(seq)!;
      if (payload === undefined || (kind !== "x.form" && kind !== "sealed") || !members.counts(feed, seq)) continue;
      const said = kind === "sealed"
        ? keyring.open({ kind, payload }, { device: feed.device, seq })
        : { kind, payload };
      if (said?.kind === "x.form") yield { device: feed.device, branch: feed.name, at, said: said.payload };
    }
  }
}

function slice(text: string, part: number): string {
  const [from, to] = [part, part + 1].map((each) => {
    const at = each * PART_LENGTH;
    return (text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at + 1 : at;
  });
  return text.slice(from, to);
}
