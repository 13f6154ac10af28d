import { createRing, RingReader, RingWriter } from "../ring/mod.ts";
import type { MeasuredFrame } from "./frame_codec.ts";
import type { StageTask, Workers, WorkerThread } from "./worker_thread.ts";
import { type FrameHead, FrameReceiver, FrameSender, RECORD, RING_BYTES, tryWriteWords } from "./worker_wire.ts";

/** Whoever has a {@linkcode WorkerLink}. */
export interface LinkHooks {
  /** Takes in the record that `reader` is at. What it throws ends the link. */
  readonly record: (reader: RingReader, receiver: FrameReceiver) => void;
  /** The thread is gone, or what it said makes no sense; with a reason unless it ended as it was told. */
  readonly ended: (error?: unknown) => void;
}

/** A thread with a stage, and the two rings to it, as the pipeline has them. */
export class WorkerLink {
  readonly #hooks: LinkHooks;
  readonly #thread: WorkerThread;
  readonly #writer: RingWriter;
  readonly #reader: RingReader;
  readonly #sender: FrameSender;
  readonly #receiver: FrameReceiver;
  readonly #ended = Promise.withResolvers<void>();
  /** What waits for room. */
  #unsent: (() => boolean) | undefined;
  /** Whether a record waits for its slab. */
  #isHeld = false;
  #isClosed = false;

  /** Starts the thread. */
  constructor(workers: Workers, task: Omit<StageTask, "toWorker" | "fromWorker">, hooks: LinkHooks) {
    this.#hooks = hooks;
    const rings = { toWorker: createRing(RING_BYTES), fromWorker: createRing(RING_BYTES) };
    const thread = this.#thread = workers.open({ ...task, ...rings }, {
      woken: () => this.look(),
      message: (message) => {
        this.#receiver.add(message);
        this.look();
      },
      ended: (error) => this.#hasEnded(error),
    });
    const wake = () => thread.wake?.();
    [this.#writer, this.#reader] = [
      new RingWriter(rings.toWorker, { wake }),
      new RingReader(rings.fromWorker, { wake }),
    ];
    this.#sender = new FrameSender(this.#writer, (message) => thread.post(message));
    this.#receiver = new FrameReceiver(this.#reader);
  }

  /** Resolves when the thread has ended, or nobody waits for it any more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Whether something waits for room, so that nothing else may be sent. */
  get isFull(): boolean {
    return this.#unsent !== undefined;
  }

  /** Puts a frame into the ring; false while there is no room. */
  trySend(measured: MeasuredFrame, head: FrameHead): boolean {
    return this.#sender.trySend(measured, head) === "sent";
  }

  /** Puts a record with a number alone into the ring; false while there is no room. */
  tryTell(kind: typeof RECORD[keyof typeof RECORD], number: number): boolean {
    return tryWriteWords(this.#writer, kind, [number]);
  }

  /** Calls `write` now, and again whenever there may be room, until it has found some. One at a time. */
  send(write: () => boolean): void {
    if (this.#isClosed || write()) return;
    this.#unsent = write;
    if (!this.#writer.sleep(this.#writer.maxLength)) this.look();
  }

  /** Shows the thread what was sent. */
  publish(): void {
    this.#writer.publish();
  }

  /** Takes in what has come. */
  look(): void {
    try {
      do {
        while (!this.#isClosed && (this.#isHeld || this.#reader.next())) {
          this.#isHeld = this.#receiver.lacksSlab;
          if (this.#isHeld) return;
          this.#hooks.record(this.#reader, this.#receiver);
        }
        if (this.#unsent?.() === true) {
          this.#unsent = undefined;
          this.#writer.publish();
        }
      } while (!this.#isClosed && !this.#reader.sleep() && !this.#reader.ended);
    } catch (error) {
      this.#hooks.ended(error);
    }
  }

  /** Tells the thread to end. */
  close(): void {
    this.#isClosed = true;
    this.#reader.close();
    this.#writer.close();
    this.#thread.wake?.();
  }

  /** Waits for the thread no longer. */
  abandon(): void {
    this.close();
    this.#thread.abandon();
    this.#ended.resolve();
  }

  #hasEnded(error: unknown): void {
    this.look();
    this.#ended.resolve();
    this.#hooks.ended(error);
  }
}
