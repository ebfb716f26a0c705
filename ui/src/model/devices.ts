import type { MediaEngine, MediaState } from "../media/media";
import { Model } from "./model";

export interface DevicesView extends MediaState {
  /** Whether this webview can carry media at all. */
  readonly supported: boolean;
}

/** The own microphone and camera, and the pictures of a call. */
export class Devices extends Model<DevicesView> {
  readonly #engine: MediaEngine;

  constructor(engine: MediaEngine) {
    super({
      supported: engine.supported,
      local: null,
      remote: null,
      open: { audio: false, video: false },
      sending: { audio: false, video: false },
      problem: { audio: null, video: null },
    });
    this.#engine = engine;
    engine.subscribe((state) => {
      this.show({ ...state, supported: engine.supported });
    });
  }

  toggleMicrophone(): void {
    const { sending } = this.view;
    this.#engine.setSending({ ...sending, audio: !sending.audio });
  }

  toggleCamera(): void {
    const { sending } = this.view;
    this.#engine.setSending({ ...sending, video: !sending.video });
  }
}
