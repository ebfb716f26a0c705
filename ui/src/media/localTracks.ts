import type { Media } from "../generated/protocol";
import { hasDevice, KINDS, openDevices, type Kind } from "./devices";
import type { DeviceProblem } from "./media";
import { TaskQueue } from "./queue";

/** How a session hears of its own devices. */
export interface LocalTracksListener {
  /** What is open, sent or wrong has changed. */
  changed(): void;
  /** The track of this kind is now that one, or none; it is to be sent. */
  attach(kind: Kind, track: MediaStreamTrack | null): Promise<void>;
  failed(error: unknown): void;
}

/**
 * The own microphone and camera during one call.
 *
 * What the user wants is noted at once; opening follows, one step at a time. A muted microphone
 * stays open, a camera that is turned off is closed, so that its light goes off. A device that is
 * pulled out is opened again, once, when the system shows one of its kind.
 */
export class LocalTracks {
  /** The preview, and the stream that the other end sees the tracks in. */
  readonly stream = new MediaStream();
  readonly #listener: LocalTracksListener;
  readonly #abort: AbortSignal;
  readonly #steps: TaskQueue;
  readonly #wanted: Media;
  readonly #usable: Media;
  readonly #tracks: Record<Kind, MediaStreamTrack | null> = { audio: null, video: null };
  readonly #problems: Record<Kind, DeviceProblem | null> = { audio: null, video: null };

  /** A device of a kind that is not `usable` is not opened: nothing of it would arrive. */
  constructor(wanted: Media, usable: Media, listener: LocalTracksListener, abort: AbortSignal) {
    this.#wanted = { ...wanted };
    this.#usable = usable;
    this.#listener = listener;
    this.#abort = abort;
    this.#steps = new TaskQueue(STEPS_MAX, (error) => {
      listener.failed(error);
    });
    const onDeviceChange = (): void => {
      this.#recover();
    };
    navigator.mediaDevices.addEventListener("devicechange", onDeviceChange, { signal: abort });
  }

  /** Opens what is wanted; done when it is clear what could be opened. */
  async open(): Promise<void> {
    this.#steps.add(() => this.#settle());
    await this.#steps.idle();
  }

  /** Sets what to send. A kind that is sent, or not, as told already is left as it is. */
  want(media: Media): void {
    const before = this.sending;
    for (const kind of KINDS) {
      if (media[kind] !== before[kind]) this.#wanted[kind] = media[kind];
    }
    // At once, and not in turn: nothing may be heard after the click.
    if (this.#tracks.audio) this.#tracks.audio.enabled = this.#wanted.audio;
    this.#listener.changed();
    this.#steps.add(() => this.#settle());
  }

  /** Whether the user wants to send this kind and nothing is known to stand against it. */
  wants(kind: Kind): boolean {
    return this.#wanted[kind];
  }

  track(kind: Kind): MediaStreamTrack | null {
    return this.#tracks[kind];
  }

  get opened(): Media {
    return { audio: this.#tracks.audio !== null, video: this.#tracks.video !== null };
  }

  get sending(): Media {
    const { audio, video } = this.opened;
    return { audio: audio && this.#wanted.audio, video: video && this.#wanted.video };
  }

  get problems(): Readonly<Record<Kind, DeviceProblem | null>> {
    return { ...this.#problems };
  }

  /** Closes every device. What is being opened is closed when it comes, through the abort signal. */
  close(): void {
    for (const kind of KINDS) this.#drop(kind);
  }

  /** Brings what is open in line with what is wanted. */
  async #settle(): Promise<void> {
    if (this.#abort.aborted) return;
    if (this.#tracks.video && !this.#wanted.video) await this.#release("video", null);
    const missing = KINDS.filter((kind) => this.#wanted[kind] && !this.#tracks[kind]);
    if (missing.length === 0) return;
    const opened = await openDevices(missing, this.#usable, this.#abort);
    for (const [kind, device] of opened) {
      if ("track" in device) {
        this.#adopt(kind, device.track);
      } else {
        this.#problems[kind] = device.problem;
        this.#wanted[kind] = false;
      }
    }
    this.#listener.changed();
    for (const kind of opened.keys()) await this.#listener.attach(kind, this.#tracks[kind]);
  }

  #adopt(kind: Kind, track: MediaStreamTrack): void {
    this.#tracks[kind] = track;
    this.#problems[kind] = null;
    // The user may have muted while the microphone was being opened.
    track.enabled = this.#wanted[kind];
    track.onended = () => {
      this.#steps.add(() => this.#lose(kind, track));
      this.#recover();
    };
    this.stream.addTrack(track);
  }

  async #lose(kind: Kind, track: MediaStreamTrack): Promise<void> {
    if (this.#tracks[kind] === track) await this.#release(kind, "lost");
  }

  #recover(): void {
    this.#steps.add(async () => {
      for (const kind of KINDS) {
        const lost = this.#problems[kind] === "lost" && this.#wanted[kind];
        if (lost && (await hasDevice(kind))) return this.#settle();
      }
    });
  }

  async #release(kind: Kind, problem: DeviceProblem | null): Promise<void> {
    this.#drop(kind);
    this.#problems[kind] = problem;
    this.#listener.changed();
    await this.#listener.attach(kind, null);
  }

  #drop(kind: Kind): void {
    const track = this.#tracks[kind];
    if (!track) return;
    this.#tracks[kind] = null;
    track.onended = null;
    track.stop();
    this.stream.removeTrack(track);
  }
}

/** More clicks and device changes than anybody makes while one device opens. */
const STEPS_MAX = 64;
