import { createSlice } from "../channel/mod.ts";
import { VirtualClock } from "../clock/mod.ts";
import { didYouMean, TinmanError } from "../errors/mod.ts";
import { openRecordingWith, type Recording } from "../log/mod.ts";
import { driveReplay } from "./drive.ts";
import type { RunEnvironment } from "./environment.ts";
import { type Extent, extentOf } from "./extent.ts";
import { Execution } from "./execution.ts";
import { matchesAny } from "./glob.ts";
import { fuse, inputsOf, missingInputs, nameNodes } from "./graph_plan.ts";
import { type Journal, JOURNAL_CHANNEL, JournalReader, noJournal } from "./journal.ts";
import { logs } from "./logs.ts";
import type { AnyChannel, Node } from "./node.ts";
import { Pace } from "./pace.ts";
import { Player } from "./player.ts";
import { Probing } from "./probe.ts";
import { codeOf, type RecordedGraph } from "./recorded_graph.ts";
import { joinedNumber, Recorder } from "./recorder.ts";
import type { ReplayOptions, ReplayReport } from "./replay_options.ts";
import { StatsCollector } from "./stats.ts";
import { validate } from "./validate.ts";
import { Verifier } from "./verify.ts";

/**
 * Runs nodes on a recording: it feeds exactly the inputs that none of the nodes produces. Time is the recorded time and
 * stands still while the nodes work, so the same recording gives the same output, byte for byte, in every run, at every
 * speed, on every machine.
 */
export async function replayGraph(
  nodes: readonly Node[],
  folder: string,
  env: RunEnvironment,
  options: ReplayOptions = {},
): Promise<ReplayReport> {
  checkOptions(options);
  const named = nameNodes(nodes);
  const note = (message: string) => env.say({ timeNs: env.clock.now(), level: "info", node: "", message });
  using recording = await openRecordingWith(env.files, folder, {
    registryFor: (headers) => env.registryFor?.(headers, note) ?? env.registry,
  });
  checkPart(recording, options);
  const source = chooseFeeds(named, recording, options);
  const silent = silentInputs(named, source);
  validate(named, { provided: [...source.keys(), ...silent] });
  const startedNs = env.clock.elapsedNs();
  const pace = new Pace(env.clock, options.speed === undefined || options.speed === "max" ? Infinity : options.speed);

  // The origin of the recorded run, because its journals count from there.
  const { manifest } = recording;
  const extent = extentOf(recording);
  if (manifest.startedNs > extent.latestNs) {
    const message = `Cannot replay ${recording.folder}: it says that it began at ${manifest.startedNs}, after its end`;
    const hint = "tinman log verify lists what is damaged";
    throw new TinmanError("CORRUPT_LOG", message, { path: recording.folder, at: 0, hint });
  }
  const graph = manifest.graph as Partial<RecordedGraph> | undefined;
  const then = /^\d{1,20}$/.test(graph?.originNs ?? "") ? BigInt(graph!.originNs!) : manifest.startedNs;
  const originNs = then < manifest.startedNs ? then : manifest.startedNs;
  const clock = new VirtualClock(originNs);
  clock.advanceTo(options.fromNs ?? manifest.startedNs);
  const seed = manifest.seed ?? recording.id;
  using recorder = options.record === undefined ? undefined : new Recorder(env, {
    nodes: named,
    record: options.record,
    seed,
    clock,
    live: false,
    id: `${recording.id}-replay`,
  });
  const verifier = options.verify ? new Verifier(recording, extent) : undefined;
  const fed = new Set([...source.keys(), ...silent, logs.name]);
  const probing = options.onProbe && new Probing(env.defaultCodec);
  const watched = (channel: string) =>
    options.stats === true || probing !== undefined || recorder?.records(channel) === true || verifier !== undefined;
  const tap = (channel: AnyChannel) => {
    const own = tapOf(channel);
    return probing?.tap(channel, own) ?? own;
  };
  const tapOf = (channel: AnyChannel) => {
    // What comes with a change is published by nodes, too.
    if (fed.has(channel.name)) return undefined;
    const record = recorder?.tap(channel);
    const isRecorded = recording.channels.some(({ name }) => name === channel.name);
    if (verifier === undefined || !isRecorded) return record;
    const compare = verifier.tap(channel.name, channel.codec ?? env.defaultCodec);
    return {
      ...record,
      tap: (value: unknown) => {
        record?.tap?.(value);
        // Whoever ends it early also ends the inputs of nodes, which may give other things for that.
        if (!pace.stopped) compare(value);
      },
    };
  };
  // A slice that ends after a number of operations ends at the same place in every run.
  const slice = createSlice({ nextTurn: env.nextTurn, operations: 65_536 });
  const tellsAll = isWhole(options) && !isLaterPart(recording);
  const execution = new Execution(fuse(named, watched), {
    clock,
    nextTurn: env.nextTurn,
    seed,
    slice,
    services: { ...env.services, replaying: true },
    driven: true,
    journal: (node) => {
      // A journal tells of the whole run; a part of it would be told of another time.
      if (!tellsAll) return noJournal;
      const today = named.find(({ name }) => name === node);
      return openJournal(recording, today, { extent, anyCode: options.verify === true });
    },
    joinedJournal: (n, sinceNs) => tellsAll ? openJoinedJournal(recording, n, { extent, sinceNs }) : noJournal,
    standIn: {
      has: (channel) => recording.channels.some(({ name }) => name === channel),
      feed: (channel, out) => player.feed(channel, out),
    },
    tap,
    say: (entry) => env.say(entry),
  });
  const stats = new StatsCollector(execution.wiring.outs, () => clock.elapsedNs());
  const { outs } = execution.wiring;
  for (const name of silent) outs.get(name)!.close();
  const feeds = Map.groupBy([...source], ([, recorded]) => recorded);
  const player = new Player(recording, {
    feeds: new Map([...feeds].map(([recorded, to]) => [recorded, to.map(([name]) => outs.get(name)!)])),
    originNs,
    fromNs: options.fromNs,
    toNs: options.toNs,
    latestNs: extent.latestNs,
    onStop: () => execution.stop(),
    times: options.loop === true ? Infinity : Number(options.loop || 1),
  });
  if (probing !== undefined) options.onProbe?.(probing.open({ execution, recorder, now: () => clock.now() }));
  pace.originNs = originNs;
  options.onControl?.(pace);
  if (verifier !== undefined) options.onVerify?.(() => verifier.look());
  const { stopped, leftBehind } = await driveReplay({
    env,
    execution,
    clock,
    player,
    pace,
    recording,
    latestNs: extent.latestNs,
    options,
    stats,
  });
  recorder?.close();
  return {
    ...recorder?.place,
    ...(verifier !== undefined && { verify: verifier.report(clock.now(), pace.stopped) }),
    channels: stats.stats((channel) => recorder?.counts(channel)).filter(({ name }) => name !== logs.name),
    stopped,
    elapsedMs: (env.clock.elapsedNs() - startedNs) / 1e6,
    leftBehind,
    frames: player.frames,
    source: recording.folder,
    played: [...feeds.keys()].sort(),
  };
}

function checkOptions(options: ReplayOptions): void {
  if (options.verify && (!isWhole(options) || options.toNs !== undefined)) {
    throw new TinmanError("USAGE", "Cannot verify a part of a recording: nodes keep state from its beginning", {
      hint: "leave out from, to, loop and channels",
    });
  }
}

function checkPart(recording: Recording, { verify }: ReplayOptions): void {
  if (!verify || !isLaterPart(recording)) return;
  const { of, number } = recording.manifest.part!;
  const message = `Cannot verify part ${number} of the run ${of}: nodes keep state from its beginning`;
  throw new TinmanError("USAGE", message, {
    hint: "tinman log copy PART1 PART2 … WHOLE puts the parts from the first on together, to be verified as one",
  });
}

/** Whether nodes had kept something when it began. */
function isLaterPart({ manifest: { part } }: Recording): boolean {
  return part !== undefined && part.number > 1;
}

/** Whether nodes see all that they saw then, from the beginning, once. */
function isWhole({ fromNs, channels, loop = 1 }: ReplayOptions): boolean {
  return fromNs === undefined && channels === undefined && Number(loop || 1) === 1 && loop !== true;
}

/** Recorded channel by channel of the graph: exactly the inputs that no node produces. */
function chooseFeeds(nodes: readonly Node[], recording: Recording, options: ReplayOptions): Map<string, string> {
  const recorded = recording.channels.map(({ name }) => name);
  const feeds = new Map<string, string>();
  for (const { name } of missingInputs(nodes)) {
    const from = options.remap?.[name] ?? name;
    if (name === logs.name && from === logs.name) continue;
    if (options.channels !== undefined && !matchesAny(from, options.channels)) continue;
    if (!recorded.includes(from)) {
      throw new TinmanError(
        "NOT_FOUND",
        `Cannot replay channel "${from}": recording ${recording.folder} does not have it`,
        {
          kind: "channel",
          id: from,
          hint: didYouMean(from, recorded) ?? `it has ${recorded.join(", ") || "no channels"}`,
        },
      );
    }
    feeds.set(name, from);
  }
  return feeds;
}

function silentInputs(nodes: readonly Node[], feeds: ReadonlyMap<string, string>): string[] {
  return missingInputs(nodes).map(({ name }) => name).filter((name) => name !== logs.name && !feeds.has(name));
}

/**
 * What a node observed when it was recorded, if it is the same node today: it has the name, the inputs and the code of a
 * recorded one. Changed code goes by the recorded time alone; but when it is to be compared with what was recorded
 * (`anyCode`), it is shown what the old code saw.
 */
function openJournal(
  recording: Recording,
  node: Node | undefined,
  { extent, anyCode }: { readonly extent: Extent; readonly anyCode: boolean },
): Journal {
  const recorded = nodesThen(recording);
  const number = recorded.findIndex((each) => each?.name === node?.name && Array.isArray(each?.inputs));
  if (node === undefined || number < 0 || !hasJournal(recording)) return noJournal;
  const { inputs, code } = recorded[number]!;
  const sameInputs = inputs.join("\n") === inputsOf(node).map(({ name }) => name).join("\n");
  if (!sameInputs || !anyCode && code !== codeOf(node)) return noJournal;
  return new JournalReader(number, payloads(recording), { isWhole: extent.isWhole });
}

/** What a node observed that joined the graph with a change, as the n-th from 0. */
function openJoinedJournal(
  recording: Recording,
  n: number,
  { extent, sinceNs }: { readonly extent: Extent; readonly sinceNs: bigint },
): Journal {
  if (!hasJournal(recording)) return noJournal;
  const frames = payloads(recording, sinceNs);
  return new JournalReader(joinedNumber(nodesThen(recording), n), frames, { isWhole: extent.isWhole });
}

/** What stands in a recording may have been written by anybody. */
function nodesThen({ manifest }: Recording): RecordedGraph["nodes"] {
  const nodes = (manifest.graph as Partial<RecordedGraph> | undefined)?.nodes;
  return Array.isArray(nodes) ? nodes : [];
}

function hasJournal(recording: Recording): boolean {
  return recording.reservedChannels.some(({ name }) => name === JOURNAL_CHANNEL);
}

function* payloads(recording: Recording, fromNs?: bigint): Generator<Uint8Array> {
  const range = { channels: [JOURNAL_CHANNEL], reserved: true, ...(fromNs !== undefined && { fromNs }) };
  for (const { data } of recording.frames(range)) yield data;
}
