import { TinmanError } from "../../errors/mod.ts";

/** What the other end sent is not what the protocol says. The connection cannot be used any more. */
export function protocolError(found: string, cause?: unknown): TinmanError<"PROTOCOL"> {
  return new TinmanError("PROTOCOL", `Cannot read a Kafka message: ${found}`, { protocol: "kafka", cause });
}
