/** A microphone of the machine, which the engine opens by the label of its track. */
import type { PlanePort } from "./plane";
import { isSilent, onTrackChange } from "./trackChanges";

export class MicrophoneCapture {
  readonly #port: PlanePort;
  readonly #line: number;
  readonly #track: MediaStreamTrack;
  readonly #forget: () => void;

  /** Calls `fail` where the engine has no such microphone: the track may be of another source. */
  constructor(port: PlanePort, line: number, track: MediaStreamTrack, fail: () => void) {
    this.#port = port;
    this.#line = line;
    this.#track = track;
    this.#forget = onTrackChange(track, () => {
      this.#tell(() => undefined);
    });
    this.#tell(() => {
      this.#forget();
      fail();
    });
  }

  end(): void {
    this.#forget();
    this.#port.microphone(this.#line, null).catch(() => undefined);
  }

  #tell(fail: () => void): void {
    const { label } = this.#track;
    this.#port.microphone(this.#line, { label, muted: isSilent(this.#track) }).catch(fail);
  }
}
