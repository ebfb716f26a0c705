import { beforeEach, expect, test } from "vitest";
import { TrackEvent } from "./events";
import { writeSdp } from "./jsep/sdp";
import { readDescription } from "./jsep/view";
import { PeerConnection } from "./peerConnection";
import { CHROMIUM_OFFER, FIREFOX_OFFER } from "./testing/descriptions";
import { useFakeEngine, type FakeEngine } from "./testing/fakeEngine";
import { fakeStream, fakeTrack } from "./testing/fakeMedia";

let engine: FakeEngine;

beforeEach(() => {
  engine = useFakeEngine();
});

test.each([
  ["Chromium", CHROMIUM_OFFER, [96, 97, 108, 109]],
  ["Firefox", FIREFOX_OFFER, [120, 124, 126, 127]],
])("answers an offer of %s", async (_, sdp, payloadTypes) => {
  const connection = new PeerConnection();
  const tracks: string[] = [];
  connection.addEventListener("track", (event) => {
    if (!(event instanceof TrackEvent)) return;
    const { track, transceiver } = event;
    tracks.push(`${track.kind} ${track.muted ? "muted" : "loud"} ${transceiver.mid ?? ""}`);
  });
  await connection.setRemoteDescription({ type: "offer", sdp });
  expect(tracks).toEqual(["audio muted 0", "video muted 1"]);
  for (const transceiver of connection.getTransceivers()) transceiver.direction = "sendrecv";
  await connection.setLocalDescription();
  const answer = readDescription(connection.localDescription?.sdp ?? "");
  expect(answer.media.map(({ mid, direction, setup }) => [mid, direction, setup])).toEqual([
    ["0", "sendrecv", "active"],
    ["1", "sendrecv", "active"],
    ["2", "sendrecv", "active"],
  ]);
  expect(answer.text.media[1]?.formats.map(Number)).toEqual(payloadTypes);
  const [peer] = engine.connections;
  const offer = readDescription(peer?.applied?.offer ?? "");
  expect(offer.media.map(({ setup }) => setup)).toEqual(["passive", "passive", "passive"]);
  expect(offer.media[1]?.sources).toEqual(
    expect.arrayContaining([expect.stringMatching(/^a=ssrc-group:FID /)]),
  );
  const lines = peer?.applied?.lines ?? [];
  const announced = answer.media[1]?.sources.find((line) => line.startsWith("a=ssrc-group:FID"));
  expect(announced).toBe(`a=ssrc-group:FID ${lines[1]?.ssrc ?? 0} ${lines[1]?.rtx ?? 0}`);
  expect(lines.map(({ sendPt }) => sendPt)).toEqual([
    sdp === FIREFOX_OFFER ? 109 : 111,
    payloadTypes[0],
    undefined,
  ]);
  expect(peer?.applied?.controlling).toBe(false);
  expect([...(peer?.plane.sending ?? [])]).toEqual([
    [0, "opus"],
    [1, "VP8"],
  ]);
});

test("what cannot be decoded is refused, and its transceiver is gone", async () => {
  const connection = new PeerConnection();
  const sdp = CHROMIUM_OFFER.replaceAll("VP8/90000", "VP7/90000").replaceAll("H264/", "H265/");
  await connection.setRemoteDescription({ type: "offer", sdp });
  await connection.setLocalDescription();
  const text = connection.localDescription?.sdp ?? "";
  expect(readDescription(text).media.map(({ rejected }) => rejected)).toEqual([false, true, false]);
  expect(text).toContain("a=group:BUNDLE 0 2\r\n");
  expect(connection.getTransceivers().map(({ mid }) => mid)).toEqual(["0"]);
});

test("an m-line of its own transport is refused", async () => {
  const connection = new PeerConnection();
  const sdp = CHROMIUM_OFFER.replace("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 2");
  await connection.setRemoteDescription({ type: "offer", sdp });
  await connection.setLocalDescription();
  const { media } = readDescription(connection.localDescription?.sdp ?? "");
  expect(media.map(({ rejected }) => rejected)).toEqual([false, true, false]);
});

test("a stopped m-line is used again, under another mid", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  one.addTransceiver("audio");
  const video = one.addTransceiver("video");
  await negotiate(one, other);
  video.stop();
  await negotiate(one, other);
  expect(rejected(one)).toEqual([false, true]);
  expect(one.getTransceivers()).toHaveLength(1);
  other.addTransceiver("audio", { direction: "sendonly" });
  await negotiate(other, one);
  expect(rejected(one)).toEqual([false, false]);
  const mids = one.getTransceivers().map(({ mid, currentDirection }) => [mid, currentDirection]);
  expect(mids).toEqual([
    ["0", "sendonly"],
    ["2", "recvonly"],
  ]);
});

test("a rollback of an offer of the other end takes its transceivers away", async () => {
  const connection = new PeerConnection();
  await connection.setRemoteDescription({ type: "offer", sdp: CHROMIUM_OFFER });
  const kept = connection.addTrack(fakeTrack("audio"), fakeStream());
  expect(connection.getTransceivers()).toHaveLength(2);
  await connection.setRemoteDescription({ type: "rollback" });
  expect(connection.signalingState).toBe("stable");
  expect(connection.remoteDescription).toBeNull();
  expect(connection.getTransceivers().map(({ mid, sender }) => [mid, sender === kept])).toEqual([
    [null, true],
  ]);
});

test("a rollback of an own offer keeps the transceivers and lets the m-lines go", async () => {
  const connection = new PeerConnection();
  const transceiver = connection.addTransceiver("audio");
  await connection.setLocalDescription();
  expect(transceiver.mid).toBe("0");
  const before = connection.localDescription?.sdp;
  await connection.setLocalDescription({ type: "rollback" });
  expect(transceiver.mid).toBeNull();
  expect(connection.localDescription).toBeNull();
  await connection.setLocalDescription();
  const ufrag = (sdp = ""): string | undefined => /a=ice-ufrag:(.*)/.exec(sdp)?.[1];
  expect(ufrag(connection.localDescription?.sdp)).not.toBe(ufrag(before));
});

test("a restart changes the credentials of both ends, and nothing else does", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  one.addTransceiver("audio");
  await negotiate(one, other);
  const first = [ufragOf(one), ufragOf(other)];
  await negotiate(other, one);
  expect([ufragOf(one), ufragOf(other)]).toEqual(first);
  one.restartIce();
  await negotiate(one, other);
  expect(ufragOf(one)).not.toBe(first[0]);
  expect(ufragOf(other)).not.toBe(first[1]);
  const [engineOne, engineOther] = engine.connections;
  expect(engineOne?.applied?.controlling).toBe(true);
  expect(engineOther?.applied?.controlling).toBe(false);
});

test("turning the camera on and off again mutes and shows the same track", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  const events: string[] = [];
  other.addEventListener("track", (event) => {
    if (!(event instanceof TrackEvent)) return;
    const { track } = event;
    events.push("track");
    track.addEventListener("unmute", () => events.push("unmute"));
    track.addEventListener("mute", () => events.push("mute"));
  });
  const transceiver = one.addTransceiver("video", { direction: "sendonly" });
  await negotiate(one, other);
  const media = { event: "media", line: 0 } as const;
  engine.connections[1]?.tell({ ...media, active: true });
  await settled();
  transceiver.direction = "inactive";
  await negotiate(one, other);
  // A packet that was under way.
  engine.connections[1]?.tell({ ...media, active: true });
  engine.connections[1]?.tell({ ...media, active: false });
  await settled();
  transceiver.direction = "sendonly";
  await negotiate(one, other);
  expect(events).toEqual(["track", "unmute", "mute", "track"]);
});

test("the negotiation that is needed is told of once, and not while one is under way", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  let needed = 0;
  one.addEventListener("negotiationneeded", () => (needed += 1));
  one.addTransceiver("audio");
  one.createDataChannel("x");
  await settled();
  expect(needed).toBe(1);
  await one.setLocalDescription();
  one.addTransceiver("video");
  await settled();
  expect(needed).toBe(1);
  await other.setRemoteDescription(described(one));
  await other.setLocalDescription();
  await one.setRemoteDescription(described(other));
  await settled();
  expect(needed).toBe(2);
});

test("a description can be set with harmless edits, which then hold", async () => {
  const [one, other] = [new PeerConnection(), new PeerConnection()];
  one.addTransceiver("video");
  const offer = await one.createOffer();
  const plain = (offer.sdp ?? "").replaceAll("a=ice-options:trickle\r\n", "");
  await one.setLocalDescription({ type: "offer", sdp: plain });
  expect(one.localDescription?.sdp).not.toContain("trickle");
  await other.setRemoteDescription(described(one));
  expect(other.canTrickleIceCandidates).toBe(false);
  const answer = readDescription((await other.createAnswer()).sdp ?? "");
  const [first = "", rtx = "", ...others] = answer.text.media[0]?.formats ?? [];
  const formats = [...others, first, rtx];
  const [session, media] = [answer.text, answer.text.media[0]];
  if (!media) throw new Error("there is no m-line");
  const sdp = writeSdp({ ...session, media: [{ ...media, formats }] });
  await other.setLocalDescription({ type: "answer", sdp });
  await one.setRemoteDescription(described(other));
  const preferred = engine.connections.map(({ applied }) => applied?.lines[0]?.sendPt);
  expect(preferred[0]).toBe(Number(others[0]));
});

test("a description that is another one is not set", async () => {
  const connection = new PeerConnection();
  connection.addTransceiver("audio");
  const { sdp = "" } = await connection.createOffer();
  const [{ sdp: newer }] = [await connection.createOffer()];
  expect(newer).not.toBe(sdp);
  for (const other of [sdp, `${newer ?? ""}a=no-such-thing\r\n`]) {
    const setting = connection.setLocalDescription({ type: "offer", sdp: other });
    await expect(setting).rejects.toMatchObject({ name: "InvalidModificationError" });
  }
});

async function negotiate(from: PeerConnection, to: PeerConnection): Promise<void> {
  await from.setLocalDescription();
  await to.setRemoteDescription(described(from));
  await to.setLocalDescription();
  await from.setRemoteDescription(described(to));
}

function described({ localDescription }: PeerConnection): RTCSessionDescriptionInit {
  if (!localDescription) throw new Error("there is no description");
  return localDescription.toJSON();
}

function rejected({ localDescription }: PeerConnection): boolean[] {
  return readDescription(localDescription?.sdp ?? "").media.map((media) => media.rejected);
}

function ufragOf({ localDescription }: PeerConnection): string | undefined {
  return /a=ice-ufrag:(.*)/.exec(localDescription?.sdp ?? "")?.[1];
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
