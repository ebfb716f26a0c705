import { invalidState } from "./errors";
import { eventTarget } from "./events";

/** W3C WebRTC, section 7: telephone events are not negotiated, so that no tone can be sent. */
export class DtmfSender extends eventTarget("tonechange") {
  readonly canInsertDTMF = false;
  readonly toneBuffer = "";

  insertDTMF(): void {
    throw invalidState("Tones cannot be sent.");
  }
}
