import type { DataChannel } from "./dataChannel";
import { closed, invalidAccess } from "./errors";
import { eventTarget } from "./events";
import {
  copyConfiguration,
  makeCertificate,
  readConfiguration,
  type Certificate,
  type Configuration,
} from "./configuration";
import { ConnectionCore } from "./connectionCore";
import { DIRECTIONS, fromParts, receives, sends } from "./jsep/direction";
import type { RtpReceiver } from "./receiver";
import { readEncodings } from "./encodings";
import { RtpSender } from "./sender";
import { isSdpType, type SessionDescription } from "./sessionDescription";
import type { RtpTransceiver } from "./transceiver";
import { TransceiverCore } from "./transceiverCore";
import type { SctpTransport } from "./transports";

const EVENTS = [
  "negotiationneeded",
  "icecandidate",
  "icecandidateerror",
  "signalingstatechange",
  "iceconnectionstatechange",
  "icegatheringstatechange",
  "connectionstatechange",
  "track",
  "datachannel",
] as const;

/** W3C WebRTC, section 4.4. */
export class PeerConnection extends eventTarget(...EVENTS) {
  readonly #core: ConnectionCore;
  #configuration: Configuration;

  constructor(configuration: RTCConfiguration | null = {}) {
    super();
    this.#configuration = readConfiguration(configuration, null);
    this.#core = new ConnectionCore(this.#configuration, (event) => {
      this.dispatchEvent(event);
    });
  }

  static generateCertificate(algorithm: AlgorithmIdentifier): Promise<Certificate> {
    return new Promise((resolve) => {
      resolve(makeCertificate(algorithm));
    });
  }

  get signalingState(): RTCSignalingState {
    return this.#core.isClosed() ? "closed" : this.#core.negotiator.state;
  }

  get iceGatheringState(): RTCIceGatheringState {
    return this.#core.gatheringState;
  }

  get iceConnectionState(): RTCIceConnectionState {
    return this.#core.states.iceConnection;
  }

  get connectionState(): RTCPeerConnectionState {
    return this.#core.states.connection;
  }

  get canTrickleIceCandidates(): boolean | null {
    return this.#descriptions.remote?.view.trickle ?? null;
  }

  get localDescription(): SessionDescription | null {
    return this.#descriptions.show(this.#descriptions.local);
  }

  get currentLocalDescription(): SessionDescription | null {
    return this.#descriptions.show(this.#descriptions.currentLocal);
  }

  get pendingLocalDescription(): SessionDescription | null {
    return this.#descriptions.show(this.#descriptions.pendingLocal);
  }

  get remoteDescription(): SessionDescription | null {
    return this.#descriptions.show(this.#descriptions.remote);
  }

  get currentRemoteDescription(): SessionDescription | null {
    return this.#descriptions.show(this.#descriptions.currentRemote);
  }

  get pendingRemoteDescription(): SessionDescription | null {
    return this.#descriptions.show(this.#descriptions.pendingRemote);
  }

  get sctp(): SctpTransport | null {
    return this.#core.sctp;
  }

  createOffer(
    first: unknown = {},
    failed?: unknown,
    third?: RTCOfferOptions,
  ): Promise<RTCSessionDescriptionInit> {
    const options = (typeof first === "function" ? third : (first as RTCOfferOptions | null)) ?? {};
    const offer = this.#core.chain(async () => {
      this.#addLegacyReceivers(options);
      const sdp = await this.#core.negotiator.createOffer(options.iceRestart === true);
      return { type: "offer" as const, sdp };
    });
    return withCallbacks(offer, first, failed);
  }

  createAnswer(first?: unknown, failed?: unknown): Promise<RTCSessionDescriptionInit> {
    const answer = this.#core.chain(async () => {
      const sdp = await this.#core.negotiator.createAnswer();
      return { type: "answer" as const, sdp };
    });
    return withCallbacks(answer, first, failed);
  }

  setLocalDescription(
    description?: RTCLocalSessionDescriptionInit,
    done?: unknown,
    failed?: unknown,
  ): Promise<void> {
    const { type, sdp } = description ?? {};
    if (type !== undefined && !isSdpType(type)) return Promise.reject(noType());
    const given = type === undefined ? undefined : { type, ...(sdp === undefined ? {} : { sdp }) };
    const set = this.#core.chain(() => this.#core.negotiator.setLocal(given));
    return withCallbacks(set, done, failed);
  }

  setRemoteDescription(
    description: RTCSessionDescriptionInit,
    done?: unknown,
    failed?: unknown,
  ): Promise<void> {
    const { type, sdp } = description;
    if (!isSdpType(type)) return Promise.reject(noType());
    const set = this.#core.chain(() =>
      this.#core.negotiator.setRemote({ type, ...(sdp === undefined ? {} : { sdp }) }),
    );
    return withCallbacks(set, done, failed);
  }

  addIceCandidate(
    given?: RTCIceCandidateInit | null,
    done?: unknown,
    failed?: unknown,
  ): Promise<void> {
    const { candidate = "", sdpMid = null, sdpMLineIndex = null } = given ?? {};
    const usernameFragment = given?.usernameFragment ?? null;
    if (candidate !== "" && sdpMid === null && sdpMLineIndex === null) {
      const error = new TypeError("sdpMid and sdpMLineIndex are both null.");
      return withCallbacks(Promise.reject(error), done, failed);
    }
    const added = this.#core.chain(() => {
      const init = { candidate, sdpMid, sdpMLineIndex, usernameFragment };
      return new Promise<void>((resolve) => {
        this.#core.addRemoteCandidate(init);
        resolve();
      });
    });
    return withCallbacks(added, done, failed);
  }

  restartIce(): void {
    if (this.#core.isClosed()) return;
    this.#core.negotiator.restartIce();
    this.#core.updateNegotiationNeeded();
  }

  getConfiguration(): RTCConfiguration {
    return copyConfiguration(this.#configuration);
  }

  setConfiguration(configuration: RTCConfiguration = {}): void {
    if (this.#core.isClosed()) throw closed();
    this.#configuration = readConfiguration(configuration, this.#configuration);
    this.#core.setServers(this.#configuration);
  }

  getTransceivers(): RtpTransceiver[] {
    return this.#cores.map(({ transceiver }) => transceiver);
  }

  getSenders(): RtpSender[] {
    return this.#cores.filter(({ stopped }) => !stopped).map(({ sender }) => sender);
  }

  getReceivers(): RtpReceiver[] {
    return this.#cores.filter(({ stopped }) => !stopped).map(({ receiver }) => receiver);
  }

  addTrack(track: MediaStreamTrack, ...streams: MediaStream[]): RtpSender {
    if (this.#core.isClosed()) throw closed();
    const kind = toKind(track.kind);
    if (this.#cores.some((core) => core.track === track && !core.stopping)) {
      throw invalidAccess("The track is sent already.");
    }
    const streamIds = streams.map(({ id }) => id);
    const isFree = (core: TransceiverCore): boolean =>
      core.kind === kind && !core.track && !core.stopping && !core.hasSent;
    let core = this.#cores.find(isFree);
    if (core) {
      core.streamIds = [...new Set(streamIds)];
      core.direction = fromParts(true, receives(core.direction));
    } else {
      core = new TransceiverCore(this.#core, kind, "sendrecv", streamIds);
      core.addedByTrack = true;
      this.#core.transceivers.add(core);
    }
    core.takenByTrack = true;
    core.setTrack(track);
    this.#core.updateNegotiationNeeded();
    return core.sender;
  }

  removeTrack(sender: RtpSender): void {
    if (!isSender(sender)) throw new TypeError("This is no RTCRtpSender.");
    if (this.#core.isClosed()) throw closed();
    const core = this.#cores.find((each) => each.sender === sender);
    if (!core) throw invalidAccess("The sender is not one of this connection.");
    if (core.stopping || !core.track) return;
    core.setTrack(null);
    if (!sends(core.direction)) return;
    core.direction = fromParts(false, receives(core.direction));
    this.#core.updateNegotiationNeeded();
  }

  addTransceiver(
    trackOrKind: MediaStreamTrack | string,
    init: RTCRtpTransceiverInit = {},
  ): RtpTransceiver {
    if (this.#core.isClosed()) throw closed();
    const track = typeof trackOrKind === "string" ? null : trackOrKind;
    const kind = toKind(typeof trackOrKind === "string" ? trackOrKind : trackOrKind.kind);
    const wanted = init.direction ?? "sendrecv";
    const direction = DIRECTIONS.find((each) => each === wanted);
    if (!direction) throw new TypeError(`not a direction: ${wanted}`);
    const encoding = readEncodings(kind, init.sendEncodings ?? []);
    const streamIds = (init.streams ?? []).map(({ id }) => id);
    const core = new TransceiverCore(this.#core, kind, direction, streamIds, encoding);
    if (track) core.setTrack(track);
    this.#core.transceivers.add(core);
    this.#core.updateNegotiationNeeded();
    return core.transceiver;
  }

  createDataChannel(label: string, init: RTCDataChannelInit | null = {}): DataChannel {
    const { channels } = this.#core;
    const isFirst = channels.all.length === 0;
    const channel = channels.create(label, init ?? {});
    if (isFirst) this.#core.updateNegotiationNeeded();
    return channel;
  }

  getStats(selector: MediaStreamTrack | null = null): Promise<RTCStatsReport> {
    if (!selector) return this.#core.stats(null, "sender");
    const found = this.#cores.flatMap((core) => [
      ...(core.track === selector ? [{ core, part: "sender" as const }] : []),
      ...(core.receiver.track === selector ? [{ core, part: "receiver" as const }] : []),
    ]);
    const [selection] = found;
    if (!selection || found.length > 1) {
      return Promise.reject(invalidAccess("The track is not that of one sender or receiver."));
    }
    return this.#core.stats(selection.core, selection.part);
  }

  close(): void {
    this.#core.close();
  }

  /** W3C WebRTC, section 4.4.4. */
  #addLegacyReceivers(options: RTCOfferOptions): void {
    const wanted = { audio: options.offerToReceiveAudio, video: options.offerToReceiveVideo };
    for (const kind of ["audio", "video"] as const) {
      const cores = this.#cores.filter((core) => core.kind === kind && !core.stopping);
      if (wanted[kind] === true && !cores.some(({ direction }) => receives(direction))) {
        this.addTransceiver(kind, { direction: "recvonly" });
      }
      if (wanted[kind] !== false) continue;
      for (const core of cores) core.direction = fromParts(sends(core.direction), false);
    }
  }

  get #cores(): readonly TransceiverCore[] {
    return this.#core.transceivers.all;
  }

  get #descriptions(): ConnectionCore["negotiator"]["descriptions"] {
    return this.#core.negotiator.descriptions;
  }
}

/** The callbacks of W3C WebRTC, section 4.4.3: with them, the promise itself says nothing. */
function withCallbacks<T>(promise: Promise<T>, done: unknown, failed: unknown): Promise<T> {
  if (typeof done !== "function" || typeof failed !== "function") return promise;
  const tell = (callback: unknown, value: unknown): T => {
    (callback as (value: unknown) => void)(value);
    return undefined as T;
  };
  return promise.then(
    (value) => tell(done, value),
    (error: unknown) => tell(failed, error),
  );
}

/** What the types say, a page need not do. */
function isSender(value: unknown): value is RtpSender {
  return value instanceof RtpSender;
}

function noType(): TypeError {
  return new TypeError("The description has no type.");
}

function toKind(kind: string): "audio" | "video" {
  if (kind === "audio" || kind === "video") return kind;
  throw new TypeError(`not a kind of track: ${kind}`);
}
