/**
 * What a track made by the page cannot do by itself: be muted and ended by the remote side.
 *
 * It is never stopped for real: WebKitGTK 2.50 crashes when a track of a canvas or of an audio
 * context stops while an element plays it. Nothing is painted or played any more, the elements let
 * it go, and it is collected with them.
 */
export class RemoteTrackState {
  readonly #track: MediaStreamTrack;
  #muted = true;
  #ended = false;

  constructor(track: MediaStreamTrack) {
    this.#track = track;
    Object.defineProperties(track, {
      muted: { configurable: true, get: () => this.#muted },
      readyState: { configurable: true, get: () => (this.#ended ? "ended" : "live") },
      stop: {
        configurable: true,
        value: () => {
          this.#stop();
        },
      },
    });
  }

  setMuted(muted: boolean): void {
    if (muted === this.#muted || this.ended) {
      return;
    }
    this.#muted = muted;
    this.#track.dispatchEvent(new Event(muted ? "mute" : "unmute"));
  }

  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    if (!this.ended) {
      this.#stop();
      this.#track.dispatchEvent(new Event("ended"));
    }
  }

  /** Fires nothing, as the page's own `stop()` does not. */
  #stop(): void {
    this.#ended = true;
    this.#muted = true;
    this.#track.enabled = false;
  }
}
