/**
 * A dataset that several machines write apart from each other, and that is the same on all when they have met. Rules:
 * SPEC.md.
 *
 * @module
 */
export { type Bundle, type BundleAbout, decodeBundle, encodeBundle, type FeedHead, readBundleAbout } from "./bundle.ts";
export { blobsHere, type BlobSyncReport, joinBytes, keepBlobs, syncBlobs } from "./bundle_blobs.ts";
export { type FolderSyncOptions, type FolderSyncReport, MAX_BUNDLE_BYTES, syncFolder } from "./bundle_folder.ts";
export { frontierOf, packBundle, type PackOptions, unpackBundle, type UnpackReport } from "./bundle_replica.ts";
export {
  Attachments,
  type AttachmentsSummary,
  type AttachmentState,
  type BlobRef,
  type BlobsReport,
  type DamagedBlob,
  type NewAttachment,
  readRoom,
  summaryOf,
  type Tally,
  writeRoom,
} from "./attachments/mod.ts";
export { repairFolder, type RepairReport, verifyFolder, type VerifyReport } from "./check_folder.ts";
export {
  type ContactOptions,
  type ContactProgress,
  holdContact,
  mayTalk,
  secureContact,
  type SecureContactOptions,
  type SecuredPeer,
} from "./contact.ts";
export { type Ack, Acks, type Noted } from "./acks.ts";
export { type Apart, apartFrom, type Backlog, backlogOf, backlogs } from "./backlog.ts";
export { type LastContact } from "./last_contact.ts";
export { checkMayCompact, type CompactionPlan, type HeldUp, KEEP_DAYS, planCompaction } from "./compaction.ts";
export { datasetId, type DatasetInfo } from "./dataset.ts";
export { createDeviceKey, type DeviceKey } from "./device.ts";
export { type EventPlace, type EventRef, type MeshEvent, type Payload } from "./event.ts";
export { Feed, type FeedRoot, type SignedHead } from "./feed.ts";
export { type Fork } from "./feed_set.ts";
export { type Admission, Feeds, type FeedsListener, type FeedsOptions } from "./feeds.ts";
export { type OpenInvitation, openInvitations, whyNotIn, withdraw } from "./invitations.ts";
export { importOriginal, originalIds, type OriginalImport } from "./import_original.ts";
export { formatStamp, Hlc, type HlcOptions } from "./hlc.ts";
export { type Change } from "./change.ts";
export { FolderReplica, initFolder, type InitOptions, joinFolder, type JoinOptions, openFolder } from "./folder.ts";
export { type FolderMachine, readFolder, readPeers, writeOwn, writePeers } from "./folder_files.ts";
export { type FieldValue, type Role } from "./kinds.ts";
export {
  formatInvitation,
  type Head as MemberHead,
  type Invitation,
  type Member,
  type MemberDevice,
  Members,
  type MembersOptions,
  parseInvitation,
  type Said as MemberSaid,
  ticketOf,
} from "./members/mod.ts";
export { invite, type InviteOptions, join, remove, type RemoveOptions, shareKeys } from "./membership.ts";
export { type NearbyBeacons, type NearbyOptions, watchNearby } from "./nearby.ts";
export { OriginalBridge, type OriginalBridgeOptions } from "./original_bridge.ts";
export { type OriginalLog, type OriginalLogProblem, readOriginalLog, writeOriginalLine } from "./original/mod.ts";
export { promote } from "./promotion.ts";
export { Replica, type ReplicaOptions } from "./replica.ts";
export { runsOf, type RunsOfOptions } from "./runs_of.ts";
export { type IngestResult, type Run } from "./run.ts";
export { Station } from "./station.ts";
export {
  type MeetingOptions,
  type MeetingReport,
  type PeerState,
  type StationEvent,
  type StationOptions,
} from "./station_options.ts";
export { holdAir, type HoldAirOptions, MIN_AIR_BYTES } from "./hold_air.ts";
export { shrink } from "./shrink.ts";
export { formChanges, sharedForm, sharedFormIds } from "./shared_forms.ts";
export { erase, type EraseReport, mayErase } from "./erase.ts";
export { compareStamps, type Stamp } from "./stamp.ts";
export {
  type AirAuthor,
  type AirReport,
  AirSync,
  type AirSyncOptions,
  type BlobSource,
  type Known,
  sync,
  type SyncOptions,
  type SyncReport,
  SyncSession,
  type SyncSessionOptions,
} from "./sync/mod.ts";
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
