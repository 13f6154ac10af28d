import { createHash } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createRandom } from "../../src/random/mod.ts";
import { createPlatform } from "../../src/platform/mod.ts";
import {
  createDeviceKey,
  datasetId,
  type DeviceKey,
  invite,
  join,
  Replica,
  type Run,
  runsOf,
} from "../../src/mesh/mod.ts";
import { headMessage } from "../../src/mesh/device.ts";
import { checkOf, eventId, type MeshEvent } from "../../src/mesh/event.ts";
import { beaconOf, encodeBeacon } from "../../src/mesh/sync/beacon.ts";
import { SyncSession } from "../../src/mesh/sync/session.ts";
import { type Group, milliseconds, type Part, perSecond, type Row } from "./harness.ts";
import { applyYjs, changesAutomerge, fillAutomerge, fillYjs, meetAutomerge, meetYjs, updateYjs } from "./mesh_peers.ts";
import { createSurvey, divide, practicalBound, type Survey } from "./mesh_survey.ts";

/** The mesh: what two replicas of a survey send each other, signed, and what it costs to take, open and change one. */
export const meshGroup: Group = {
  title: "The mesh",
  parts: [
    ({ scale }) => wirePart({ authors: 5, records: Math.ceil(200 * scale) }, { 1: 1.1e3, 50: 33e3, 100: 65e3 }),
    ({ scale }) => wirePart({ authors: 50, records: Math.ceil(100 * scale) }, { 1: 7.8e3, 50: 160e3, 100: 316e3 }),
    replicaPart,
  ],
};

const info = { name: "survey", founder: "00".repeat(32), nonce: "00".repeat(16), writers: "anybody" } as const;
const founder = keyOf("founder");
const closed = { ...info, founder: founder.device, writers: "members" } as const;
const { clock, files } = createPlatform();
setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
const own = keyOf("own");

interface Size {
  readonly authors: number;
  readonly records: number;
}

function wirePart(size: Size, floors: Readonly<Record<number, number>>): Part {
  const survey = createSurvey(size.authors, size.records);
  const events = survey.flat().length;
  const runs = survey.map(signed);
  // One change an event is more than Automerge can take of the larger survey in minutes.
  const changes = size.authors > 5 ? undefined : changesAutomerge(survey);
  const parts = Object.entries(floors).map(([percent, most]) => {
    const sides = divide(survey, Number(percent) / 100);
    const work = `${events} events of ${size.authors} authors, ${percent} % apart`;
    const bytes = (peer?: string): Row => ({
      work: `${work}: bytes both ways`,
      ours: `${work} tinman`,
      unit: "bytes",
      ...(peer === undefined
        ? {
          floor: { atMost: most },
          cited: `practical bound: ${practicalBound(survey, Number(percent) / 100)} (computed)`,
        }
        : { peer: `${work} ${peer}` }),
    });
    const time = (peer: string): Row => ({
      work: `${work}: time of both`,
      ours: `${work} tinman ms`,
      peer: `${work} ${peer} ms`,
      unit: "ms",
    });
    return {
      cases: [
        ...pair(`${work} tinman`, () => sides.map((side) => fill(runs, side)), ([a, b]) => meet(a!, b!)),
        ...pair(`${work} Yjs`, () => sides.map(fillYjs), ([a, b]) => meetYjs(a!, b!)),
        ...changes
          ? pair(
            `${work} Automerge`,
            () => sides.map((side) => fillAutomerge(changes, side)),
            ([a, b]) => meetAutomerge(a!, b!),
          )
          : [],
      ],
      rows: [bytes(), ...["Yjs", ...changes ? ["Automerge"] : []].flatMap((peer) => [bytes(peer), time(peer)])],
    };
  });
  return { cases: parts.flatMap(({ cases }) => cases), rows: parts.flatMap(({ rows }) => rows) };
}

/** Two cases of one meeting: its bytes, and its time. */
function pair<T>(name: string, setUp: () => T, work: (sides: T) => number) {
  return [
    { name, run: () => work(setUp()) },
    { name: `${name} ms`, run: () => prepared(setUp, work) },
  ];
}

function prepared<T>(setUp: () => T, work: (sides: T) => number): Promise<number> {
  const sides = setUp();
  return milliseconds(() => void work(sides));
}

async function replicaPart({ scale }: { scale: number }): Promise<Part> {
  const folder = await Deno.makeTempDir({ prefix: "tinman-bench-" });
  const survey = createSurvey(50, Math.ceil(100 * scale));
  const runs = survey.flatMap(signed);
  const events = survey.flat().length;
  const update = [...survey.keys()].map((i) => fillYjs(survey.map((each, author) => author === i ? each : [])));
  let fresh = 0;
  const open = (path: string) => new Replica({ info, key: own, clock, folder: { files, path } });
  {
    using replica = open(`${folder}/kept`);
    replica.ingest(...runs);
  }
  const kept = open(`${folder}/kept`);
  const rate = (work: string, ours: string, floor?: Row["floor"], peer?: string): Row => ({
    ...{ work, ours, peer, floor, unit: "per second" },
  });
  const memory = () => {
    const replica = new Replica({ info, key: own, clock });
    replica.ingest(...runs);
    return replica;
  };
  const members = Math.ceil(1000 * scale);
  const joins = joinsOf(members);
  return {
    cases: [
      { name: "in memory", run: () => perSecond(events, memory) },
      {
        name: "on disk",
        run: () =>
          perSecond(events, () => {
            using replica = open(`${folder}/${fresh++}`);
            for (const run of runs) replica.ingest(run);
          }),
      },
      {
        name: "Yjs",
        run: () => {
          const doc = fillYjs([]);
          const bytes = update.map((each) => updateYjs(each));
          return perSecond(events, () => bytes.forEach((each) => applyYjs(doc, each)));
        },
      },
      { name: "open", run: () => milliseconds(() => open(`${folder}/${fresh - 1}`).close()) },
      {
        name: "edit",
        run: async () =>
          await milliseconds(() => {
            for (let i = 0; i < 100; i++) {
              kept.write({ kind: "field.set", record: "R-01-0001", field: "status", value: `${i}` });
            }
          }) / 100,
      },
      { name: "view edit", run: () => editView(memory()) },
      {
        name: "join",
        run: () =>
          perSecond(members, () => {
            const replica = new Replica({ info: closed, key: own, clock });
            replica.ingest(...joins);
            const { length } = replica.members.list();
            if (length !== members + 1) throw new Error(`${length} are in of ${members} who joined`);
          }),
      },
      {
        name: "memory",
        run: () => {
          const before = heldBytes();
          const replica = new Replica({ info, key: own, clock });
          // Of its own, as if they had just come: what is shared with the other parts would not be counted.
          replica.ingest(...structuredClone(runs));
          const used = heldBytes() - before;
          replica.close();
          return used / 1e6;
        },
      },
      { name: "beacon", run: () => encodeBeacon(beaconOf(kept.feeds)).length },
    ],
    rows: [
      rate(`take ${events} signed events, in memory`, "in memory", { atLeast: 60_000 }),
      rate(`take ${events} signed events, in memory`, "in memory", undefined, "Yjs"),
      rate(`take ${events} signed events, each run on the disk`, "on disk", { atLeast: 20_000 }),
      { work: `open ${events} events`, ours: "open", unit: "ms", floor: { atMost: 1000 } },
      { work: `one edit in the view of ${events} events`, ours: "view edit", unit: "ms", floor: { atMost: 1 } },
      { work: "one edit, signed and on the disk", ours: "edit", unit: "ms" },
      { work: `take ${members} members who join by one invitation`, ours: "join", unit: "per second" },
      { work: `memory that ${events} events hold, with their view`, ours: "memory", unit: "MB" },
      { work: "a beacon", ours: "beacon", unit: "bytes", floor: { atMost: 32 } },
    ],
    [Symbol.asyncDispose]: async () => {
      kept.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** An invitation, and the first run of each who comes with it. */
function joinsOf(members: number): Run[] {
  const base = new Replica({ info: closed, key: founder, clock });
  const invitation = invite(base, { secret: new Uint8Array(32).fill(7), uses: members });
  return [...base.feeds.all()].flatMap((feed) => [...runsOf(feed)]).concat(
    Array.from({ length: members }, (_, i) => {
      const replica = new Replica({ info: closed, key: keyOf(`member ${i}`), clock });
      join(replica, invitation, `m${i}`);
      return runsOf([...replica.feeds.all()][0]!).next().value!;
    }),
  );
}

/** The time that one more event takes in a view, without writing and signing it. */
async function editView(replica: Replica): Promise<number> {
  const edits = signed(
    Array.from(
      { length: 200 },
      (_, i) => ({ wallMs: 1_770_000_000_000 + i, record: "R-01-0001", field: "status", value: i }),
    ),
    99,
  );
  return await milliseconds(() => replica.ingest(...edits)) / 200;
}

function fill(runs: readonly (readonly Run[])[], side: Survey): Replica {
  const replica = new Replica({ info, key: own, clock });
  for (const [author, events] of side.entries()) {
    const cut = runs[author]!.filter(({ from }) => from <= events.length);
    const last = cut.at(-1);
    if (last === undefined) continue;
    const isWhole = last.from + last.events.length - 1 === events.length;
    replica.ingest(...isWhole ? cut : signed(events, author));
  }
  return replica;
}

/** Lets two replicas meet: the bytes both ways. */
function meet(a: Replica, b: Replica): number {
  const sessions = [a, b].map((replica, i) =>
    new SyncSession(replica.feeds, { random: createRandom(`meet ${i}`), isReliable: true, maxBytes: 65_536 })
  );
  let bytes = 0;
  for (let isQuiet = false; !isQuiet;) {
    isQuiet = true;
    for (const [i, session] of sessions.entries()) {
      for (let packet; (packet = session.poll(0)) !== undefined;) {
        isQuiet = false;
        bytes += packet.length;
        sessions[1 - i]!.receive(packet, 0);
      }
    }
  }
  for (const { report: { status } } of sessions) if (status !== "done") throw new Error(`the meeting is ${status}`);
  return bytes;
}

/** The events of an author as runs, signed every 256 events. */
function signed(events: Survey[number], author: number): Run[] {
  const key = keyOf(`${author}`);
  let prev = datasetId(info);
  return Array.from({ length: Math.ceil(events.length / 256) }, (_, i): Run => {
    const from = 256 * i + 1;
    const after = checkOf(prev);
    const part = events.slice(from - 1, from + 255).map(({ wallMs, ...payload }): MeshEvent => ({
      ...{ wallMs, counter: 0, kind: "field.set", payload },
    }));
    for (const [at, event] of part.entries()) prev = eventId(event, { device: key.device, seq: from + at, prev });
    return { device: key.device, from, after, events: part, signature: key.sign(headMessage(prev)) };
  });
}

function keyOf(name: string): DeviceKey {
  return createDeviceKey(createHash("sha256").update(name).digest());
}

/** Bytes that are in use when garbage is gone; buffers lie outside of the heap. */
function heldBytes(): number {
  collectGarbage();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
