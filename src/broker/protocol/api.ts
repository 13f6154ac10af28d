import type { Field } from "./fields.ts";
import { struct, type StructOf } from "./struct.ts";
import { WireReader } from "./wire_reader.ts";
import { WireWriter } from "./wire_writer.ts";

/** Deepens `Partial`: what is left out of an answer is what it is in versions that do not have it. */
export type Loose<T> = T extends Uint8Array | string | number | boolean | null ? T
  : T extends readonly (infer Item)[] ? readonly Loose<Item>[]
  : T extends object ? { readonly [K in keyof T]?: Loose<T[K]> }
  : T;

/** One kind of request and its answer, in a range of versions. */
export interface Api<Request = unknown, Response = unknown> {
  /** Its number. */
  readonly key: number;
  /** Its name in Kafka's documentation. */
  readonly name: string;
  /** First version that is spoken. */
  readonly min: number;
  /** Last version that is spoken. */
  readonly max: number;
  /** First version with compact lengths and tagged fields. */
  readonly flexibleFrom: number;
  /** Reads a request behind its header. @throws {TinmanError} `PROTOCOL` */
  readRequest(from: WireReader, version: number): Request;
  /** Writes an answer behind its header. */
  writeResponse(to: WireWriter, response: Loose<Response>, version: number): void;
  /** For clients. */
  writeRequest(to: WireWriter, request: Loose<Request>, version: number): void;
  /** For clients. @throws {TinmanError} `PROTOCOL` */
  readResponse(from: WireReader, version: number): Response;
}

type AnyFields = Record<string, Field<never> | Field<unknown>>;

/** What {@linkcode defineApi} takes. */
export interface ApiSchema<Q extends AnyFields, R extends AnyFields> {
  readonly key: number;
  readonly name: string;
  /** First and last version. */
  readonly versions: readonly [min: number, max: number];
  /** First flexible version (KIP-482). @default {none} */
  readonly flexibleFrom?: number;
  /** Fields in the order of the wire. */
  readonly request: Q;
  /** Fields in the order of the wire. */
  readonly response: R;
}

/** Makes readers and writers of the fields of a request and its answer. */
export function defineApi<Q extends AnyFields, R extends AnyFields>(
  { key, name, versions: [min, max], flexibleFrom = Infinity, request, response }: ApiSchema<Q, R>,
): Api<StructOf<Q>, StructOf<R>> {
  const [question, answer] = [struct(request), struct(response)];
  const flexible = <W extends WireReader | WireWriter>(wire: W, version: number): W => {
    wire.flexible = version >= flexibleFrom;
    return wire;
  };
  return {
    key,
    name,
    min,
    max,
    flexibleFrom,
    readRequest: (from, version) => question.read(flexible(from, version), version),
    writeResponse: (to, value, version) => answer.write(flexible(to, version), value as StructOf<R>, version),
    writeRequest: (to, value, version) => question.write(flexible(to, version), value as StructOf<Q>, version),
    readResponse: (from, version) => answer.read(flexible(from, version), version),
  };
}

/** The request that an api reads. */
export type RequestOf<A> = A extends Api<infer Request, infer _> ? Request : never;

/** The answer that an api writes. */
export type ResponseOf<A> = A extends Api<infer _, infer Response> ? Loose<Response> : never;
