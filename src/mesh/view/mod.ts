/**
 * What all events of a dataset say together: SPEC O and V.
 *
 * @module
 */
export { type Alternative, type Conflict } from "./conflict.ts";
export { type FoldOptions, type Opened } from "./fold.ts";
export { type HistoryEntry } from "./history.ts";
export {
  type AttachmentView,
  type DeletedView,
  type FieldView,
  type NoteView,
  type RecordView,
  type Said,
} from "./read.ts";
export { type Place } from "./record_state.ts";
export { type RegisterStart } from "./register.ts";
export { type SaidAbout } from "./said_about.ts";
export { type SearchHit, type SqlDatabase, type SqlRow, type SqlValue, SqlView, type SqlViewOptions } from "./sql.ts";
export { createSnapshot, type Snapshot, type SnapshotEnd, type SnapshotOptions } from "./snapshot.ts";
export {
  encodeSnapshot,
  openSnapshot,
  type SignedSnapshot,
  signSnapshot,
  type SnapshotBytesOptions,
} from "./snapshot_bytes.ts";
export { type ClosedContent, openContent, type SnapshotKeys } from "./snapshot_seal.ts";
export { type Unread } from "./unread.ts";
export { createView, type RecordsOptions, View, type ViewListener, type ViewOptions } from "./view.ts";
export { type Write } from "./write.ts";
