/**
 * MQTT 3.1.1: `subscribe` and `publish` as nodes. Code of our own, as packages for it bring far more than a plugin may.
 *
 * @module
 */
import { definePlugin } from "tinman/plugin";
import { publish } from "./publish.ts";
import { subscribe } from "./subscribe.ts";

export default definePlugin({ nodes: { subscribe, publish } });
