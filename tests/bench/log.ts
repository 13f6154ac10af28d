import { createPlatform } from "../../src/platform/mod.ts";
import { bytes, ndarray } from "tinman/codecs";
import { createRecording, openRecording } from "tinman/log";
