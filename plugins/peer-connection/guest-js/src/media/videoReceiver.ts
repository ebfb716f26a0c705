/** Shows what comes in: a task decodes, and the pictures are those of the receiver's track. */
import { CanvasPicture } from "./canvasPicture";
import { FrameCounter } from "./frameCounter";
import { MOST_DECODING } from "./limits";
import type { Codec, PlanePort, RemoteTrack } from "./plane";
import { RemoteTrackState } from "./remoteTrackState";
import { videoHost } from "./videoHost";
import {
  NOTHING_RECEIVED,
  type ReceiverCalls,
  type ReceiverOwner,
  type ReceiverStats,
} from "./worker/calls";

export class VideoReceiver implements RemoteTrack, ReceiverOwner {
  readonly track: MediaStreamTrack;
  readonly #port: PlanePort;
  readonly #canvas: CanvasPicture | undefined;
  readonly #state: RemoteTrackState;
  readonly #task: ReceiverCalls;
  readonly #counter = new FrameCounter();
  #line: number | undefined;
  #ended = false;
  #underWay = 0;
  #overtaken = 0;
  #stats: ReceiverStats = NOTHING_RECEIVED;

  constructor(port: PlanePort) {
    this.#port = port;
    const host = videoHost();
    const made = host.takeTrack();
    if (made) {
      this.track = made.track;
    } else {
      this.#canvas = new CanvasPicture();
      this.track = this.#canvas.track;
    }
    this.#state = new RemoteTrackState(this.track);
    this.#task = host.startReceiver(this, made);
  }

  start(line: number, codec: Codec): void {
    this.#line = line;
    this.#task.start(codec);
  }

  stop(): void {
    this.#line = undefined;
    if (!this.#ended) {
      this.#task.stop();
    }
  }

  setMuted(muted: boolean): void {
    this.#state.setMuted(muted);
  }

  end(): void {
    if (this.#ended) {
      return;
    }
    this.#ended = true;
    this.#line = undefined;
    this.#task.close();
    this.#state.end();
    this.#canvas?.end();
  }

  stats(): ReturnType<RemoteTrack["stats"]> {
    const framesPerSecond = this.#counter.perSecond(performance.now());
    const framesDropped = this.#stats.framesDropped + this.#overtaken;
    return { ...this.#stats, framesDropped, framesPerSecond };
  }

  /** An encoded frame of this line. */
  frame(flags: number, time: number, payload: Uint8Array): void {
    if (this.#line === undefined || this.#state.ended) {
      return;
    }
    if (this.#underWay > MOST_DECODING || !(payload.buffer instanceof ArrayBuffer)) {
      this.#task.leftOut();
      return;
    }
    this.#underWay += 1;
    const { buffer, byteOffset, byteLength } = payload;
    this.#task.frame(flags, time, buffer, byteOffset, byteLength);
  }

  frameTaken(): void {
    this.#underWay -= 1;
  }

  requestKeyFrame(): void {
    if (this.#line !== undefined) {
      this.#port.requestKeyFrame(this.#line);
    }
  }

  counted(stats: ReceiverStats): void {
    if (stats.framesDecoded > this.#stats.framesDecoded) {
      this.#counter.add(performance.now());
    }
    this.#stats = stats;
  }

  picture(picture: VideoFrame): void {
    if (this.#canvas && !this.#ended) {
      this.#overtaken += this.#canvas.show(picture) ? 0 : 1;
    } else {
      picture.close();
    }
  }
}
