/**
 * A remote track's sound. The engine plays it, as loud as the elements that hold the track, and the
 * page gets its samples only where it wants them; where the engine has no loudspeaker, the page's
 * audio graph plays it.
 */
import { audioGraph, type AudioGraph } from "./audioGraph";
import { isHeldAlone, loudness } from "./elementSound";
import { GraphPlayback } from "./graphPlayback";
import type { Listening, PlanePort, RemoteTrack } from "./plane";
import { RemoteTrackState } from "./remoteTrackState";
import { playPastElements } from "./shownStream";
import { isTapped } from "./taps";
import { FRAME_SAMPLES } from "./worklets";

const FRAME_BYTES = FRAME_SAMPLES * 2;
/** Between two looks at what the page does with the track; ms. */
const LOOK_INTERVAL = 100;

export class AudioReceiver implements RemoteTrack {
  readonly track: MediaStreamTrack;
  readonly #port: PlanePort;
  readonly #graph: AudioGraph = audioGraph();
  readonly #state: RemoteTrackState;
  readonly #destination: MediaStreamAudioDestinationNode;
  #line: number | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** What the engine was told; `null` where it has no loudspeaker. */
  #told: Listening | undefined | null;
  #playback: GraphPlayback | undefined;
  /** Flows into the track for elements that would wait for sound, which is played past them. */
  #silence: (() => void) | undefined;

  constructor(port: PlanePort) {
    this.#port = port;
    this.#destination = new MediaStreamAudioDestinationNode(this.#graph.context, {
      channelCount: 1,
    });
    const track = this.#destination.stream.getAudioTracks()[0];
    if (!track) {
      throw new DOMException("the audio context gave no track", "OperationError");
    }
    playPastElements(track);
    this.track = track;
    this.#state = new RemoteTrackState(track);
  }

  start(line: number): void {
    if (line === this.#line) {
      return;
    }
    this.stop();
    this.#line = line;
    this.#timer = setInterval(() => {
      this.#look(line);
    }, LOOK_INTERVAL);
    this.#look(line);
  }

  stop(): void {
    clearInterval(this.#timer);
    if (this.#line !== undefined && this.#told) {
      this.#port.loudspeaker(this.#line, null).catch(() => undefined);
    }
    this.#told = undefined;
    this.#line = undefined;
    this.#endPlayback();
    this.#endSilence();
  }

  setMuted(muted: boolean): void {
    this.#state.setMuted(muted);
  }

  end(): void {
    this.stop();
    this.#state.end();
  }

  stats(): ReturnType<RemoteTrack["stats"]> {
    return {
      framesDecoded: 0,
      keyFramesDecoded: 0,
      framesDropped: 0,
      frameWidth: 0,
      frameHeight: 0,
      framesPerSecond: 0,
    };
  }

  /** What is to be played next; of any other length it is not from the engine. */
  frame(payload: Uint8Array): void {
    if (payload.length === FRAME_BYTES) {
      this.#playback?.play(new Int16Array(payload.slice().buffer));
    }
  }

  #look(line: number): void {
    const listening = { volume: loudness(this.track), toPage: isTapped(this.track) };
    if (this.#told !== null) {
      this.#tell(line, listening);
    }
    if (this.#told === null || listening.toPage) {
      this.#playback ??= new GraphPlayback(this.#graph, this.#destination);
      this.#playback.setLoudness(this.#told === null ? listening.volume : 0);
    } else {
      this.#endPlayback();
    }
    if (isHeldAlone(this.track)) {
      this.#silence ??= this.#graph.silence(this.#destination);
    } else {
      this.#endSilence();
    }
  }

  #tell(line: number, listening: Listening): void {
    const { volume, toPage } = listening;
    if (volume === this.#told?.volume && toPage === this.#told.toPage) {
      return;
    }
    this.#told = listening;
    this.#port.loudspeaker(line, listening).catch(() => {
      // Not for what was asked before.
      if (this.#told === listening) {
        this.#told = null;
        this.#look(line);
      }
    });
  }

  #endSilence(): void {
    this.#silence?.();
    this.#silence = undefined;
  }

  #endPlayback(): void {
    this.#playback?.end();
    this.#playback = undefined;
  }
}
