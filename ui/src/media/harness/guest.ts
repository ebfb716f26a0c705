import type { Signal } from "../../generated/protocol";
import { received, type Probe, type Received } from "./probe";

/** What the server hands to and takes from a page of the tutorial. */
export type GuestMessage =
  | { readonly type: "video-offer" | "video-answer"; readonly sdp: RTCSessionDescriptionInit }
  | { readonly type: "new-ice-candidate"; readonly candidate: RTCIceCandidateInit };

/**
 * Which page: the one printed in the tutorial's text adds its tracks to what it was offered and
 * starts a second connection on a second offer; its companion adds transceivers of its own and
 * offers those in turn.
 */
export type GuestKind = "text" | "companion";

/**
 * Negotiates the way the tutorial's page does, with its faults, which are what this is for: it
 * knows neither glare nor the end of candidates, and shows `streams[0]` of the last track event.
 */
export class Guest {
  readonly #kind: GuestKind;
  readonly #probe: Probe;
  readonly #send: (message: GuestMessage) => void;
  readonly #video = document.createElement("video");
  readonly errors: string[] = [];
  #connection: RTCPeerConnection | null = null;
  #webcam: MediaStream | null = null;
  /** How many connections the page has made. */
  connections = 0;

  constructor(kind: GuestKind, probe: Probe, send: (message: GuestMessage) => void) {
    this.#kind = kind;
    this.#probe = probe;
    this.#send = send;
    this.#video.autoplay = true;
    document.body.append(this.#video);
  }

  async invite(): Promise<void> {
    const connection = this.#connect();
    this.#webcam = await this.#probe.capture({ audio: true, video: true });
    for (const track of this.#webcam.getTracks()) connection.addTrack(track, this.#webcam);
  }

  hear(message: GuestMessage): void {
    const heard = (): Promise<void> => {
      switch (message.type) {
        case "video-offer":
          return this.#offered(message.sdp);
        case "video-answer":
          return this.#connection?.setRemoteDescription(message.sdp) ?? Promise.resolve();
        case "new-ice-candidate":
          return this.#candidate(message.candidate);
      }
    };
    heard().catch((error: unknown) => {
      this.errors.push(`${message.type}: ${String(error)}`);
    });
  }

  hangUp(): void {
    for (const track of this.#webcam?.getTracks() ?? []) track.stop();
    this.#connection?.close();
    this.#video.srcObject = null;
    this.#video.remove();
  }

  async view(): Promise<Received & { playedSeconds: number; shown: string[]; errors: string[] }> {
    const stream = this.#video.srcObject;
    return {
      ...(await received(this.#connection ?? undefined)),
      playedSeconds: this.#video.currentTime,
      shown: stream instanceof MediaStream ? stream.getTracks().map((track) => track.kind) : [],
      errors: this.errors,
    };
  }

  #connect(): RTCPeerConnection {
    const connection = new RTCPeerConnection({ iceServers: [] });
    this.connections += 1;
    this.#connection = connection;
    connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.#send({ type: "new-ice-candidate", candidate: candidate.toJSON() });
    };
    connection.ontrack = ({ streams }) => {
      const [first] = streams;
      if (!first) this.errors.push("a track without a stream");
      this.#video.srcObject = first ?? null;
    };
    connection.onnegotiationneeded = () => {
      this.#offer(connection).catch((error: unknown) => {
        this.errors.push(`offer: ${String(error)}`);
      });
    };
    return connection;
  }

  async #offer(connection: RTCPeerConnection): Promise<void> {
    const offer = await connection.createOffer();
    if (this.#kind === "companion" && connection.signalingState !== "stable") return;
    await connection.setLocalDescription(offer);
    if (connection.localDescription) {
      this.#send({ type: "video-offer", sdp: connection.localDescription.toJSON() });
    }
  }

  async #offered(offer: RTCSessionDescriptionInit): Promise<void> {
    const reuse = this.#kind === "companion" ? this.#connection : null;
    const connection = reuse ?? this.#connect();
    if (this.#kind === "companion" && connection.signalingState !== "stable") {
      await Promise.all([
        connection.setLocalDescription({ type: "rollback" }),
        connection.setRemoteDescription(offer),
      ]);
      return;
    }
    await connection.setRemoteDescription(offer);
    if (this.#kind === "text" || !this.#webcam) {
      const webcam = await this.#probe.capture({ audio: true, video: true });
      this.#webcam = webcam;
      for (const track of webcam.getTracks()) {
        if (this.#kind === "text") connection.addTrack(track, webcam);
        else connection.addTransceiver(track, { streams: [webcam] });
      }
    }
    await connection.setLocalDescription(await connection.createAnswer());
    if (connection.localDescription) {
      this.#send({ type: "video-answer", sdp: connection.localDescription.toJSON() });
    }
  }

  async #candidate(candidate: RTCIceCandidateInit): Promise<void> {
    await this.#connection?.addIceCandidate(new RTCIceCandidate(candidate));
  }
}

/** What the server makes of a guest's message. */
export function toSignal(message: GuestMessage): Signal | null {
  if (message.type === "new-ice-candidate") {
    const { candidate = "", sdpMid = null, sdpMLineIndex = null } = message.candidate;
    const usernameFragment = message.candidate.usernameFragment ?? null;
    const signal = { candidate, sdpMid, sdpMLineIndex, usernameFragment };
    return { kind: "candidate", candidate: signal };
  }
  const { type, sdp = "" } = message.sdp;
  return type === "offer" || type === "answer"
    ? { kind: "description", description: { type, sdp } }
    : null;
}

/** What the server makes of a signal for a guest: what the tutorial has no word for is left out. */
export function toGuest(signal: Signal): GuestMessage | null {
  switch (signal.kind) {
    case "media":
    case "restart":
      return null;
    case "candidate":
      return signal.candidate && { type: "new-ice-candidate", candidate: signal.candidate };
    case "description": {
      const type = signal.description.type === "offer" ? "video-offer" : "video-answer";
      return { type, sdp: signal.description };
    }
  }
}
