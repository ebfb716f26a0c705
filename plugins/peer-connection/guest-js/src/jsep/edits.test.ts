import { expect, test } from "vitest";
import { isHarmlessEdit } from "./edits";

const MADE = [
  "v=0",
  "o=- 7 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "m=audio 9 UDP/TLS/RTP/SAVPF 111",
  "c=IN IP4 0.0.0.0",
  "a=ice-ufrag:abcdefgh",
  "a=ice-pwd:abcdefghabcdefghabcdefgh",
  "a=ice-options:trickle",
  "a=setup:actpass",
  "a=mid:0",
  "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
  "a=sendrecv",
  "a=rtpmap:111 opus/48000/2",
  "a=fmtp:111 minptime=10;useinbandfec=1",
  "m=video 9 UDP/TLS/RTP/SAVPF 96 97 102",
  "c=IN IP4 0.0.0.0",
  "a=mid:1",
  "a=sendonly",
  "a=rtpmap:96 VP8/90000",
  "a=rtcp-fb:96 nack",
  "a=rtpmap:97 rtx/90000",
  "a=fmtp:97 apt=96",
  "a=rtpmap:102 H264/90000",
  "",
].join("\r\n");

const replaced = (from: string | RegExp, to: string): string => MADE.replace(from, to);

test.each([
  ["no trickle", replaced("a=ice-options:trickle\r\n", "")],
  ["other line ends", MADE.replaceAll("\r\n", "\n").trimEnd()],
  ["another codec first", replaced("96 97 102", "102 96 97")],
  [
    "one codec less",
    replaced("96 97 102", "102").replace(/a=(?:rtpmap|rtcp-fb|fmtp):9[67].*\r\n/g, ""),
  ],
  ["one codec less, whose lines stay", replaced("96 97 102", "96 97")],
  ["other parameters", replaced("minptime=10", "stereo=1;maxaveragebitrate=64000")],
  ["parameters of a codec without any", `${MADE}a=fmtp:102 x-google-start-bitrate=900\r\n`],
  ["a hold", replaced("a=sendonly", "a=inactive").replace("a=sendrecv", "a=sendonly")],
  ["a limit", replaced("a=mid:1\r\n", "b=AS:500\r\na=mid:1\r\n")],
])("%s does no harm", (_, edited) => {
  expect(isHarmlessEdit(edited, MADE)).toBe(true);
});

test.each([
  ["no description", "hello"],
  ["another version", replaced("7 2 IN", "7 3 IN")],
  ["an m-line less", MADE.slice(0, MADE.indexOf("m=video"))],
  ["a refused m-line", replaced("m=video 9", "m=video 0")],
  ["a codec more", replaced("96 97 102", "96 97 102 103")],
  ["a codec without a name", replaced("a=rtpmap:102 H264/90000\r\n", "")],
  ["another codec in the place of one", replaced("102 H264", "102 VP9")],
  ["another mid", replaced("a=mid:1", "a=mid:v")],
  ["a wider direction", replaced("a=sendonly", "a=sendrecv")],
  ["no direction, which is a wider one", replaced("a=sendonly\r\n", "")],
  ["other credentials", replaced("a=ice-ufrag:abcdefgh", "a=ice-ufrag:hgfedcba")],
  ["another number of an extension", replaced("a=extmap:1 ", "a=extmap:2 ")],
  ["an extension less", replaced(/a=extmap.*\r\n/, "")],
  ["a line that says nothing known", `${MADE}a=munging-is-not-good\r\n`],
])("%s is refused", (_, edited) => {
  expect(isHarmlessEdit(edited, MADE)).toBe(false);
});
