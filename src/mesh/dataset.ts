import { hash } from "node:crypto";
import { encodeCbor } from "../cbor/mod.ts";

/** What a dataset is, said once by who began it. Its hash is the dataset's id, which no two datasets share. (SPEC D1) */
export interface DatasetInfo {
  /** What people call it, from 1 to 128 characters. */
  readonly name: string;
  /** The public key of the device that began it, 64 hexadecimal digits: its first admin. */
  readonly founder: string;
  /** 16 bytes of chance as hexadecimal digits. */
  readonly nonce: string;
  /** Whether anybody may write, or only members. @default {"members"} */
  readonly writers?: "anybody" | "members";
  /** Whether what is said can be read by whoever passes it on, or by members alone. @default {"open"} */
  readonly privacy?: "open" | "sealed";
}

/** The id of a dataset: SHA-256 of the CBOR of what it is. */
export function datasetId({ name, founder, nonce, writers = "members", privacy = "open" }: DatasetInfo): Uint8Array {
  return hash("sha256", encodeCbor({ form: "tinman dataset 1", name, founder, nonce, writers, privacy }), "buffer");
}
