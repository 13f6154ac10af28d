import { formatSentence, parseSentence, type Sentence } from "./sentence.ts";

/** A sentence as its line in ASCII. Version 1 of the layout is NMEA 0183 itself: `$…*hh` CR LF. */
export const sentenceCodec = {
  version: 1,
  encode(sentence: Sentence): Uint8Array {
    const line = formatSentence(sentence);
    return Uint8Array.from(line, (each) => each.charCodeAt(0));
  },
  decode(bytes: Uint8Array): Sentence {
    // A line is ASCII; other bytes become characters that no sentence has.
    const found = parseSentence(Array.from(bytes.subarray(0, 2048), (each) => String.fromCharCode(each)).join(""));
    if (typeof found === "string") throw new TypeError(`Cannot read sentence: ${found}`);
    return found;
  },
};
