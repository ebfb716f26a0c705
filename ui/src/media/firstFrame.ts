import type { RemoteTracks } from "./remoteTracks";

/**
 * Calls `seen` once, when the first picture of the other end was shown, or, where no picture is to
 * be expected, when its first sound was played.
 */
export class FirstFrame {
  readonly #connection: RTCPeerConnection;
  readonly #remote: RemoteTracks;
  readonly #expectsVideo: () => boolean;
  readonly #seen: () => void;
  // Tells the moment itself, but only while the page is in sight; the statistics go on without.
  readonly #probe = document.createElement("video");
  #watching = false;
  #done = false;

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
    this.#probe.muted = true;
    abort.addEventListener("abort", () => {
      this.#release();
    });
  }

  /** Starts watching, once there is anything to see or to hear. */
  remoteChanged(): void {
    const stream = this.#remote.stream;
    if (this.#done || !stream) return;
    const [picture] = stream.getVideoTracks();
    if (picture && !this.#probe.srcObject) this.#watchPicture(picture);
    if (!this.#watching) {
      this.#watching = true;
      void this.#watchStatistics();
    }
  }

  #watchPicture(picture: MediaStreamTrack): void {
    if (!("requestVideoFrameCallback" in this.#probe)) return;
    this.#probe.srcObject = new MediaStream([picture]);
    this.#probe.requestVideoFrameCallback(() => {
      this.#report();
    });
    // Refused where even muted playback needs a gesture, or when the call ends first.
    this.#probe.play().catch(() => undefined);
  }

  async #watchStatistics(): Promise<void> {
    while (!this.#done) {
      const statistics = await this.#connection.getStats();
      if (played(statistics, this.#expectsVideo() ? "video" : "audio")) this.#report();
      else await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #report(): void {
    if (this.#done) return;
    this.#release();
    this.#seen();
  }

  #release(): void {
    this.#done = true;
    this.#probe.srcObject = null;
  }
}

const POLL_MS = 100;

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
