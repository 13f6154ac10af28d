/** A request that a broker got, for tests of programs that use Kafka. */
export interface SeenRequest {
  /** Its name in Kafka's documentation: `Produce`. */
  readonly name: string;
  /** Its number. */
  readonly key: number;
  /** In which version it came. */
  readonly version: number;
  /** What the client calls itself. */
  readonly client: string;
  /** Its fields, as in `src/broker/protocol`. Not to be changed. */
  readonly request: Readonly<Record<string, unknown>>;
  /** Serves it as usual and gives the answer, to be looked at or sent changed. Called once at most. */
  serve(): Promise<Readonly<Record<string, unknown>> | undefined>;
}

/**
 * What is done about a request in place of serving it: `"drop"` ends the connection, `"ignore"` never answers it,
 * `{ answer }` sends these fields; nothing serves it as usual.
 */
export type Intervention =
  | "drop"
  | "ignore"
  | { readonly answer: Readonly<Record<string, unknown>> }
  | undefined
  | void;

/**
 * Sees every request before it is served and says what is to be done about it. It may take its time: the request waits, and
 * those behind it on the same connection, too.
 */
export type Intercept = (request: SeenRequest) => Intervention | Promise<Intervention>;
