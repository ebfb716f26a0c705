import type { MediaAction, MediaEvent } from "../generated/app";
import type { Media, Signal } from "../generated/protocol";
import { deviceFailure, KINDS, type Kind } from "./devices";
import { markStates } from "./diagnostics";
import { FirstFrame } from "./firstFrame";
import { HangUpChannel } from "./hangUpChannel";
import { LocalTracks } from "./localTracks";
import type { MediaState } from "./media";
import { Negotiation } from "./negotiation";
import { RemoteTracks } from "./remoteTracks";
import { OwnTransceivers } from "./transceivers";

/** How a session starts. */
export type Start = Extract<MediaAction, { kind: "start" }>;

/** How a session is heard; silent once it is closed. */
export interface SessionPort {
  report(event: MediaEvent): void;
  changed(): void;
}

/**
 * The media of one call, from the order to start to the order to stop.
 *
 * The connection is made at once, so that addresses are gathered while the devices open. The
 * caller offers when its preview is shown. The callee answers without waiting for its devices,
 * whose tracks join the connection when they come.
 *
 * Everything that listens does so through one abort signal, so that closing forgets nothing.
 */
export class CallSession {
  readonly #role: Start["role"];
  readonly #port: SessionPort;
  readonly #closing = new AbortController();
  readonly #connection: RTCPeerConnection;
  readonly #local: LocalTracks;
  readonly #remote: RemoteTracks;
  readonly #transceivers: OwnTransceivers;
  readonly #negotiation: Negotiation;
  readonly #firstFrame: FirstFrame;
  /** Done when it is clear which devices could be opened. */
  readonly #opened: Promise<void>;
  #channel: HangUpChannel | null = null;
  #reportedState: RTCPeerConnectionState = "new";
  /** What the other end was told of the own media. */
  #told: Media | null = null;
  /** What the other end told of its media; a guest of the tutorial never does. */
  #peerMedia: Media | null = null;

  /** Throws where the webview does not accept the servers. */
  constructor(start: Start, usable: Media, port: SessionPort) {
    this.#role = start.role;
    this.#port = port;
    const closing = this.#closing.signal;
    this.#connection = new RTCPeerConnection({
      iceServers: start.iceServers,
      bundlePolicy: "max-bundle",
      iceCandidatePoolSize: 1,
    });
    markStates(this.#connection, closing);
    this.#connection.addEventListener("connectionstatechange", this.#connectionChanged, {
      signal: closing,
    });
    this.#remote = new RemoteTracks(this.#connection, this.#remoteChanged, closing);
    this.#firstFrame = new FirstFrame(
      this.#connection,
      this.#remote,
      () => this.#peerMedia?.video ?? this.#remote.expects("video"),
      () => {
        this.#report({ kind: "firstFrame" });
      },
      closing,
    );
    const negotiationPort = {
      send: (signal: Signal): void => {
        this.#report({ kind: "signal", signal });
      },
      beforeAnswer: () => this.#beforeAnswer(),
      afterAnswer: (): void => {
        this.#afterAnswer();
      },
      failed: this.#failed,
    };
    const polite = start.role === "callee";
    this.#negotiation = new Negotiation(this.#connection, polite, negotiationPort, closing);
    const localListener = {
      changed: (): void => {
        this.#localChanged();
      },
      attach: (kind: Kind, track: MediaStreamTrack | null) =>
        this.#transceivers.attach(kind, track),
      failed: this.#failed,
    };
    this.#local = new LocalTracks(start.media, usable, localListener, closing);
    this.#transceivers = new OwnTransceivers(this.#connection, this.#local);
    this.#opened = this.#open(start.media);
  }

  get state(): MediaState {
    return {
      local: this.#local.stream.getTracks().length > 0 ? this.#local.stream : null,
      remote: this.#closing.signal.aborted ? null : this.#remote.stream,
      open: this.#local.opened,
      sending: this.#local.sending,
      problem: this.#local.problems,
    };
  }

  receive(signal: Signal): void {
    switch (signal.kind) {
      case "media":
        this.#peerMedia = signal.media;
        return;
      case "candidate":
      case "description":
        this.#negotiation.receive(signal);
        return;
      case "restart":
        // The core has carried it out: this session is the new one.
        return;
    }
  }

  restartIce(): void {
    this.#negotiation.restartIce();
  }

  setSending(media: Media): void {
    if (!this.#closing.signal.aborted) this.#local.want(media);
  }

  hangUp(): void {
    this.#channel?.say();
  }

  /** Releases everything; safe at any time, and again. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#local.close();
    this.#remote.close();
    const connection = this.#connection;
    const close = (): void => {
      connection.close();
    };
    if (this.#channel?.said) void this.#channel.heard().then(close);
    else close();
  }

  async #open(wanted: Media): Promise<void> {
    await this.#local.open();
    if (this.#closing.signal.aborted) return;
    const { audio, video } = this.#local.opened;
    if ((wanted.audio || wanted.video) && !audio && !video) {
      this.#giveUp();
      return;
    }
    this.#tellMedia();
    if (this.#role === "caller") {
      this.#transceivers.make();
      this.#openChannel();
    }
  }

  /** Nothing can be sent: the call has no sense, and no device may stay open for it. */
  #giveUp(): void {
    const problems = Object.values(this.#local.problems);
    this.#report({ kind: "deviceFailed", failure: deviceFailure(problems) });
    this.close();
    this.#port.changed();
  }

  async #beforeAnswer(): Promise<void> {
    // The tutorial's page starts a second connection when it gets a second offer, and a picture
    // that is announced to it but never comes keeps it from playing the sound. So its first answer
    // has to hold what there really is. Our own kind says first what it sends.
    if (!this.#peerMedia) await this.#opened;
    if (!this.#closing.signal.aborted) await this.#transceivers.adopt();
  }

  #afterAnswer(): void {
    // A callee's channel would ask for a new offer, unless the caller's had a section for it.
    if (this.#role === "callee" && this.#connection.sctp) this.#openChannel();
  }

  #openChannel(): void {
    this.#channel ??= new HangUpChannel(
      this.#connection,
      () => {
        this.#report({ kind: "remoteHangUp" });
      },
      this.#closing.signal,
    );
  }

  readonly #connectionChanged = (): void => {
    const state = this.#connection.connectionState;
    switch (state) {
      case "connected":
      case "disconnected":
      case "failed":
        // An ICE restart of a sound connection may lead from `connected` back to it.
        if (state === this.#reportedState) return;
        this.#reportedState = state;
        this.#report({ kind: state });
        return;
      case "new":
      case "connecting":
      case "closed":
        return;
    }
  };

  readonly #remoteChanged = (): void => {
    this.#firstFrame.remoteChanged();
    this.#port.changed();
  };

  #localChanged(): void {
    if (this.#closing.signal.aborted) return;
    this.#port.changed();
    if (this.#told) this.#tellMedia();
  }

  #tellMedia(): void {
    const media = this.#local.sending;
    const told = this.#told;
    if (told && KINDS.every((kind) => told[kind] === media[kind])) return;
    this.#told = media;
    this.#report({ kind: "signal", signal: { kind: "media", media } });
  }

  #report(event: MediaEvent): void {
    if (!this.#closing.signal.aborted) this.#port.report(event);
  }

  // The name of an error only: its text may hold addresses.
  readonly #failed = (error: unknown): void => {
    if (this.#closing.signal.aborted) return;
    console.warn("media:", error instanceof Error ? error.name : "unknown error");
  };
}
