/**
 * Takes the pictures of a track that no worker reads: from a <video> that nobody sees, as often as
 * a worker ticks, also while the window is hidden.
 */
import { Ticker } from "./ticker";

/** `readyState` of an element that has a picture. */
const DATA_LOADED = 2;
/** Pictures that are given and not yet taken above which none is added. */
const MOST_GIVEN = 2;

export class ElementCapture {
  readonly #give: (picture: VideoFrame) => void;
  readonly #video = document.createElement("video");
  readonly #ticker = new Ticker(() => {
    this.#tick();
  });
  #given = 0;

  /** `frameRate` is that of the track, per second. */
  constructor(track: MediaStreamTrack, frameRate: number, give: (picture: VideoFrame) => void) {
    this.#give = give;
    const video = this.#video;
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([track]);
    // The first picture does not wait for a tick.
    video.addEventListener("loadeddata", () => {
      this.#tick();
    });
    video.play().catch(() => undefined);
    this.#ticker.every(1000 / frameRate);
  }

  /** A picture was taken. */
  taken(): void {
    this.#given -= 1;
  }

  end(): void {
    this.#ticker.stop();
    this.#video.pause();
    this.#video.srcObject = null;
  }

  #tick(): void {
    if (this.#video.readyState < DATA_LOADED || this.#given >= MOST_GIVEN) {
      return;
    }
    let picture: VideoFrame;
    try {
      picture = new VideoFrame(this.#video, { timestamp: Math.round(performance.now() * 1000) });
    } catch {
      return;
    }
    this.#given += 1;
    this.#give(picture);
  }
}
