import type { VerifyReport } from "../runtime/mod.ts";
import type { Output } from "./output.ts";
import { clean } from "./style.ts";
import { formatTime } from "./time.ts";
import { formatValue } from "./value.ts";

/** Prints what `--verify` compared, and the first difference with both values. */
export function printVerdict({ channels, divergence, isCut }: VerifyReport, firstNs: bigint, out: Output): void {
  const rows = channels.map(({ name, equal, recorded }) => [
    name,
    recorded.toLocaleString("en-US"),
    equal.toLocaleString("en-US"),
    divergence?.channel === name ? "differs" : equal === recorded ? "same" : "same so far",
  ]);
  out.table(["channel", "recorded", "equal", "verdict"], rows, { right: ["recorded", "equal"] });
  if (isCut) out.note("it was ended early: what came after that was not compared");
  if (divergence === undefined) return;
  const { channel, frame, timeNs, kind } = divergence;
  const at = `${(Number(timeNs - firstNs) / 1e9).toFixed(3)}s, ${formatTime(timeNs)}`;
  out.line();
  out.line(`${out.paint("red", "first difference")}: channel "${clean(channel)}", frame ${frame}, at ${at}`);
  out.line(`  recorded  ${kind === "extra" ? "nothing more" : formatValue(divergence.recorded)}`);
  out.line(`  replayed  ${kind === "missing" ? "nothing more" : formatValue(divergence.replayed)}`);
}
