import { describe, expect, test } from "vitest";
import { CHROMIUM_OFFER, FIREFOX_OFFER } from "../testing/descriptions";
import { parseSdp, SdpError, writeSdp } from "./sdp";
import { readDescription } from "./view";

describe.each([
  ["Chromium", CHROMIUM_OFFER],
  ["Firefox", FIREFOX_OFFER],
])("an offer of %s", (_, offer) => {
  test("is written as it was read", () => {
    expect(writeSdp(parseSdp(offer))).toBe(offer);
  });

  test("has three m-lines on one transport, none of them rejected", () => {
    const { media, trickle } = readDescription(offer);
    expect(media.map(({ kind, mid, rejected }) => [kind, mid, rejected])).toEqual([
      ["audio", "0", false],
      ["video", "1", false],
      ["application", "2", false],
    ]);
    expect(new Set(media.map(({ ice }) => ice?.ufrag)).size).toBe(1);
    expect(media.every(({ fingerprint, setup }) => fingerprint && setup === "actpass")).toBe(true);
    expect(trickle).toBe(true);
  });
});

test("codecs come in the order of the m-line, with their retransmissions", () => {
  const video = readDescription(CHROMIUM_OFFER).media[1];
  const known = video?.codecs.map(({ payloadType, name, rtx }) => [payloadType, name, rtx]);
  expect(known).toEqual([
    [96, "VP8", 97],
    [102, "H264", 103],
    [108, "H264", 109],
    [45, "AV1", 46],
    [118, "red", 119],
    [120, "ulpfec", null],
  ]);
});

test("a track in no stream has no stream id", () => {
  const [audio, video] = readDescription(FIREFOX_OFFER).media;
  expect(audio?.msids[0]?.stream).toBe("{11111111-1111-4111-8111-111111111111}");
  expect(video?.msids[0]?.stream).toBeNull();
});

test("port 0 without bundle-only is rejected", () => {
  const rejected = FIREFOX_OFFER.replaceAll("a=bundle-only\r\n", "");
  expect(readDescription(rejected).media.map((media) => media.rejected)).toEqual([
    false,
    true,
    true,
  ]);
});

test.each([
  ["nothing", ""],
  ["no version", "o=- 1 1 IN IP4 0.0.0.0\r\n"],
  ["no origin", "v=0\r\ns=-\r\n"],
  ["a line without a type", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nhello\r\n"],
  ["an m-line without formats", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=audio 9 RTP/AVP\r\n"],
  ["a port that is none", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=audio 99999 RTP/AVP 0\r\n"],
])("%s is no description", (_, text) => {
  expect(() => parseSdp(text)).toThrow(SdpError);
});

test("two m-lines with one mid are no description", () => {
  expect(() => readDescription(CHROMIUM_OFFER.replace("a=mid:1", "a=mid:0"))).toThrow(SdpError);
});
