import { beforeEach, expect, test, vi } from "vitest";
import { FakeStream, fakeStream, fakeTrack } from "../testing/fakeMedia";
import { playPastElements, shownStream } from "./shownStream";

beforeEach(() => {
  vi.stubGlobal("MediaStream", FakeStream);
});

function remote(...kinds: ("audio" | "video")[]): {
  stream: MediaStream;
  tracks: MediaStreamTrack[];
} {
  const stream = fakeStream();
  const tracks = kinds.map((kind) => fakeTrack(kind));
  for (const track of tracks) {
    if (track.kind === "audio") playPastElements(track);
    stream.addTrack(track);
  }
  return { stream, tracks };
}

test("an element gets the picture of what has both", () => {
  const { stream, tracks } = remote("audio", "video");
  const shown = shownStream(stream);
  expect(shown).not.toBe(stream);
  expect(shown.getTracks()).toEqual([tracks[1]]);
  expect(shownStream(stream)).toBe(shown);
});

test("sound alone, a picture alone and the page's own sound are left as they are", () => {
  for (const { stream } of [remote("audio"), remote("video")]) {
    expect(shownStream(stream)).toBe(stream);
  }
  const own = fakeStream();
  own.addTrack(fakeTrack("audio"));
  own.addTrack(fakeTrack("video"));
  expect(shownStream(own)).toBe(own);
});

test("the picture follows the stream that it stands for", () => {
  const { stream, tracks } = remote("audio", "video");
  const shown = shownStream(stream);
  const another = fakeTrack("video");
  stream.addTrack(another);
  expect(shownStream(stream).getTracks()).toEqual([tracks[1], another]);
  for (const track of [tracks[1], another]) if (track) stream.removeTrack(track);
  expect(shownStream(stream)).toBe(shown);
  expect(shown.getTracks()).toEqual([]);
});
