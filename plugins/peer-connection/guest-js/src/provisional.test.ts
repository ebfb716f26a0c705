import { beforeEach, expect, test } from "vitest";
import { TrackEvent } from "./events";
import { PeerConnection } from "./peerConnection";
import { useFakeEngine } from "./testing/fakeEngine";

beforeEach(() => {
  useFakeEngine();
});

test("a provisional answer carries media, and an answer ends the negotiation", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  const transceiver = one.addTransceiver("audio");
  await one.setLocalDescription();
  await other.setRemoteDescription({ type: "offer", sdp: one.localDescription?.sdp ?? "" });
  const { sdp = "" } = await other.createAnswer();
  await other.setLocalDescription({ type: "pranswer", sdp });
  await one.setRemoteDescription({ type: "pranswer", sdp });
  expect([one.signalingState, other.signalingState]).toEqual([
    "have-remote-pranswer",
    "have-local-pranswer",
  ]);
  expect(one.pendingRemoteDescription?.type).toBe("pranswer");
  expect(one.currentRemoteDescription).toBeNull();
  expect(transceiver.currentDirection).toBe("sendonly");
  await expect(one.setLocalDescription({ type: "rollback" })).rejects.toMatchObject({
    name: "InvalidStateError",
  });
  await other.setLocalDescription();
  await one.setRemoteDescription({ type: "answer", sdp: other.localDescription?.sdp ?? "" });
  expect([one.signalingState, other.signalingState]).toEqual(["stable", "stable"]);
  expect(one.currentRemoteDescription?.type).toBe("answer");
});

test("an offer made before the other end's was taken back can still be set", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  one.addTransceiver("audio");
  other.addTransceiver("video");
  const made = await one.createOffer();
  const theirs = await other.createOffer();
  await one.setRemoteDescription(theirs);
  await one.setRemoteDescription({ type: "rollback" });
  await one.setLocalDescription(made);
  expect(one.signalingState).toBe("have-local-offer");
});

test("tracks of m-lines without msid are in one stream", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  one.addTransceiver("audio");
  one.addTransceiver("video");
  const { type, sdp = "" } = await one.createOffer();
  const streams = new Set<MediaStream>();
  other.addEventListener("track", (event) => {
    if (event instanceof TrackEvent) for (const stream of event.streams) streams.add(stream);
  });
  const bare = sdp.replace(/^a=(msid|ssrc).*\r\n/gm, "");
  await other.setRemoteDescription({ type, sdp: bare });
  expect(streams.size).toBe(1);
  expect([...streams][0]?.getTracks()).toHaveLength(2);
});

test("a transceiver that is stopped before the answer is inactive in it", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  const transceiver = one.addTransceiver("audio");
  await one.setLocalDescription();
  await other.setRemoteDescription({ type: "offer", sdp: one.localDescription?.sdp ?? "" });
  other.getTransceivers()[0]?.stop();
  await other.setLocalDescription();
  await one.setRemoteDescription({ type: "answer", sdp: other.localDescription?.sdp ?? "" });
  expect(transceiver.currentDirection).toBe("inactive");
  expect(other.getTransceivers()[0]?.currentDirection).toBe("inactive");
});

test("an answer that swaps the numbers of extensions is refused", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  one.addTransceiver("audio");
  await one.setLocalDescription();
  await other.setRemoteDescription({ type: "offer", sdp: one.localDescription?.sdp ?? "" });
  const { type, sdp = "" } = await other.createAnswer();
  const swapped = sdp.replace("a=extmap:1 ", "a=extmap:x ").replace("a=extmap:4 ", "a=extmap:1 ");
  const setting = one.setRemoteDescription({ type, sdp: swapped });
  await expect(setting).rejects.toMatchObject({ name: "InvalidAccessError" });
});
