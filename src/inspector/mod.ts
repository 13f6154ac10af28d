/**
 * A page that shows what runs, what was recorded, and what is not as it should be. It looks through `Observed` of telemetry,
 * which engines do not know of; `sources/` makes one of a run, a replay, a recording. README.md says how to add a page.
 *
 * @module
 */
export type { Bindings, UpgradedSocket } from "./context.ts";
export { createInspector, type Inspector, type InspectorOptions, MAX_PAGES } from "./inspector.ts";
export type { PageAssets } from "./page_files.ts";
export { type BrokerSource, type BrokerSourceOptions, openBrokerSource } from "./sources/broker.ts";
export { createRecordingSource, type RecordingSourceOptions } from "./sources/recording.ts";
export { renameProbe } from "./sources/renamed_probe.ts";
export { RunSource, type RunSourceOptions } from "./sources/run.ts";
export type { Wire, WireListener } from "./websocket/connection.ts";
