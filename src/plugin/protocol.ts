/**
 * What tinman and the guest, the code that runs a plugin, say to each other. Messages are lists that begin with a word;
 * all that is in them is plain data, so that each tier can carry them as it likes.
 *
 * Backpressure: nobody sends more values on a port than the other side said it has room for. Who does is cut off.
 */

/** One module of a plugin: JavaScript, its imports named by other modules of the same list or `tinman/plugin`. */
export interface GuestModule {
  /** Path in the plugin: `src/parse.ts`. */
  readonly name: string;
  /** JavaScript: types are stripped. */
  readonly code: string;
}

/** What the guest is told. Runs, calls and links are numbered by who starts them. */
export type ToGuest =
  /** Load the plugin: its modules, each after those that it imports; the last is the main one. */
  | readonly ["load", modules: readonly GuestModule[]]
  /** Start a node. `room` values may be sent on each output before more is said. */
  | readonly ["start", run: number, start: GuestStart]
  /** Messages for an input, and the run's time at their arrival. */
  | readonly ["values", run: number, port: string, values: readonly unknown[], timeNs: bigint]
  /** Nothing more comes on an input. */
  | readonly ["ended", run: number, port: string]
  /** The graph has room for `count` more values of an output. */
  | readonly ["room", run: number, port: string, count: number]
  /** The node has to stop. */
  | readonly ["stop", run: number]
  /** Only to see whether it still answers. */
  | readonly ["ping"]
  /** Encode or decode all of `items`. */
  | readonly [
    "code",
    call: number,
    codec: string,
    direction: "encode" | "decode",
    items: readonly unknown[],
    params: unknown,
  ]
  /** Use a kind of stage of the plugin, see {@linkcode StageCall}. */
  | readonly ["stage", call: number, what: StageCall]
  /** Use a transport of the plugin, see {@linkcode LinkCall}. */
  | readonly ["link", call: number, what: LinkCall]
  /** What a call of the guest gave, and the run's time. */
  | readonly ["answer", call: number, value: unknown, timeNs: bigint]
  /** Why a call of the guest failed. */
  | readonly ["refuse", call: number, error: GuestError];

/** What a node starts with. */
export interface GuestStart {
  /** Name in the plugin. */
  readonly node: string;
  /** Name in the graph, for messages. */
  readonly name: string;
  readonly config: unknown;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** From which its chance is drawn. */
  readonly seed: string;
  readonly timeNs: bigint;
  /** How many values each output may send at first, and how many an input may hold. */
  readonly room: number;
}

/** What the guest says. */
export type FromGuest =
  /** Loaded; what the plugin brings. */
  | readonly [
    "ready",
    {
      nodes: readonly string[];
      stages: readonly string[];
      codecs: Readonly<Record<string, number>>;
      transports: readonly string[];
    },
  ]
  /** It cannot be loaded. */
  | readonly ["broken", error: GuestError]
  /** Messages of an output. */
  | readonly ["values", run: number, port: string, values: readonly unknown[]]
  /** `count` messages of an input were taken; so many more may come. */
  | readonly ["took", run: number, port: string, count: number]
  /** All that could go on by itself has done so, after `heard` messages of the host. */
  | readonly ["idle", heard: number]
  /** A node has returned. */
  | readonly ["done", run: number]
  /** A node has thrown. */
  | readonly ["failed", run: number, error: GuestError]
  /** What a `code` call gave, one result or error for each item. */
  | readonly [
    "coded",
    call: number,
    results: readonly (readonly [ok: true, value: unknown] | readonly [ok: false, GuestError])[],
  ]
  /** What a `stage` call gave: frames, see {@linkcode WireFrame}. */
  | readonly ["staged", call: number, result: readonly [ok: true, value: unknown] | readonly [ok: false, GuestError]]
  /** What a `link` call gave. */
  | readonly ["linked", call: number, result: readonly [ok: true, value: unknown] | readonly [ok: false, GuestError]]
  /** A message for people. */
  | readonly ["log", run: number, level: "debug" | "info" | "warn" | "error", text: string]
  /** Something only tinman can do, see {@linkcode GuestCall}. */
  | readonly ["call", call: number, run: number, what: GuestCall];

/** What tinman asks of a plugin's stages. They are numbered by who makes them, as runs are. */
export type StageCall =
  | readonly ["make", stage: number, start: GuestStageStart]
  | readonly ["process", stage: number, frame: WireFrame, input: string]
  /** No frame comes any more. */
  | readonly ["end", stage: number]
  /** Nobody asks for it any more. */
  | readonly ["drop", stage: number];

/** What a stage starts with. */
export interface GuestStageStart {
  /** Name in the plugin. */
  readonly stage: string;
  /** Id in the pipeline. */
  readonly name: string;
  readonly config: unknown;
  /** From which its chance is drawn. */
  readonly seed: string;
}

/** A frame on its way: samples are bytes, little-endian. */
export type WireFrame = readonly [
  timestampUs: number,
  sequenceId: number,
  channels: readonly (readonly [name: string, samples: Uint8Array])[],
  metadata: Readonly<Record<string, unknown>>,
];

/** What tinman asks of a plugin's transport. Links are numbered by the guest. */
export type LinkCall =
  /** Gives `[link, kind, name, maxBytes]`. */
  | readonly ["open", scheme: string, address: string]
  /** The next piece; null at its end. */
  | readonly ["read", link: number]
  | readonly ["send", link: number, bytes: Uint8Array]
  | readonly ["close", link: number];

/** What a guest asks for; each is answered or refused. */
export type GuestCall =
  | readonly ["sleep", ms: number]
  | readonly ["openLink", address: string]
  /** The next piece from a link; null at its end. */
  | readonly ["readLink", link: number]
  | readonly ["sendLink", link: number, bytes: Uint8Array]
  | readonly ["closeLink", link: number]
  /** Gives the topic's number, to read from it. */
  | readonly ["consume", address: string, options: Readonly<Record<string, unknown>>]
  /** Gives the topic's number, to send to it. */
  | readonly ["produce", address: string]
  /** The next records of a topic; null when no more come. */
  | readonly ["readQueue", topic: number]
  | readonly ["sendQueue", topic: number, records: readonly unknown[]]
  | readonly ["closeQueue", topic: number];

/** An error that crossed the border. */
export interface GuestError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
}

/** A guest as tinman holds it: one for each plugin at work. */
export interface Guest extends AsyncDisposable {
  /** Which tier it runs in, for messages. */
  readonly tier: Tier;
  /** Says something to the guest. Never waits: what is sent is bounded by the credits of the protocol. */
  post(message: ToGuest): void;
  /** Called for each thing that the guest says; set before the first `post`. */
  onMessage: (message: FromGuest) => void;
  /** Called once when the guest is no more though nobody closed it: crashed, out of memory, killed for hanging. */
  onGone: (error: Error) => void;
  /** What it takes of the machine, where it is a process of its own or a QuickJS. @default {nobody can tell} */
  usage?(): GuestUsage | undefined;
  /** Ends the guest, by force if it does not end by itself within `graceMs`. @default {1000} */
  close(graceMs?: number): Promise<void>;
}

/** What a guest takes of the machine. */
export interface GuestUsage {
  /** Of a process, with the runtime that it stands on; of a QuickJS, what it keeps. */
  readonly memoryBytes?: number | undefined;
  /** Of all processors, since it began; of a QuickJS, how long it worked on what it was told. */
  readonly cpuMs?: number | undefined;
}

/** Where a plugin runs, from the strongest border to none. */
export type Tier = "quickjs" | "process" | "trusted";
