/**
 * For tests of one's own parts: what each contract promises, as a suite of tests.
 *
 * @module
 */
export { type ChannelFixture } from "./channel_fixture.ts";
export { type ChannelSuiteOptions, testChannel } from "./channel_suite.ts";
export { type ClockSuiteOptions, testClock, type TestFunction } from "./clock_suite.ts";
export { createFaultyFiles, type FaultyFiles, type FaultyFilesOptions } from "./faulty_files.ts";
export { type FilesFixture, type FilesSuiteOptions, testFiles } from "./files_suite.ts";
export { type ArbitraryOf, type CodecSuiteOptions, testCodec } from "./codec_suite.ts";
export { type LinkFixture, type LinkSuiteOptions, testLink } from "./link_suite.ts";
export { type QueueSuiteOptions, testQueue } from "./queue_suite.ts";
export { type RecordingSuiteOptions, testRecording } from "./recording_suite.ts";
export { type RecordingFixture } from "./recording_world.ts";
export { createTestEnvironment, type TestEnvironment, type TestEnvironmentOptions } from "./environment.ts";
export { type StoreSuiteOptions, testStore } from "./store_suite.ts";
export type { Store, StoreEntry, StoreKey, StoreKeyPart, StoreRange } from "../store/mod.ts";
