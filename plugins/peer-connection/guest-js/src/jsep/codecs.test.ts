import { expect, test } from "vitest";
import { CHROMIUM_OFFER, FIREFOX_OFFER } from "../testing/descriptions";
import { H264, OPUS, VP8 } from "../media/codecs";
import { CODECS } from "../testing/fakeEngine";
import { agree, NumberTable } from "./codecs";
import { readDescription } from "./view";

test("an own offer has the numbers that libwebrtc likes", () => {
  const numbers = new NumberTable();
  const codecs = numbers.codecs([OPUS, VP8, H264]);
  expect(codecs.map(({ payloadType, rtx }) => [payloadType, rtx])).toEqual([
    [111, null],
    [96, 97],
    [108, 109],
  ]);
  expect(numbers.codecs([VP8])[0]?.payloadType).toBe(96);
});

test("of what Firefox offers, each codec is agreed on once and under its number", () => {
  const [audio, video] = readDescription(FIREFOX_OFFER).media;
  expect(agree(audio?.codecs ?? [], CODECS).map(({ payloadType }) => payloadType)).toEqual([109]);
  const agreed = agree(video?.codecs ?? [], CODECS);
  expect(agreed.map(({ name, payloadType, rtx }) => [name, payloadType, rtx])).toEqual([
    ["VP8", 120, 124],
    ["H264", 126, 127],
  ]);
});

test("of the H.264 profiles only constrained baseline in mode 1 is agreed on", () => {
  const video = readDescription(CHROMIUM_OFFER).media[1];
  const agreed = agree(video?.codecs ?? [], [H264]);
  expect(agreed.map(({ payloadType }) => payloadType)).toEqual([108]);
});

test("feedback is what both have", () => {
  const video = readDescription(FIREFOX_OFFER).media[1];
  const agreed = agree(video?.codecs ?? [], [VP8, H264]);
  expect(agreed.map(({ feedback }) => feedback)).toEqual([
    ["transport-cc", "ccm fir", "nack", "nack pli"],
    ["nack"],
  ]);
});

test("numbers of the other end stay, and none of them is given to anything else", () => {
  const numbers = new NumberTable();
  const [audio, video] = readDescription(FIREFOX_OFFER).media;
  for (const media of [audio, video]) {
    if (media) numbers.learn(media.codecs, media.extensions);
  }
  expect(numbers.codecs([OPUS, VP8, H264]).map(({ payloadType }) => payloadType)).toEqual([
    109, 120, 126,
  ]);
  const ids = numbers.extensions("video").map(({ id }) => id);
  expect(ids).toEqual([4, 7, 3]);
});

test("an own number that the other end uses for something else gives way", () => {
  const numbers = new NumberTable();
  numbers.codecs([VP8, H264]);
  const [av1] = readDescription(
    CHROMIUM_OFFER.replaceAll(/\b45\b/g, "108").replaceAll("apt=45", "apt=108"),
  ).media.flatMap(({ codecs }) => codecs.filter(({ name }) => name === "AV1"));
  if (!av1) throw new Error("there is no AV1");
  numbers.learn([av1], []);
  const h264 = numbers.codecs([H264])[0];
  expect(h264?.payloadType).not.toBe(108);
  expect([108, 46]).not.toContain(h264?.rtx);
});
