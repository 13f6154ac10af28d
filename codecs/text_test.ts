// Equivalent of the original's composite_codec_test.py: TestPrimitiveCodecs.test_string_codec.
import fc from "fast-check";
import { testCodec } from "tinman/testing";
import { text, textKind } from "./text.ts";

testCodec({
  name: "text()",
  test: Deno.test,
  create: text,
  kind: textKind,
  values: ["", "a", "Grüße, 21 °C", "\u{1f980}", "\ufeffbyte order mark", "\0", "x".repeat(5000), "é".repeat(700)],
  arbitrary: fc.string({ unit: "binary" }),
  refused: [
    { value: 5, message: /^Codec "text": Cannot encode: got number 5, expected text$/ },
    { value: undefined, message: /got undefined, expected text/ },
    { value: "half \ud800", message: /expected whole characters/ },
  ],
});
