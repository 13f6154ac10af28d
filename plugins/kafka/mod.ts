/**
 * Topics of a Kafka: `source` and `sink` as nodes. tinman holds the connection, and opens the topics that were granted.
 *
 * @module
 */
import { definePlugin } from "tinman/plugin";
import { sink } from "./sink.ts";
import { source } from "./source.ts";

export default definePlugin({ nodes: { source, sink } });
