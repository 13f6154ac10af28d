import { didYouMean, TinmanError } from "../errors/mod.ts";
import type { CopiedChannel, CopySource } from "./copy_source.ts";
import { EVENTS_CHANNEL } from "./events.ts";
import { isReserved } from "./folders.ts";

/** A channel of a copy, and what goes into it. */
export interface PlannedChannel {
  readonly name: string;
  readonly latched: boolean;
  /** Frames that could not be written when it was recorded. */
  readonly drops: number;
  /** Describes it to a store; the first of those that go into it. */
  readonly model: CopiedChannel;
}

/** What is copied where to. */
export interface CopyPlan {
  /** The channels of the copy, in the order in which they are begun. */
  readonly channels: readonly PlannedChannel[];
  /** For each source the new names of its channels that are copied, by the old ones. */
  readonly names: readonly ReadonlyMap<string, string>[];
}

/** A source and what its channels are to be called. */
export interface NamedSource {
  readonly source: CopySource;
  readonly rename: Readonly<Record<string, string>>;
}

/**
 * Chooses channels and their names. What happened to a recording (`~events`) is always kept; other reserved channels are
 * about a whole run and are kept only with the whole time of one (`keepsRun`).
 *
 * @throws {TinmanError} `NOT_FOUND` for a channel that is nowhere; `CORRUPT_LOG` for one that is not whole; `CONFIG` when two of one name have different codecs.
 */
export function planCopy(
  named: readonly NamedSource[],
  { channels, keepsRun }: { readonly channels: readonly string[] | undefined; readonly keepsRun: boolean },
): CopyPlan {
  checkNames(named, channels);
  const isKept = (name: string) =>
    isReserved(name) ? keepsRun || name === EVENTS_CHANNEL : channels === undefined || channels.includes(name);
  checkWhole(named, isKept);
  const planned = new Map<string, PlannedChannel & { readonly from: number }>();
  const names = named.map(({ source, rename }, from) => {
    const kept = source.channels.filter(({ name }) => isKept(name));
    return new Map(kept.flatMap((channel) => {
      const name = Object.hasOwn(rename, channel.name) ? rename[channel.name]! : channel.name;
      const before = planned.get(name);
      if (before !== undefined && channel.isBlank) return [];
      const model = before === undefined || before.model.isBlank ? channel : before.model;
      if (model.kind !== channel.kind) {
        throw unlike({ name, before: model, channel, from, path: source.path, several: named.length > 1 });
      }
      planned.set(name, {
        name,
        latched: channel.latched || (before?.latched ?? false),
        drops: channel.drops + (before?.drops ?? 0),
        model,
        from,
      });
      return [[channel.name, name] as const];
    }));
  });
  return { channels: [...planned.values()], names };
}

/** A channel that is lost, or shorter than it was, would not be missed in the copy any more. */
function checkWhole(named: readonly NamedSource[], isKept: (channel: string) => boolean): void {
  for (const { source: { path, problems } } of named) {
    for (const { severity, channel, message, at = 0 } of problems) {
      if (severity !== "error" || channel !== undefined && !isKept(channel)) continue;
      const of = channel === undefined ? "" : `channel "${channel}": `;
      throw new TinmanError("CORRUPT_LOG", `Cannot copy ${path}: ${of}${message}`, {
        path,
        at,
        hint: `tinman log recover writes what is whole to a new recording${channel ? "; -c takes other channels" : ""}`,
      });
    }
  }
}

function checkNames(named: readonly NamedSource[], channels: readonly string[] = []): void {
  const all = [...new Set(named.flatMap(({ source }) => source.channels.map(({ name }) => name)))];
  for (const name of channels) if (!all.includes(name)) throw missing(name, all, "copy");
  for (const { source, rename } of named) {
    const own = source.channels.map(({ name }) => name);
    for (const [old, name] of Object.entries(rename)) {
      if (!own.includes(old)) throw missing(old, own, "rename");
      if (!isReserved(old) && !isReserved(name) && name !== "") continue;
      throw new TinmanError("CONFIG", `Cannot rename channel "${old}" to "${name}"`, {
        hint: 'a name is not empty, and those that begin with "~" are reserved',
      });
    }
  }
}

function missing(name: string, all: readonly string[], verb: string): TinmanError<"NOT_FOUND"> {
  const shown = all.filter((each) => !isReserved(each));
  return new TinmanError("NOT_FOUND", `Cannot ${verb} channel "${name}": no recording that is copied has it`, {
    kind: "channel",
    id: name,
    hint: didYouMean(name, shown) ?? `there is ${shown.join(", ") || "no channel"}`,
  });
}

function unlike({ name, before, channel, from, path, several }: {
  readonly name: string;
  readonly before: CopiedChannel;
  readonly channel: CopiedChannel;
  readonly from: number;
  readonly path: string;
  readonly several: boolean;
}): TinmanError<"CONFIG"> {
  const [one, other] = [before, channel].map(({ kind }) => kind.split(" ")[0]!);
  const how = one === other ? `both are ${one}, with different parameters` : `one is ${one}, the other ${other}`;
  return new TinmanError("CONFIG", `Cannot put channel "${channel.name}" of ${path} into "${name}": ${how}`, {
    path,
    hint: `--rename ${several ? `${from + 1}:` : ""}${channel.name}=${name}-2 keeps both`,
  });
}
