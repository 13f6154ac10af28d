/**
 * What the files of records contain, and how that gets from one peer to another. Rules: README.md.
 *
 * @module
 */
export {
  Attachments,
  type AttachmentsOptions,
  type AttachmentState,
  collectBytes,
  type ExchangeOptions,
  type NewAttachment,
} from "./attachments.ts";
export { BlobExchange, type BlobExchangeOptions, type BlobExchangeReport } from "./blob_exchange.ts";
export { type Begun, BlobStore, type BlobStoreOptions } from "./blob_store.ts";
export { type BlobsReport, checkBlobs, type DamagedBlob } from "./check_blobs.ts";
export { Downloads, type DownloadsOptions } from "./downloads.ts";
export { readRoom, writeRoom } from "./room.ts";
export { freeName, setAside } from "./set_aside.ts";
export { type AttachmentsSummary, summaryOf } from "./summary.ts";
export { type Tally, tallyOf } from "./tally.ts";
export { type BlobRef, treeOf } from "./tree.ts";
