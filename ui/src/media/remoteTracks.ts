import { KINDS } from "./devices";

/**
 * The other end's sound and picture, collected in one stream at a time.
 *
 * Which transceiver carries them does not matter: a peer may answer on those that were offered to
 * it, or add its own. Of each kind, the newest track that is live and not muted is shown. A track
 * is muted until its first packet comes, and again when the other end stops sending by
 * renegotiation; a picture that never comes must not hold back the sound of the same element.
 */
export class RemoteTracks {
  #stream = new MediaStream();
  readonly #tracks: MediaStreamTrack[] = [];
  readonly #changed: () => void;
  readonly #abort: AbortSignal;

  constructor(connection: RTCPeerConnection, changed: () => void, abort: AbortSignal) {
    this.#changed = changed;
    this.#abort = abort;
    const onTrack = (event: RTCTrackEvent): void => {
      this.#add(event.track);
    };
    connection.addEventListener("track", onTrack, { signal: abort });
  }

  /** Null where there is nothing to play: an element that is given an empty stream stays still. */
  get stream(): MediaStream | null {
    return this.#stream.getTracks().length > 0 ? this.#stream : null;
  }

  /** Whether a track of this kind is there, muted or not. */
  expects(kind: MediaStreamTrack["kind"]): boolean {
    return this.#tracks.some((track) => track.kind === kind && track.readyState === "live");
  }

  close(): void {
    for (const track of this.#tracks) track.stop();
  }

  #add(track: MediaStreamTrack): void {
    // A transceiver that sends again shows the track that it had.
    if (!this.#tracks.includes(track)) {
      this.#tracks.push(track);
      const refresh = (): void => {
        this.#refresh();
      };
      for (const name of ["mute", "unmute", "ended"] as const) {
        track.addEventListener(name, refresh, { signal: this.#abort });
      }
    }
    this.#refresh();
  }

  #refresh(): void {
    const shown = KINDS.map((kind) =>
      this.#tracks
        .filter((track) => track.kind === kind && track.readyState === "live" && !track.muted)
        .at(-1),
    );
    // WebKitGTK may crash when sound comes or goes under a picture that is being shown
    // (playbin3SendSelectStreamsIfAppropriate uses a sound track that updateTracks has cleared), so
    // that takes a new stream. To add or remove a picture, or sound alone, is safe, and interrupts
    // nothing.
    const [sound] = this.#stream.getAudioTracks();
    if (this.#stream.getVideoTracks().length > 0 && sound !== shown[0]) {
      this.#stream = new MediaStream();
    }
    for (const track of this.#stream.getTracks()) {
      if (!shown.includes(track)) this.#stream.removeTrack(track);
    }
    for (const track of shown) {
      if (track) this.#stream.addTrack(track);
    }
    this.#changed();
  }
}
