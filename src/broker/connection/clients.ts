import { isTinmanError, TinmanError } from "../../errors/mod.ts";
import type { Link } from "../../link/mod.ts";
import { handlers } from "../api/mod.ts";
import type { BrokerEvent } from "../embedded_broker_options.ts";
import { type ConnectionOptions, serveConnection } from "./connection.ts";
import type { SaslServer } from "./sasl.ts";

/** What {@linkcode Clients} works with. */
export interface ClientsOptions extends Omit<ConnectionOptions, "sasl" | "served"> {
  /** Most clients at once; more are refused. */
  readonly maxConnections: number;
  /** Hears of clients that end badly or are refused, and when no more can come. */
  readonly onEvent: ((event: BrokerEvent) => void) | undefined;
}

/** All who are connected: taken in while there is room, each served until it leaves or the broker stops. */
export class Clients {
  readonly #options: ClientsOptions;
  readonly #served = new Set<Promise<void>>();

  /** Nobody yet. */
  constructor(options: ClientsOptions) {
    this.#options = options;
  }

  /** Takes in who comes, with a login at `sasl` if there is one, until no more come. */
  async accept(links: AsyncIterable<Link>, sasl: SaslServer | undefined): Promise<void> {
    try {
      for await (const link of links) {
        if (this.#served.size < this.#options.maxConnections) this.admit(link, sasl);
        else await this.#turnAway(link);
      }
    } catch (error) {
      this.#options.onEvent?.({ kind: "fatal", error });
    }
  }

  /** Takes in one more, whatever the limit. */
  admit(link: Link, sasl: SaslServer | undefined): void {
    const served = this.#serve(link, sasl).finally(() => this.#served.delete(served));
    this.#served.add(served);
  }

  /** Resolves when all who are here now have left. */
  async gone(): Promise<void> {
    await Promise.all(this.#served);
  }

  async #turnAway(link: Link): Promise<void> {
    await link.close();
    const message = `Cannot serve ${link.name}: ${this.#options.maxConnections} clients are connected`;
    const error = new TinmanError("UNAVAILABLE", message, { what: "broker", hint: "raise `maxConnections`" });
    this.#options.onEvent?.({ kind: "error", error, client: link.name });
  }

  async #serve(link: Link, sasl: SaslServer | undefined): Promise<void> {
    try {
      await serveConnection(link, { ...this.#options, served, sasl });
    } catch (error) {
      // Who leaves while an answer is on its way has done nothing wrong.
      if (isTinmanError(error, "UNAVAILABLE") && error.details.what === link.name) return;
      this.#options.onEvent?.({ kind: "error", error, client: link.name });
    }
  }
}

const served = [...handlers.values()].map(({ api }) => api);
