/**
 * A dataset that several machines write apart from each other, and that is the same on all when they have met. Rules:
 * SPEC.md.
 *
 * @module
 */
export { datasetId, type DatasetInfo } from "./dataset.ts";
export { createDeviceKey, type DeviceKey } from "./device.ts";
export { type EventPlace, type EventRef, type MeshEvent, type Payload } from "./event.ts";
export { Feed, type FeedRoot, type SignedHead } from "./feed.ts";
export { type Admission, Feeds, type FeedsListener, type FeedsOptions, type Fork } from "./feeds.ts";
export { formatStamp, Hlc, type HlcOptions } from "./hlc.ts";
export { type FieldValue } from "./kinds.ts";
export { type IngestResult, type Run } from "./run.ts";
export { compareStamps, type Stamp } from "./stamp.ts";
export * from "./view/mod.ts";
export {
  decodeRun,
  decodeRuns,
  type DecodeRunsOptions,
  encodeRun,
  encodeRuns,
  type RunContext,
  type RunPlace,
} from "./wire/mod.ts";
