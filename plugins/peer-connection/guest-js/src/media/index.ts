/** The media plane of one connection: WebCodecs and audio worklets on one side, a port on the other. */
import { AudioReceiver } from "./audioReceiver";
import { AudioSender } from "./audioSender";
import { codecsReady } from "./codecs";
import { watchElements } from "./elementSound";
import type { Codec, Kind, LocalSender, MediaPlane, PlanePort, RemoteTrack } from "./plane";
import { watchTaps } from "./taps";
import { watchTracks } from "./trackChanges";
import { videoHost } from "./videoHost";
import { VideoReceiver } from "./videoReceiver";
import { VideoSender } from "./videoSender";

export { CODECS, loadCodecs } from "./codecs";
export type * from "./plane";

/** Follows from now on what the page does with tracks; once, before any script of it runs. */
export function watchPage(): void {
  watchElements();
  watchTaps();
  watchTracks();
  // A receiver takes a track that the worker has made before, and the page's first connection comes
  // with its receivers at once.
  addEventListener("load", videoHost, { once: true });
}

export function createPlane(port: PlanePort): MediaPlane {
  return new Plane(port);
}

class Plane implements MediaPlane {
  readonly #port: PlanePort;
  readonly #senders = new Set<LocalSender>();
  readonly #audio = new Lines<AudioReceiver>();
  readonly #video = new Lines<VideoReceiver>();
  #closed = false;

  constructor(port: PlanePort) {
    this.#port = port;
    void codecsReady();
  }

  sender(kind: Kind): LocalSender {
    const sender = kind === "audio" ? new AudioSender(this.#port) : new VideoSender(this.#port);
    this.#senders.add(sender);
    return sender;
  }

  remoteTrack(kind: Kind): RemoteTrack {
    return kind === "audio"
      ? this.#audio.add(new AudioReceiver(this.#port))
      : this.#video.add(new VideoReceiver(this.#port));
  }

  frame(kind: Kind, line: number, flags: number, time: number, payload: Uint8Array): void {
    if (this.#closed) {
      return;
    }
    if (kind === "audio") {
      this.#audio.on(line)?.frame(payload);
    } else {
      this.#video.on(line)?.frame(flags, time, payload);
    }
  }

  connected(): void {
    for (const sender of this.#senders) {
      sender.connected();
    }
  }

  close(): void {
    this.#closed = true;
    for (const sender of this.#senders) {
      sender.close();
    }
    this.#senders.clear();
    this.#audio.end();
    this.#video.end();
  }
}

/** Receivers, and which of them plays which m-line. */
class Lines<Receiver extends RemoteTrack> {
  readonly #routed = new Map<Receiver, number | undefined>();

  /** The receiver, followed when it starts and stops. */
  add(receiver: Receiver): RemoteTrack {
    const routed = this.#routed.set(receiver, undefined);
    return {
      track: receiver.track,
      start: (line: number, codec: Codec) => {
        routed.set(receiver, line);
        receiver.start(line, codec);
      },
      stop: () => {
        routed.set(receiver, undefined);
        receiver.stop();
      },
      setMuted: (muted) => {
        receiver.setMuted(muted);
      },
      end: () => {
        routed.delete(receiver);
        receiver.end();
      },
      stats: () => receiver.stats(),
    };
  }

  on(line: number): Receiver | undefined {
    for (const [receiver, routed] of this.#routed) {
      if (routed === line) {
        return receiver;
      }
    }
    return undefined;
  }

  end(): void {
    for (const receiver of this.#routed.keys()) {
      receiver.end();
    }
    this.#routed.clear();
  }
}
