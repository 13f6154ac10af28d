import * as automerge from "@automerge/automerge";
import * as Y from "yjs";
import type { Survey } from "./mesh_survey.ts";

/** A document of Yjs with this survey, one client an author. */
export function fillYjs(survey: Survey): Y.Doc {
  const whole = new Y.Doc();
  for (const [author, events] of survey.entries()) {
    const doc = new Y.Doc();
    doc.clientID = author + 1;
    for (const { record, field, value } of events) {
      const records = doc.getMap<Y.Map<unknown>>("records");
      const known = records.get(record) ?? records.set(record, new Y.Map());
      known.set(field, value);
    }
    Y.applyUpdate(whole, Y.encodeStateAsUpdate(doc));
  }
  return whole;
}

/** Lets two documents meet: the bytes both ways. */
export function meetYjs(a: Y.Doc, b: Y.Doc): number {
  const [vectorA, vectorB] = [Y.encodeStateVector(a), Y.encodeStateVector(b)];
  const [toB, toA] = [Y.encodeStateAsUpdate(a, vectorB), Y.encodeStateAsUpdate(b, vectorA)];
  Y.applyUpdate(b, toB);
  Y.applyUpdate(a, toA);
  return vectorA.length + vectorB.length + toA.length + toB.length;
}

type Doc = automerge.Doc<Record<string, Record<string, unknown>>>;

/** Changes of Automerge for this survey, one actor an author, one change an event. */
export function changesAutomerge(survey: Survey): automerge.Change[][] {
  return survey.map((events, author) => {
    let doc: Doc = automerge.init(String(author).padStart(32, "0"));
    for (const { wallMs, record, field, value } of events) {
      doc = automerge.change(doc, { time: Math.floor(wallMs / 1000) }, (draft) => {
        (draft[record] ??= {})[field] = value;
      });
    }
    return automerge.getAllChanges(doc);
  });
}

/** A document with the first changes of each author, as many as the side of the survey has. */
export function fillAutomerge(changes: readonly automerge.Change[][], side: Survey): Doc {
  const all = side.flatMap((events, author) => changes[author]!.slice(0, events.length));
  return automerge.applyChanges<Record<string, Record<string, unknown>>>(automerge.init(), all)[0];
}

/** Lets two documents meet by the sync protocol: the bytes both ways. */
export function meetAutomerge(a: Doc, b: Doc): number {
  let bytes = 0;
  let [stateA, stateB] = [automerge.initSyncState(), automerge.initSyncState()];
  for (let isQuiet = false; !isQuiet;) {
    let message;
    isQuiet = true;
    [stateA, message] = automerge.generateSyncMessage(a, stateA);
    if (message !== null) {
      isQuiet = false;
      bytes += message.length;
      [b, stateB] = automerge.receiveSyncMessage(b, stateB, message);
    }
    [stateB, message] = automerge.generateSyncMessage(b, stateB);
    if (message !== null) {
      isQuiet = false;
      bytes += message.length;
      [a, stateA] = automerge.receiveSyncMessage(a, stateA, message);
    }
  }
  return bytes;
}

/** All of a document as one update. */
export function updateYjs(doc: Y.Doc): Uint8Array {
  return Y.encodeStateAsUpdate(doc);
}

/** Takes an update. */
export function applyYjs(doc: Y.Doc, update: Uint8Array): void {
  Y.applyUpdate(doc, update);
}
