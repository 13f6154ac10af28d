/// <reference lib="dom" />
import { DataTable } from "../data_table.ts";
import { h, keyed, setText } from "../dom.ts";
import * as format from "../format.ts";
import type { Page } from "../page.ts";
import { NumberTile } from "../tile.ts";
import type { Snapshot, SnapshotChannel, SnapshotWarning } from "../../snapshot.ts";

/** What runs since when, where it is recorded, and what a person should do about it. */
export const page: Page = {
  open({ main, source, onSnapshot, go, get, say, signal, param, setParam }) {
    const isOver = source.kind === "recording";
    const messages = new NumberTile("Messages", { spark: !isOver });
    const volume = new NumberTile("Volume", { spark: !isOver });
    const drops = new NumberTile("Not recorded");
    const recording = new NumberTile(isOver ? "Length" : "Recording");
    const disk = new NumberTile("Disk left");
    const clock = new NumberTile("Clock");
    const warnings = h("ul", { class: "warnings", "aria-label": "warnings" });
    const calm = h("p", { class: "calm", text: "✓ nothing to worry about" });
    const channels = new DataTable<SnapshotChannel>({
      label: "channels",
      key: ({ name }) => name,
      order: { get: () => param("sort"), set: (order) => setParam("sort", order) },
      onChoose: ({ name }) => go("channels", { channel: name }),
      empty: "no channels yet",
      columns: [
        { title: "channel", text: ({ name }) => name },
        { title: "codec", text: ({ codec }) => codec ?? format.UNKNOWN },
        { title: "msg/s", isNumber: true, text: ({ hz }) => format.rate(hz), sort: ({ hz }) => hz ?? -1 },
        {
          title: "bytes/s",
          isNumber: true,
          text: ({ bytesPerS, isEstimate }) => `${isEstimate ? "≈ " : ""}${format.bytesPerS(bytesPerS)}`,
          sort: ({ bytesPerS }) => bytesPerS ?? -1,
        },
        { title: "messages", isNumber: true, text: ({ count }) => format.count(count), sort: ({ count }) => count },
        {
          title: "bytes",
          isNumber: true,
          text: ({ bytes, isEstimate }) => `${isEstimate ? "≈ " : ""}${format.bytes(bytes)}`,
          sort: ({ bytes }) => bytes ?? -1,
        },
        {
          title: "lost",
          isNumber: true,
          text: ({ drops, isRecorded }) => isRecorded ? format.count(drops) : format.UNKNOWN,
          sort: ({ drops }) => drops,
          tone: ({ drops }) => drops > 0 ? "bad" : undefined,
        },
      ],
    });
    // A broker is not recorded, and what it keeps is on a page of its own.
    const isRecorded = source.kind !== "broker";
    const tiles = [
      messages,
      volume,
      ...isRecorded ? [drops, recording] : [],
      ...isRecorded && !isOver ? [disk, clock] : [],
    ];
    main.append(
      h("div", { class: isOver ? "cards four" : "cards" }, ...tiles.map(({ element }) => element)),
      h("section", { "aria-label": "warnings" }, h("h2", { text: "Warnings" }), calm, warnings),
      h("section", { "aria-label": "channels" }, h("h2", { text: "Channels" }), channels.element),
    );
    let recorded: readonly SnapshotWarning[] = [];
    const showAll = (now: readonly SnapshotWarning[]) => showWarnings([...recorded, ...now], { warnings, calm });
    // What went wrong while it was recorded stands in it.
    if (isOver && source.parts.includes("timeline")) {
      void get("timeline/marks").then(({ marks }) => {
        recorded = (marks as (SnapshotWarning & { readonly about: string })[]).map(({ about, ...mark }) => ({
          ...mark,
          node: about,
        }));
        onSnapshot(({ warnings }) => showAll(warnings));
      }).catch((error: Error) => signal.aborted || say(error.message));
    }
    onSnapshot((snapshot) => {
      const { totals, trend } = snapshot;
      messages.show(isOver ? format.count(totals.count) : format.rate(totals.hz), {
        unit: isOver ? "" : "/s",
        note: isOver ? `${format.count(snapshot.channels.length)} channels` : `${format.count(totals.count)} so far`,
        values: trend.map(({ hz }) => hz),
      });
      const isEstimate = snapshot.channels.some((each) => each.isEstimate);
      const about = isEstimate ? "≈ " : "";
      volume.show(isOver ? format.bytes(totals.bytes) : about + format.bytes(totals.bytesPerS), {
        unit: isOver || totals.bytesPerS === undefined ? "" : "/s",
        note: isOver
          ? "all channels"
          : totals.bytes === undefined
          ? "nobody weighs it"
          : `${about}${format.bytes(totals.bytes)} so far`,
        values: trend.map(({ bytesPerS }) => bytesPerS),
      });
      showRecording(snapshot, { drops, recording, disk });
      showClock(snapshot, clock);
      showAll(snapshot.warnings);
      channels.show(snapshot.channels);
    });
  },
};

function showRecording(
  { recording: found, elapsedMs, totals }: Snapshot,
  tiles: Record<"drops" | "recording" | "disk", NumberTile>,
) {
  const { drops, recording, disk } = tiles;
  if (found === undefined) {
    drops.show(format.UNKNOWN, { note: "it is not recorded" });
    recording.show("off", { note: "start it with --record" });
    disk.show(format.UNKNOWN, { note: "nothing is written" });
    return;
  }
  drops.show(format.count(totals.drops), {
    unit: totals.drops === 1 ? "frame" : "frames",
    note: totals.drops === 0 ? "nothing is lost" : "frames that should be in the recording",
    tone: totals.drops === 0 ? "good" : "bad",
  });
  const { path, bytes, isGrowing, freeBytes, hoursLeft, forgets } = found;
  if (isGrowing) recording.show(format.bytes(bytes), { note: path });
  else recording.show(format.duration(elapsedMs), { note: path });
  const hours = hoursLeft === undefined ? undefined : hoursLeft * 3_600_000;
  disk.show(hours === undefined ? format.bytes(freeBytes) : format.duration(hours), {
    note: freeBytes === undefined
      ? "nobody can tell"
      : hours === undefined
      ? (forgets ? "free; old parts are deleted" : "free")
      : `${format.bytes(freeBytes)} free, at this rate`,
    tone: hoursLeft === undefined ? undefined : hoursLeft < 1 ? "bad" : hoursLeft < 24 ? "warn" : undefined,
  });
}

function showClock({ clock, replay }: Snapshot, tile: NumberTile): void {
  if (replay !== undefined) {
    const asked = replay.speed === undefined ? "max" : `${replay.speed}×`;
    tile.show(replay.actualSpeed === undefined ? format.UNKNOWN : `${format.rate(replay.actualSpeed)}×`, {
      note: `recorded time; asked for ${asked}`,
    });
  } else if (clock === undefined) tile.show(format.UNKNOWN, { note: "nobody watches it" });
  else {
    tile.show(clock.steps === 0 ? "steady" : `${clock.steps}×`, {
      unit: clock.steps === 0 ? "" : "stepped",
      note: clock.steps === 0 ? "no steps since the start" : `last by ${clock.lastMs.toFixed(0)} ms`,
      tone: clock.steps === 0 ? "good" : "warn",
    });
  }
}

function showWarnings(
  all: readonly SnapshotWarning[],
  { warnings, calm }: Record<"warnings" | "calm", HTMLElement>,
): void {
  calm.hidden = all.length > 0;
  // What is said again and again is one line, with the last time.
  const groups = Map.groupBy(all, ({ level, node, message }) => `${level}\n${node}\n${message}`);
  const lines = [...groups].map(([key, said]) => ({ key, said, last: said.at(-1)! })).slice(-50).toReversed();
  keyed(warnings, lines, {
    key: ({ key }) => key,
    make: ({ last: { level, node, message, fix } }) =>
      h(
        "li",
        { "data-level": level },
        h("span", { class: "what lines", text: node === "" ? message : `${node}: ${message}` }),
        h("time"),
        fix !== undefined && h("span", { class: "fix", text: fix }),
      ),
    update: (element, { said, last }) =>
      setText(
        element.children[1]!,
        `${said.length > 1 ? `${said.length}× · ` : ""}${format.time(last.timeNs, { date: false })}`,
      ),
  });
}
