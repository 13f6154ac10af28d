import type { Files } from "../../files/mod.ts";
import type { StageType } from "../stage.ts";
import { csvSink, csvSource } from "./csv.ts";
import { jsonlSink, jsonlSource } from "./jsonl.ts";
import { wavSink } from "./wav_sink.ts";
import { wavSource } from "./wav_source.ts";

/** The stages that read and write files, with the files that they may reach. */
export function fileStages(files: Files): readonly StageType[] {
  const makers = [wavSource, wavSink, csvSource, csvSink, jsonlSource, jsonlSink];
  return makers.map((make) => ({ ...make(files), doneOnReturn: true }));
}
