import { KINDS, type Kind } from "./devices";
import type { LocalTracks } from "./localTracks";

/**
 * The transceivers on which this end sends, one of each kind.
 *
 * The caller makes both at the start, so that a camera that is turned on later changes a direction
 * and no media section; the callee sends on those that were offered. A direction only ever widens:
 * turning a camera off takes the track away and needs no negotiation.
 */
export class OwnTransceivers {
  readonly #connection: RTCPeerConnection;
  readonly #local: LocalTracks;
  readonly #byKind = new Map<Kind, RTCRtpTransceiver>();
  #ready = false;

  constructor(connection: RTCPeerConnection, local: LocalTracks) {
    this.#connection = connection;
    this.#local = local;
  }

  /** Makes them, for an offer. What this end does not send it is still ready to receive. */
  make(): void {
    for (const kind of KINDS) this.#add(kind, this.#local.track(kind));
    this.#ready = true;
  }

  /** Takes those of the first offer over, for the answer; a track may follow later. */
  async adopt(): Promise<void> {
    if (this.#ready) return;
    this.#ready = true;
    for (const kind of KINDS) {
      const offered = this.#connection
        .getTransceivers()
        .find((transceiver) => transceiver.receiver.track.kind === kind);
      if (!offered) continue;
      this.#byKind.set(kind, offered);
      // Without it, an end that shows `event.streams[0]` has nothing to show.
      offered.sender.setStreams(this.#local.stream);
      if (this.#local.wants(kind)) offered.direction = "sendrecv";
      await offered.sender.replaceTrack(this.#local.track(kind));
    }
  }

  /** Sends this track from now on, or none. */
  async attach(kind: Kind, track: MediaStreamTrack | null): Promise<void> {
    if (!this.#ready) return;
    const transceiver = this.#byKind.get(kind);
    if (transceiver) {
      await transceiver.sender.replaceTrack(track);
      if (track && transceiver.direction === "recvonly") transceiver.direction = "sendrecv";
    } else if (track) {
      // The other end offered no section of this kind.
      this.#add(kind, track);
    }
  }

  #add(kind: Kind, track: MediaStreamTrack | null): void {
    const transceiver = this.#connection.addTransceiver(track ?? kind, {
      direction: track ? "sendrecv" : "recvonly",
      streams: [this.#local.stream],
    });
    this.#byKind.set(kind, transceiver);
  }
}
