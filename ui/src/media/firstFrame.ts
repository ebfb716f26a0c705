import type { RemoteTracks } from "./remoteTracks";

/**
 * Calls `seen` once, when the first picture of the other end was decoded, or, where no picture is to
 * be expected, when its first sound was played.
 *
 * Asks the statistics: an element that watches the track would be a second player of the same
 * picture, at the moment of a call that has the most to do.
 */
export class FirstFrame {
  readonly #connection: RTCPeerConnection;
  readonly #remote: RemoteTracks;
  readonly #expectsVideo: () => boolean;
  readonly #seen: () => void;
  readonly #abort: AbortSignal;
  #watching = false;

  constructor(
    connection: RTCPeerConnection,
    remote: RemoteTracks,
    expectsVideo: () => boolean,
    seen: () => void,
    abort: AbortSignal,
  ) {
    this.#connection = connection;
    this.#remote = remote;
    this.#expectsVideo = expectsVideo;
    this.#seen = seen;
    this.#abort = abort;
  }

  /** Starts watching, once there is anything to see or to hear. */
  remoteChanged(): void {
    if (this.#watching || !this.#remote.stream) return;
    this.#watching = true;
    void this.#watch();
  }

  async #watch(): Promise<void> {
    while (!this.#abort.aborted) {
      const statistics = await this.#connection.getStats();
      if (played(statistics, this.#expectsVideo() ? "video" : "audio")) {
        this.#seen();
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

/** Milliseconds: about half a picture. */
const POLL_MS = 20;

/** Whether anything of this kind was decoded (W3C WebRTC Statistics, RTCInboundRtpStreamStats). */
function played(statistics: RTCStatsReport, kind: "audio" | "video"): boolean {
  const counter = kind === "video" ? "framesDecoded" : "jitterBufferEmittedCount";
  let found = false;
  statistics.forEach((entry: Record<string, unknown>) => {
    if (entry["type"] === "inbound-rtp" && entry["kind"] === kind && Number(entry[counter]) > 0) {
      found = true;
    }
  });
  return found;
}
