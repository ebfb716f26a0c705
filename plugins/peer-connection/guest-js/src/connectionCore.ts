import {
  AUDIO,
  DATA,
  VIDEO,
  type BinaryFrame,
  type EngineConnection,
  type EngineEvent,
} from "./bridge";
import { Channels } from "./channels";
import { toEngineServers, type Configuration } from "./configuration";
import { ConnectionStates } from "./connectionStates";
import { operation } from "./errors";
import { DataChannelEvent, PeerConnectionIceErrorEvent, PeerConnectionIceEvent } from "./events";
import { Gatherer } from "./gatherer";
import { theHost } from "./host";
import { IceCandidate } from "./iceCandidate";
import { MAX_MESSAGE_SIZE } from "./jsep/sections";
import type { AgreedLine } from "./jsep/synthetic";
import { bundleTag } from "./jsep/view";
import type { Kind, LocalSender, MediaPlane, RemoteTrack } from "./media/plane";
import { Negotiator } from "./negotiator";
import { Operations } from "./operations";
import { readRemoteCandidate } from "./remoteCandidates";
import { buildStats, type EngineStats } from "./stats";
import type { TransceiverCore, TransceiverOwner } from "./transceiverCore";
import { queueTask } from "./tasks";
import { TransceiverSet } from "./transceiverSet";
import { SctpTransport, TransportSet, type DtlsTransport } from "./transports";

/** What is behind a connection: its engine, its media plane, its state. */
export class ConnectionCore implements TransceiverOwner {
  readonly cname = crypto.randomUUID();
  readonly transceivers: TransceiverSet;
  readonly channels: Channels;
  readonly negotiator: Negotiator;
  readonly states: ConnectionStates;
  gatheringState: RTCIceGatheringState = "new";
  sctp: SctpTransport | null = null;
  readonly #dispatch: (event: Event) => void;
  readonly #engine: EngineConnection;
  readonly #plane: MediaPlane;
  readonly #operations: Operations;
  readonly #gatherer: Gatherer;
  readonly #transports: TransportSet;
  readonly #sources = new Set<number>();
  /** M-lines on which media arrives. */
  readonly #active = new Set<number>();
  #estimate: number | null = null;
  #isClosed = false;

  constructor(configuration: Configuration, dispatch: (event: Event) => void) {
    const host = theHost();
    this.#dispatch = dispatch;
    const engine = host.link.connect({
      event: (event) => {
        this.#hear(event);
      },
      binary: (frame) => {
        this.#receive(frame);
      },
    });
    this.#engine = engine;
    this.#plane = host.createPlane({
      isConnected: () => this.#transport.state === "connected",
      send: (kind, line, flags, time, payload) => {
        engine.send({ kind: kind === "video" ? VIDEO : AUDIO, flags, line, time, payload });
      },
      requestKeyFrame: (line) => {
        this.#ask(engine.request("requestKeyFrame", { line }));
      },
      microphone: (line, speaking) =>
        engine.request("microphone", { line, ...(speaking ?? { label: null, muted: true }) }),
      loudspeaker: (line, listening) =>
        engine.request("loudspeaker", { line, ...(listening ?? { volume: null, toPage: false }) }),
      bufferedAmount: () => engine.bufferedAmount,
    });
    const isClosed = (): boolean => this.#isClosed;
    this.#transports = new TransportSet(configuration.bundlePolicy === "max-bundle");
    this.states = new ConnectionStates(this.#transport, this.#fire, isClosed);
    this.transceivers = new TransceiverSet(this);
    this.channels = new Channels({
      engine,
      isClosed,
      maxMessageSize: () => this.sctp?.maxMessageSize ?? 0,
      offered: (channel) => {
        this.#fire(new DataChannelEvent("datachannel", { channel }));
      },
    });
    this.#gatherer = new Gatherer({
      engine,
      found: this.#found,
      stateChanged: this.#gatheringChanged,
    });
    const fingerprint = engine
      .request("create", servers(configuration))
      .then(({ fingerprint: value }) => {
        if (typeof value === "string") return value;
        throw operation("The engine has no certificate.");
      });
    // Whoever needs it hears of the failure.
    fingerprint.catch(() => undefined);
    this.negotiator = new Negotiator({
      engine,
      fingerprint,
      transceivers: this.transceivers,
      channels: this.channels,
      gatherer: this.#gatherer,
      transports: this.#transports,
      requiresMux: configuration.rtcpMuxPolicy === "require",
      isClosed,
      fire: this.#fire,
      candidateUsed: () => {
        this.states.hasRemoteCandidates();
      },
      dataDescribed: (line) => {
        this.#describeSctp(line);
      },
      agreed: this.#agreed,
      becameStable: () => {
        this.#operations.becameStable();
      },
    });
    this.#operations = new Operations({
      isClosed,
      isStable: () => this.negotiator.state === "stable",
      isNegotiationNeeded: () => this.negotiator.isNeeded,
      fireNegotiationNeeded: () => {
        this.#fire(new Event("negotiationneeded"));
      },
    });
    if (configuration.iceCandidatePoolSize > 0) this.#gatherer.prepare();
  }

  isClosed(): boolean {
    return this.#isClosed;
  }

  chain<T>(run: () => Promise<T>): Promise<T> {
    return this.#operations.chain(run);
  }

  updateNegotiationNeeded(): void {
    this.#operations.update();
  }

  newSource(): number {
    let source = 0;
    while (source === 0 || this.#sources.has(source)) {
      source = crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
    }
    this.#sources.add(source);
    return source;
  }

  newSender(kind: Kind): LocalSender {
    return this.#plane.sender(kind);
  }

  newRemoteTrack(kind: Kind): RemoteTrack {
    return this.#plane.remoteTrack(kind);
  }

  transportOf(core: TransceiverCore): DtlsTransport | null {
    return core.line === null ? null : this.#transports.of(core.line);
  }

  /** The engine is told what the senders would like, and each gets its part of the estimate. */
  limitsChanged(): void {
    const sending = this.transceivers.all.filter(({ isSending }) => isSending);
    const wanted = sending.map(({ kind, encoding }) => encoding.maxBitrate ?? WANTED_BPS[kind]);
    const bps = wanted.reduce((sum, each) => sum + each, 0);
    if (bps > 0) this.#ask(this.#engine.request("setBitrate", { bps }));
    this.#share();
  }

  /** W3C Media Capture, section 4.3.8: processing is on unless the page turned it off. */
  processAudioOf(track: MediaStreamTrack): void {
    const wanted = track.getConstraints();
    const isOn = (value: ConstrainBooleanOrDOMString | undefined): boolean =>
      (typeof value === "object" ? (value.exact ?? value.ideal) : value) !== false;
    this.#ask(
      this.#engine.request("audioOptions", {
        echoCancellation: isOn(wanted.echoCancellation),
        noiseSuppression: isOn(wanted.noiseSuppression),
        autoGainControl: isOn(wanted.autoGainControl),
      }),
    );
  }

  setServers(configuration: Configuration): void {
    this.#ask(this.#engine.request("setIceServers", servers(configuration)));
  }

  /** W3C WebRTC, section 4.4.1.7 ("addIceCandidate"), from where the chain has come to it. */
  addRemoteCandidate(init: RTCIceCandidateInit): void {
    const { descriptions, remoteCandidates } = this.negotiator;
    const read = readRemoteCandidate(init, descriptions);
    if (!read) return;
    const { candidate, line, mid, ufrag } = read;
    remoteCandidates.add(candidate, ufrag);
    descriptions.addCandidate("remote", candidate === "" ? null : candidate, line, ufrag);
    if (candidate !== "") {
      const ice = this.#transport.iceTransport;
      const shown = new IceCandidate({ ...init, sdpMid: mid, sdpMLineIndex: line });
      if (ice.remoteCandidates.length < SHOWN_MAX) ice.remoteCandidates.push(shown);
    }
  }

  /** Never fails: a connection without an engine has no counters. */
  async stats(core: TransceiverCore | null, part: "sender" | "receiver"): Promise<RTCStatsReport> {
    const none: EngineStats = {};
    const counters = this.#isClosed
      ? none
      : await this.#engine.request("stats", {}).then(
          (reply) => reply as EngineStats,
          () => none,
        );
    const source = {
      transceivers: this.#isClosed ? [] : this.transceivers.all,
      channels: this.channels,
      states: this.states,
      transport: this.#transport,
      isControlling: this.negotiator.isControlling,
    };
    return buildStats(counters, source, core && { core, part });
  }

  /** W3C WebRTC, section 4.4.1.10; no event tells of it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.states.close();
    this.#transports.close();
    this.channels.connectionClosed();
    if (this.sctp) this.sctp.state = "closed";
    this.transceivers.stop();
    this.#plane.close();
    this.#ask(this.#engine.request("close", {}));
    this.#engine.release();
  }

  readonly #fire = (event: Event): void => {
    if (!this.#isClosed) this.#dispatch(event);
  };

  #hear(event: EngineEvent): void {
    if (this.#isClosed) return;
    switch (event.event) {
      case "candidate":
        this.#gatherer.candidate(event.candidate);
        return;
      case "candidateError":
        this.#fire(new PeerConnectionIceErrorEvent("icecandidateerror", event));
        return;
      case "gathering":
        this.#gatherer.gathering(event.state);
        return;
      case "ice":
        this.states.ice(event.state);
        return;
      case "dtls":
        this.states.dtls(event.state);
        if (event.state === "connected") this.#plane.connected();
        if (event.state === "closed") this.#transportEnded(null);
        if (event.state === "failed") this.#transportEnded("The transport has failed.");
        return;
      case "media":
        if (event.active) this.#active.add(event.line);
        else this.#active.delete(event.line);
        this.#byReceiving(event.line)?.remote.setMuted(!event.active);
        return;
      case "networkChanged":
        // The new candidates follow by themselves, as a new gathering.
        return;
      case "keyFrameRequest":
        this.transceivers.byLine(event.line)?.local.requestKeyFrame();
        return;
      case "bitrate":
        this.#estimate = event.bps;
        this.#share();
        return;
      case "channelOpen":
        this.#sctpConnected();
        this.channels.opened(event.channel, event.streamId);
        return;
      case "channelOffered":
        this.#sctpConnected();
        this.channels.offered(event);
        return;
      case "channelBuffered":
        this.channels.buffered(event.channel, event.amount);
        return;
      case "channelClosed":
        this.channels.wasClosed(event.channel);
        return;
      case "failed":
        this.states.ice("failed");
        this.states.dtls("failed");
        this.#transportEnded("The engine has failed.");
        return;
    }
  }

  #receive(frame: BinaryFrame): void {
    if (this.#isClosed) return;
    const { kind, line, flags, time, payload } = frame;
    switch (kind) {
      case VIDEO:
        this.#plane.frame("video", line, flags, time, payload);
        return;
      case AUDIO:
        this.#plane.frame("audio", line, flags, time, payload);
        return;
      case DATA:
        this.channels.received(frame);
        return;
    }
  }

  /** What still comes after the other end was told to stop does not make a track sound again. */
  #byReceiving(line: number): TransceiverCore | null {
    const core = this.transceivers.byLine(line);
    const isReceiving = core?.firedDirection === "sendrecv" || core?.firedDirection === "recvonly";
    return core && isReceiving && !core.stopping ? core : null;
  }

  readonly #found = (text: string | null, ufrag: string): void => {
    const { descriptions } = this.negotiator;
    const local = descriptions.local?.view;
    const tag = local && bundleTag(local);
    if (!tag) return;
    descriptions.addCandidate("local", text, tag.index, ufrag);
    if (text === null) {
      this.#fire(new PeerConnectionIceEvent("icecandidate", { candidate: null }));
      return;
    }
    const candidate = new IceCandidate({
      candidate: text,
      sdpMid: tag.media.mid,
      sdpMLineIndex: tag.index,
      usernameFragment: ufrag,
    });
    const ice = this.#transport.iceTransport;
    if (ice.localCandidates.length < SHOWN_MAX) ice.localCandidates.push(candidate);
    this.#fire(new PeerConnectionIceEvent("icecandidate", { candidate }));
  };

  readonly #gatheringChanged = (state: RTCIceGatheringState): void => {
    if (this.gatheringState === state) return;
    this.gatheringState = state;
    const ice = this.#transport.iceTransport;
    ice.gatheringState = state;
    if (!this.#isClosed) ice.dispatchEvent(new Event("gatheringstatechange"));
    this.#fire(new Event("icegatheringstatechange"));
  };

  readonly #agreed = (lines: readonly AgreedLine[]): void => {
    const data = lines.find(({ kind, rejected }) => kind === "application" && !rejected);
    if (data) this.#startSctp(data.line);
    this.#transport.iceTransport.role = this.negotiator.isControlling
      ? "controlling"
      : "controlled";
    for (const { line, rejected } of lines) if (rejected) this.#active.delete(line);
    // Media may be there before its description is set; `track` comes before `unmute`.
    queueTask(() => {
      for (const line of this.#active) this.#byReceiving(line)?.remote.setMuted(false);
    });
    this.limitsChanged();
  };

  get #transport(): DtlsTransport {
    return this.#transports.main;
  }

  #describeSctp(line: number): void {
    this.sctp ??= new SctpTransport(() => this.#transports.of(line), DEFAULT_MESSAGE_SIZE);
  }

  #startSctp(line: number): void {
    this.#describeSctp(line);
    const { remote } = this.negotiator.descriptions;
    const theirs = remote?.view.media[line]?.maxMessageSize;
    // 0 is no limit but the own.
    const size =
      theirs === 0 ? MAX_MESSAGE_SIZE : Math.min(theirs ?? DEFAULT_MESSAGE_SIZE, MAX_MESSAGE_SIZE);
    if (this.sctp) this.sctp.maxMessageSize = size;
    this.channels.ready();
  }

  #sctpConnected(): void {
    if (this.sctp?.state !== "connecting") return;
    this.sctp.state = "connected";
    this.sctp.maxChannels = 65_535;
    this.sctp.dispatchEvent(new Event("statechange"));
  }

  #transportEnded(problem: string | null): void {
    if (this.sctp && this.sctp.state !== "closed") {
      this.sctp.state = "closed";
      this.sctp.dispatchEvent(new Event("statechange"));
    }
    this.channels.transportClosed(problem);
  }

  #share(): void {
    if (this.#estimate === null) return;
    const videos = this.transceivers.all.filter((each) => each.kind === "video" && each.isSending);
    for (const { local } of videos) local.setBitrate(Math.floor(this.#estimate / videos.length));
  }

  /** Orders whose failure the engine tells of in another way, or that come too late. */
  #ask(reply: Promise<unknown>): void {
    reply.catch(() => undefined);
  }
}

/** What a sender without a limit would like. */
const WANTED_BPS: Readonly<Record<Kind, number>> = { audio: 40_000, video: 2_500_000 };
const SHOWN_MAX = 256;
/** RFC 8841, section 6.1: where the other end says nothing. */
const DEFAULT_MESSAGE_SIZE = 65_536;

function servers(configuration: Configuration): {
  iceServers: ReturnType<typeof toEngineServers>;
  relayOnly: boolean;
} {
  return {
    iceServers: toEngineServers(configuration.iceServers),
    relayOnly: configuration.iceTransportPolicy === "relay",
  };
}
