import { isTinmanError, TinmanError } from "../errors/mod.ts";
import type { Link } from "../link/mod.ts";
import { type AirReport, holdAir, type HoldAirOptions, MIN_AIR_BYTES } from "../mesh/mod.ts";
import type { MeshHost } from "./mesh_host.ts";
import type { MeshIo } from "./mesh_io.ts";
import { count } from "./output.ts";

/** A radio that several machines share. */
export interface AirPlace {
  /** The port of its TNC: `serial:/dev/ttyUSB0?baud=9600`. */
  readonly address: string;
  /** Bytes that may be sent in a second, averaged over a minute. */
  readonly bytesPerSecond: number;
  /** Most bytes of a packet. @default {what the port takes} */
  readonly packetBytes?: number | undefined;
}

/** How it goes with a radio. */
export interface AirState extends Pick<AirPlace, "address" | "bytesPerSecond"> {
  /** Whether the port is open. */
  readonly isHeld: boolean;
  /** Since when it is, or is not. */
  readonly sinceMs: number;
  /** What was said and heard since the port was opened last. */
  readonly air: { readonly report: AirReport } | undefined;
}

/** Which flags of `tinman mesh start` say where the radio is. */
export interface AirFlags {
  readonly air: string | undefined;
  readonly "bytes-per-second": number | undefined;
  readonly "packet-bytes": number | undefined;
  readonly "open-air": boolean;
}

/** What is sent when nobody says how much may be: a third of what packet radio of 1,200 bits a second can. */
export const DEFAULT_BYTES_PER_SECOND = 50;
/** Most bytes of a message over KISS; four more are its checksum. */
const MAX_PACKET_BYTES = 500;
const RETRY_MS = 5_000;

/** Where the radio is. @throws {TinmanError} `USAGE` */
export function readAir(flags: AirFlags): AirPlace | undefined {
  const { air, "bytes-per-second": bytesPerSecond = DEFAULT_BYTES_PER_SECOND, "packet-bytes": packetBytes } = flags;
  if (air === undefined) {
    const flag = (["bytes-per-second", "packet-bytes", "open-air"] as const).find((name) => flags[name]);
    if (flag !== undefined) throw unfit(`--${flag}`, "there is no radio", "--air serial:PATH says where one is");
    return undefined;
  }
  if (!air.startsWith("serial:")) {
    throw unfit(
      "--air",
      `${JSON.stringify(air)} is no port`,
      "such as serial:/dev/ttyUSB0?baud=9600: tinman serial list",
    );
  }
  if (!(bytesPerSecond > 0)) throw unfit("--bytes-per-second", "it is not above 0", undefined);
  const isLength = packetBytes === undefined ||
    (Number.isInteger(packetBytes) && packetBytes >= MIN_AIR_BYTES && packetBytes <= MAX_PACKET_BYTES);
  if (!isLength) {
    const hint = `from ${MIN_AIR_BYTES} to ${MAX_PACKET_BYTES}; four bytes more go on the air`;
    throw unfit("--packet-bytes", `${packetBytes} cannot be the length of a packet`, hint);
  }
  return { address: air, bytesPerSecond, packetBytes };
}

/** Opens the radio. @throws {TinmanError} `DENIED` for what is not sealed and would be; what the port says. */
export async function openAir({ address }: AirPlace, { mesh, host, isOpen }: OpenAirOptions): Promise<Link> {
  const { name, privacy } = host.replica.info;
  if (privacy !== "sealed" && !isOpen) {
    throw new TinmanError("DENIED", `Cannot put ${name} on the air: whoever hears it could read it`, {
      what: `air:${name}`,
      hint: "begin it with `tinman mesh init --sealed`, or say --open-air if anybody may read it",
    });
  }
  return await mesh.dial(address);
}

/** Options of {@linkcode openAir}. */
export interface OpenAirOptions {
  readonly mesh: MeshIo;
  readonly host: MeshHost;
  /** Whether anybody may read what is not sealed. */
  readonly isOpen: boolean;
}

/** Talks on the radio until `signal` aborts; when the port is gone it is opened again and again. */
export async function stayOnAir(link: Link, place: AirPlace, options: StayOnAirOptions): Promise<void> {
  const { host, mesh, signal, problem, said } = options;
  const { bytesPerSecond, packetBytes: maxBytes } = place;
  const [{ clock }, { random }] = [host, mesh];
  const settled = () => host.replica.giveKeys();
  const note = (isHeld: boolean, air: AirState["air"]) => {
    const sinceMs = Number(clock.now() / 1_000_000n);
    host.radio.state = { address: place.address, bytesPerSecond, isHeld, sinceMs, air };
  };
  const began: HoldAirOptions["began"] = (air) => note(true, air);
  let [next, told]: [Link | undefined, boolean] = [link, false];
  while (!signal.aborted) {
    try {
      if (next === undefined) {
        next = await mesh.dial(place.address, { signal });
        said(`on the air again at ${next.name}`);
      }
      const opened = next;
      [next, told] = [undefined, false];
      const rest = { clock, random, signal, bytesPerSecond, maxBytes, settled, began };
      const events = await holdAir(host.replica, opened, rest);
      if (signal.aborted) said(`the air brought ${count(events, "new event")}`);
      else throw new TinmanError("UNAVAILABLE", `Cannot hear ${place.address}: it has ended`, { what: place.address });
    } catch (error) {
      if (signal.aborted) return;
      if (host.radio.state?.isHeld !== false) note(false, host.radio.state?.air);
      if (!isTinmanError(error)) throw error;
      if (!told) problem(error);
      told = true;
    }
    await clock.sleep(RETRY_MS, { signal }).catch(() => {});
  }
}

/** Options of {@linkcode stayOnAir}. */
export interface StayOnAirOptions {
  readonly host: MeshHost;
  readonly mesh: MeshIo;
  readonly signal: AbortSignal;
  /** What went wrong; it goes on. */
  problem(error: unknown): void;
  /** For people. */
  said(line: string): void;
}

function unfit(argument: string, why: string, hint: string | undefined): TinmanError<"USAGE"> {
  return new TinmanError("USAGE", `Cannot use ${argument}: ${why}`, { argument, hint });
}
