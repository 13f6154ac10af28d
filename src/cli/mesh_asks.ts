import { isTinmanError, TinmanError } from "../errors/mod.ts";
import { askAttachments } from "./mesh_ask_attachments.ts";
import { askBundles } from "./mesh_ask_bundles.ts";
import { askCompact } from "./mesh_ask_compact.ts";
import { askCompare } from "./mesh_ask_compare.ts";
import { askDataset } from "./mesh_ask_dataset.ts";
import { askErase } from "./mesh_ask_erase.ts";
import { askFiles } from "./mesh_ask_files.ts";
import { askPeers } from "./mesh_ask_peers.ts";
import { askRecords } from "./mesh_ask_records.ts";
import { askTables } from "./mesh_ask_tables.ts";
import type { MeshHost } from "./mesh_host.ts";

/** All that can be asked of a dataset: here, or of the process that has it. Questions and answers are plain JSON. */
export const asks = {
  ...askDataset,
  ...askCompact,
  ...askCompare,
  ...askRecords,
  ...askBundles,
  ...askPeers,
  ...askErase,
  ...askFiles,
  ...askAttachments,
  ...askTables,
};

/** The name of a question. */
export type AskName = keyof typeof asks;
/** What belongs to a question. */
export type AskOptions<Name extends AskName> = Parameters<(typeof asks)[Name]>[1];
/** What is answered. */
export type AskAnswer<Name extends AskName> = Awaited<ReturnType<(typeof asks)[Name]>>;

/** A dataset to ask, wherever it is open. */
export interface Mesh extends AsyncDisposable {
  /** The folder. */
  readonly path: string;
  /** Whether another process has it, such as `mesh start`. */
  readonly isRemote: boolean;
  /** Asks. @throws {TinmanError} What the question says. */
  ask<Name extends AskName>(name: Name, options: AskOptions<Name>): Promise<AskAnswer<Name>>;
}

/** Answers a question. @throws {TinmanError} `PROTOCOL` for one that there is not. */
export async function answer(host: MeshHost, name: string, options: unknown): Promise<unknown> {
  if (!Object.hasOwn(asks, name)) {
    throw new TinmanError("PROTOCOL", `Cannot answer "${name.slice(0, 40)}": there is no such question`, {
      protocol: "mesh.sock",
      hint: "the other tinman is of another version: stop it and start this one",
    });
  }
  const ask = asks[name as AskName] as (host: MeshHost, options: unknown) => unknown;
  const said = await ask(host, options);
  host.replica.giveKeys();
  return said;
}

/** An error as it goes over a socket. */
export interface SentError {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What of an error goes to the other process. */
export function sendError(error: unknown): SentError {
  if (!isTinmanError(error)) return { message: error instanceof Error ? error.message : String(error) };
  const { code, message, hint, details } = error;
  return { code, message, hint, details: details as Record<string, unknown> };
}

/** The same error here. */
export function receiveError({ code, message, hint, details }: SentError): Error {
  if (code === undefined) return new Error(message);
  return new TinmanError(code as "CONFIG", message, { ...details, hint });
}
