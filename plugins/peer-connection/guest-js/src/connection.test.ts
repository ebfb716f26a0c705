import { beforeEach, describe, expect, test } from "vitest";
import type { DataChannel } from "./dataChannel";
import { DataChannelEvent, PeerConnectionIceErrorEvent, PeerConnectionIceEvent } from "./events";
import { PeerConnection } from "./peerConnection";
import type { RtpSender } from "./sender";
import { CHROMIUM_OFFER } from "./testing/descriptions";
import { useFakeEngine, type FakeEngine } from "./testing/fakeEngine";
import { fakeStream, fakeTrack } from "./testing/fakeMedia";

let engine: FakeEngine;

beforeEach(() => {
  engine = useFakeEngine();
});

const CANDIDATE = "candidate:1 1 udp 2122260223 192.0.2.7 40000 typ host";

describe("candidates", () => {
  test("before a remote description are refused", async () => {
    const connection = new PeerConnection();
    const adding = connection.addIceCandidate({ candidate: CANDIDATE, sdpMid: "0" });
    await expect(adding).rejects.toMatchObject({ name: "InvalidStateError" });
  });

  test.each([
    ["another mid", { candidate: CANDIDATE, sdpMid: "9" }, "OperationError"],
    ["another index", { candidate: CANDIDATE, sdpMLineIndex: 3 }, "OperationError"],
    [
      "another ufrag",
      { candidate: CANDIDATE, sdpMid: "0", usernameFragment: "x" },
      "OperationError",
    ],
    ["no candidate", { candidate: "hello", sdpMid: "0" }, "OperationError"],
    ["no m-line", { candidate: CANDIDATE }, "TypeError"],
  ])("of %s are refused", async (_, candidate, name) => {
    const connection = new PeerConnection();
    await connection.setRemoteDescription({ type: "offer", sdp: CHROMIUM_OFFER });
    await expect(connection.addIceCandidate(candidate)).rejects.toMatchObject({ name });
  });

  test("wait for the engine to know the description, and stand in it", async () => {
    const connection = new PeerConnection();
    await connection.setRemoteDescription({ type: "offer", sdp: CHROMIUM_OFFER });
    await connection.addIceCandidate({ candidate: CANDIDATE, sdpMid: "0" });
    await connection.addIceCandidate({ candidate: "", sdpMid: "0" });
    await connection.addIceCandidate(null);
    expect(connection.remoteDescription?.sdp).toContain(
      `a=${CANDIDATE}\r\na=end-of-candidates\r\n`,
    );
    const added = (): unknown[] =>
      (engine.connections[0]?.requests ?? [])
        .filter(({ op }) => op === "addCandidate")
        .map(({ members }) => members);
    expect(added()).toEqual([]);
    await connection.setLocalDescription();
    expect(added()).toEqual([
      { candidate: CANDIDATE, ufrag: "69tC" },
      { candidate: "", ufrag: "69tC" },
      { candidate: "", ufrag: "69tC" },
    ]);
  });

  // With a pool, they are found before there is a description.
  test.each(["offer", "answer"])(
    "of this end come after its %s, and null comes last",
    async (type) => {
      const connection = new PeerConnection({ iceCandidatePoolSize: 1 });
      const told: string[] = [];
      connection.addEventListener("icecandidate", (event) => {
        if (!(event instanceof PeerConnectionIceEvent)) return;
        const { candidate } = event;
        told.push(candidate ? `${candidate.sdpMid ?? ""} ${candidate.address ?? ""}` : "null");
        const ufrag = /a=ice-ufrag:(.*)/.exec(connection.localDescription?.sdp ?? "")?.[1];
        if (candidate) expect(candidate.usernameFragment).toBe(ufrag);
      });
      connection.addEventListener("icegatheringstatechange", () => {
        told.push(connection.iceGatheringState);
      });
      await settled();
      expect(told).toEqual([]);
      if (type === "offer") connection.addTransceiver("audio");
      else await connection.setRemoteDescription({ type: "offer", sdp: CHROMIUM_OFFER });
      await connection.setLocalDescription();
      expect(told, "the description can be sent first").toEqual([]);
      await settled();
      expect(told).toEqual(["gathering", "0 192.0.2.1", "complete", "null"]);
      expect(connection.localDescription?.sdp).toMatch(
        /a=candidate:1 1 udp .*\r\na=end-of-candidates\r\n/,
      );
    },
  );
});

describe("data channels", () => {
  test("with the same number open, carry text and bytes, and close at both ends", async () => {
    const [one, other] = [new PeerConnection(), new PeerConnection()];
    const [near, far] = [negotiated(one), negotiated(other)];
    await negotiate(one, other);
    await settled();
    expect([near.readyState, far.readyState]).toEqual(["open", "open"]);
    const heard: unknown[] = [];
    far.addEventListener("message", (event) => heard.push((event as MessageEvent).data));
    near.send("hangup");
    near.send(new Blob(["blob"]));
    near.send(new Uint8Array([1, 2, 3]).subarray(1));
    near.send("last");
    await settled();
    expect(heard[0]).toBe("hangup");
    expect(new TextDecoder().decode(heard[1] as ArrayBuffer)).toBe("blob");
    expect(new Uint8Array(heard[2] as ArrayBuffer)).toEqual(new Uint8Array([2, 3]));
    expect(heard[3]).toBe("last");
    expect(near.bufferedAmount).toBe(0);
    const closing: string[] = [];
    for (const name of ["closing", "close"]) {
      near.addEventListener(name, () => closing.push(`near ${name}`));
      far.addEventListener(name, () => closing.push(`far ${name}`));
    }
    near.close();
    expect(near.readyState).toBe("closing");
    await settled();
    expect(closing.sort()).toEqual(["far close", "far closing", "near close"]);
    expect(() => {
      near.send("x");
    }).toThrow(expect.objectContaining({ name: "InvalidStateError" }) as Error);
  });

  test("take what is no text as text, as the types of the standard say", async () => {
    const [one, other] = [new PeerConnection(), new PeerConnection()];
    const options = { negotiated: true, id: 1 };
    const near = one.createDataChannel(null as unknown as string, options);
    const far = other.createDataChannel("far", options);
    expect(near.label).toBe("null");
    await negotiate(one, other);
    await settled();
    const heard: unknown[] = [];
    far.addEventListener("message", (event) => heard.push((event as MessageEvent).data));
    near.send(7);
    await settled();
    expect(heard).toEqual(["7"]);
  });

  test("of a connection whose other end closes are closed", async () => {
    const [one, other] = [new PeerConnection(), new PeerConnection()];
    const [near, far] = [negotiated(one), negotiated(other)];
    await negotiate(one, other);
    await settled();
    const events: string[] = [];
    near.addEventListener("close", () => events.push("near"));
    far.addEventListener("close", () => events.push("far"));
    one.close();
    await settled();
    expect(events).toEqual(["far"]);
    expect([near.readyState, far.readyState]).toEqual(["closed", "closed"]);
  });

  test("that the other end opens are shown before they open", async () => {
    const connection = new PeerConnection();
    await connection.setRemoteDescription({ type: "offer", sdp: CHROMIUM_OFFER });
    await connection.setLocalDescription();
    const events: string[] = [];
    connection.addEventListener("datachannel", (event) => {
      if (!(event instanceof DataChannelEvent)) return;
      events.push(event.channel.label);
      event.channel.addEventListener("open", () => events.push("open"));
    });
    engine.connections[0]?.tell({
      event: "channelOffered",
      channel: 32_768,
      streamId: 1,
      label: "theirs",
      protocol: "",
      ordered: true,
    });
    await settled();
    expect(events).toEqual(["theirs", "open"]);
    expect(connection.sctp?.state).toBe("connected");
  });

  test.each([
    ["a number is missing", { negotiated: true }],
    ["both limits are given", { maxRetransmits: 1, maxPacketLifeTime: 1 }],
    ["the number is too large", { negotiated: true, id: 65_535 }],
  ])("are not made where %s", (_, init) => {
    expect(() => new PeerConnection().createDataChannel("x", init)).toThrow(TypeError);
  });
});

describe("states", () => {
  test("change in the order of the standard, the connection's last", async () => {
    const [one, other] = [new PeerConnection(), new PeerConnection()];
    const told: string[] = [];
    one.addEventListener("iceconnectionstatechange", () => {
      told.push(`ice ${one.iceConnectionState} in ${one.connectionState}`);
    });
    one.addEventListener("connectionstatechange", () => told.push(one.connectionState));
    other.addEventListener("icecandidate", (event) => {
      if (event instanceof PeerConnectionIceEvent) void one.addIceCandidate(event.candidate);
    });
    one.addTransceiver("audio");
    await negotiate(one, other);
    await settled();
    expect(told).toEqual([
      "ice checking in connecting",
      "connecting",
      "ice connected in connecting",
      "connected",
    ]);
    engine.connections[0]?.tell({ event: "failed", message: "gone" });
    await settled();
    expect(told.slice(4)).toEqual(["ice failed in failed", "failed"]);
  });

  test("of a closed connection are told to nobody, and what it was asked stays open", async () => {
    const [one, other] = [new PeerConnection(), new PeerConnection()];
    let told = 0;
    for (const name of [
      "signalingstatechange",
      "iceconnectionstatechange",
      "connectionstatechange",
      "icecandidate",
      "track",
      "negotiationneeded",
    ]) {
      one.addEventListener(name, () => (told += 1));
    }
    one.addTrack(fakeTrack("audio"), fakeStream());
    let settledIt = false;
    void one.setLocalDescription().finally(() => (settledIt = true));
    one.close();
    one.close();
    await settled();
    expect(told).toBe(0);
    expect(settledIt).toBe(false);
    expect([one.signalingState, one.connectionState, one.iceConnectionState]).toEqual([
      "closed",
      "closed",
      "closed",
    ]);
    await expect(one.createOffer()).rejects.toMatchObject({ name: "InvalidStateError" });
    await expect(one.getStats()).resolves.toBeInstanceOf(Map);
    expect(() => one.addTransceiver("audio")).toThrow("closed");
    other.close();
  });
});

describe("a server that gives no candidate", () => {
  test("is told to the page", async () => {
    const connection = new PeerConnection();
    const told: unknown[] = [];
    connection.addEventListener("icecandidateerror", (event) => told.push(event));
    await connection.setRemoteDescription({ type: "offer", sdp: CHROMIUM_OFFER });
    const members = {
      address: "192.0.2.1",
      port: 4000,
      url: "turn:turn.example",
      errorCode: 401,
      errorText: "Unauthorized",
    };
    engine.connections[0]?.tell({ event: "candidateError", ...members });
    await settled();
    expect(told).toEqual([expect.any(PeerConnectionIceErrorEvent)]);
    expect(told[0]).toMatchObject(members);
  });
});

describe("senders", () => {
  test("are removed, and nothing else is", () => {
    const connection = new PeerConnection();
    const track = fakeTrack("audio");
    const sender = connection.addTrack(track, fakeStream());
    const remove = (what: unknown) => () => {
      connection.removeTrack(what as RtpSender);
    };
    expect(remove(track)).toThrow(TypeError);
    expect(remove(null)).toThrow(TypeError);
    expect(remove(new PeerConnection().addTransceiver("audio").sender)).toThrow(
      expect.objectContaining({ name: "InvalidAccessError" }) as Error,
    );
    remove(sender)();
    expect(sender.track).toBeNull();
  });
});

describe("statistics", () => {
  test("name the kind of a stream in both ways", async () => {
    const [one, other] = [new PeerConnection(), new PeerConnection()];
    one.addTrack(fakeTrack("audio"), fakeStream());
    await negotiate(one, other);
    const entries: unknown[] = [...(await one.getStats()).values()];
    const stream = { type: "outbound-rtp", kind: "audio", mediaType: "audio" };
    expect(entries).toContainEqual(expect.objectContaining(stream));
  });
});

describe("listeners", () => {
  test("end with their signal, and a handler takes part", async () => {
    const connection = new PeerConnection();
    const abort = new AbortController();
    const calls: string[] = [];
    connection.addEventListener("negotiationneeded", () => calls.push("listener"), {
      signal: abort.signal,
    });
    connection.onnegotiationneeded = () => calls.push("handler");
    abort.abort();
    connection.addTransceiver("audio");
    await settled();
    expect(calls).toEqual(["handler"]);
  });
});

describe("configurations", () => {
  test.each([
    ["a TURN server without a password", { urls: "turn:example.org" }, "InvalidAccessError"],
    ["another scheme", { urls: "https://example.org" }, "SyntaxError"],
    ["a STUN server with a query", { urls: "stun:example.org?transport=udp" }, "SyntaxError"],
    ["no url", { urls: [] }, "SyntaxError"],
  ])("with %s are refused", (_, server, name) => {
    expect(() => new PeerConnection({ iceServers: [server] })).toThrow(
      expect.objectContaining({ name }) as Error,
    );
  });

  test("are taken with every form of server", () => {
    const turn = { username: "u", credential: "c" };
    const connection = new PeerConnection({
      iceServers: [
        { urls: ["stun:example.org", "stun:[2001:db8::1]:3478"] },
        { urls: "turns:example.org:443?transport=tcp", ...turn },
      ],
      iceTransportPolicy: "relay",
    });
    expect(engine.connections[0]?.requests[0]).toEqual({
      op: "create",
      members: {
        relayOnly: true,
        iceServers: [
          { urls: ["stun:example.org", "stun:[2001:db8::1]:3478"] },
          { urls: ["turns:example.org:443?transport=tcp"], ...turn },
        ],
      },
    });
    expect(connection.getConfiguration().iceTransportPolicy).toBe("relay");
  });
});

function negotiated(connection: PeerConnection): DataChannel {
  return connection.createDataChannel("ringdove", { negotiated: true, id: 0 });
}

async function negotiate(from: PeerConnection, to: PeerConnection): Promise<void> {
  await from.setLocalDescription();
  await to.setRemoteDescription(from.localDescription ?? { type: "offer" });
  await to.setLocalDescription();
  await from.setRemoteDescription(to.localDescription ?? { type: "answer" });
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) await new Promise((resolve) => setTimeout(resolve, 0));
}
