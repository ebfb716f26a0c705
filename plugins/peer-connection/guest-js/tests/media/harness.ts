/** Two media planes back to back: what one sends goes straight into the other. */
import { CODECS, createPlane, loadCodecs } from "../../src/media/index";
import type { Codec, Kind, MediaPlane, PlanePort, SendLimits } from "../../src/media/plane";

const LINE = { audio: 0, video: 1 };

/** What is wrong with the way between the planes. */
interface Faults {
  /** One in so many deltas is lost, and the next one says so. */
  loseOneIn: number;
  /** So many video frames lose all but their header. */
  corrupt: number;
  /** Bytes that wait in the pretended WebSocket. */
  buffered: number;
}

/** The whole way of the sound is in the page. */
const NO_DEVICES = {
  microphone: () => Promise.reject(new Error("no microphone")),
  loudspeaker: () => Promise.reject(new Error("no loudspeaker")),
};

class Harness {
  readonly faults: Faults = { loseOneIn: 0, corrupt: 0, buffered: 0 };
  readonly events: string[] = [];
  readonly sent = { audio: 0, video: 0, videoBytes: 0, keyFrames: 0, keyFrameRequests: 0 };
  /** Of each 10 ms that was sent. */
  readonly rms: number[] = [];
  startedAt = 0;
  firstFrameAt: number | undefined;
  #gap = false;
  readonly #from: MediaPlane = createPlane(this.#port());
  readonly #to: MediaPlane = createPlane({
    isConnected: () => true,
    send: () => undefined,
    requestKeyFrame: () => {
      this.sent.keyFrameRequests += 1;
      this.sender.video.requestKeyFrame();
    },
    ...NO_DEVICES,
    bufferedAmount: () => 0,
  });
  readonly sender = { audio: this.#from.sender("audio"), video: this.#from.sender("video") };
  readonly receiver = {
    audio: this.#to.remoteTrack("audio"),
    video: this.#to.remoteTrack("video"),
  };
  #local: MediaStream | undefined;
  #analyser: AnalyserNode | undefined;

  async codecs(): Promise<string[]> {
    return (await loadCodecs()).map(({ name }) => name);
  }

  async open(size: { width: number; height: number }): Promise<void> {
    this.#local = await navigator.mediaDevices.getUserMedia({
      audio: true,
      video: { width: size.width, height: size.height, frameRate: 30 },
    });
    element("local").srcObject = new MediaStream(this.#local.getVideoTracks());
    const remote = element("remote");
    remote.srcObject = new MediaStream([this.receiver.video.track]);
    remote.addEventListener("loadeddata", () => {
      this.firstFrameAt ??= performance.now() - this.startedAt;
    });
    for (const [kind, { track }] of Object.entries(this.receiver)) {
      for (const event of ["mute", "unmute", "ended"]) {
        track.addEventListener(event, () => this.events.push(`${kind} ${event} ${track.muted}`));
      }
    }
    this.sender.audio.setTrack(this.track("audio"));
    this.sender.video.setTrack(this.track("video"));
    const context = new AudioContext();
    await context.resume();
    this.#analyser = context.createAnalyser();
    context
      .createMediaStreamSource(new MediaStream([this.receiver.audio.track]))
      .connect(this.#analyser);
  }

  start(name: "VP8" | "H264" = "VP8"): void {
    this.startedAt = performance.now();
    for (const kind of ["audio", "video"] as const) {
      const codec = codecOf(kind === "audio" ? "opus" : name);
      this.receiver[kind].start(LINE[kind], codec);
      this.receiver[kind].setMuted(false);
      this.sender[kind].start(LINE[kind], codec);
    }
  }

  track(kind: Kind): MediaStreamTrack {
    const track = this.#local?.getTracks().find((candidate) => candidate.kind === kind);
    if (!track) {
      throw new Error(`no ${kind} track`);
    }
    return track;
  }

  limit(limits: Partial<SendLimits>): void {
    this.sender.video.setLimits({
      maxBitrate: null,
      maxFramerate: null,
      scaleResolutionDownBy: 1,
      active: true,
      ...limits,
    });
  }

  view() {
    const remote = element("remote");
    return {
      hidden: document.visibilityState === "hidden",
      width: remote.videoWidth,
      height: remote.videoHeight,
      firstFrameAt: this.firstFrameAt,
      local: this.sender.video.stats(),
      remote: this.receiver.video.stats(),
      audio: this.receiver.audio.stats(),
      sent: { ...this.sent },
      loudest: Math.max(0, ...this.rms.splice(0)),
      heard: this.#heard(),
      brightness: brightness(remote),
      events: [...this.events],
      muted: [this.receiver.audio.track.muted, this.receiver.video.track.muted],
      states: [this.receiver.audio.track.readyState, this.receiver.video.track.readyState],
    };
  }

  close(): void {
    this.#from.close();
    this.#to.close();
  }

  #heard(): number {
    const samples = new Float32Array(this.#analyser?.fftSize ?? 0);
    this.#analyser?.getFloatTimeDomainData(samples);
    return Math.max(0, ...samples.map(Math.abs));
  }

  #port(): PlanePort {
    return {
      isConnected: () => true,
      send: (kind, line, flags, time, payload) => {
        this.sent[kind] += 1;
        if (kind === "audio") {
          // What was played stands behind it.
          const captured = payload.subarray(0, payload.length / 2);
          this.rms.push(rms(captured));
          this.#to.frame(kind, line, flags, time, captured);
        } else {
          this.#video(line, flags, time, payload);
        }
      },
      requestKeyFrame: () => undefined,
      ...NO_DEVICES,
      bufferedAmount: () => this.faults.buffered,
    };
  }

  #video(line: number, flags: number, time: number, payload: Uint8Array): void {
    this.sent.videoBytes += payload.length;
    this.sent.keyFrames += flags & 1;
    const { faults } = this;
    if (faults.loseOneIn > 0 && !(flags & 1) && this.sent.video % faults.loseOneIn === 0) {
      this.#gap = true;
      return;
    }
    if (faults.corrupt > 0) {
      faults.corrupt -= 1;
      payload = payload.subarray(0, 12);
    }
    this.#to.frame("video", line, flags | (this.#gap ? 2 : 0), time, payload);
    this.#gap = false;
  }
}

function codecOf(name: Codec["name"]): Codec {
  const found = CODECS.find((codec) => codec.name === name);
  if (!found) {
    throw new Error(`${name} is not offered`);
  }
  return { name, payloadType: 96, fmtp: found.fmtp };
}

function element(id: string): HTMLVideoElement {
  const found = document.getElementById(id);
  if (!(found instanceof HTMLVideoElement)) {
    throw new Error(`no video ${id}`);
  }
  return found;
}

function rms(payload: Uint8Array): number {
  const samples = new Int16Array(payload.slice().buffer);
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** Mean of the picture's middle. */
function brightness(video: HTMLVideoElement): number {
  if (video.videoWidth === 0) {
    return 0;
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 16;
  const context = canvas.getContext("2d");
  context?.drawImage(video, 0, 0, 16, 16);
  const data = [...(context?.getImageData(0, 0, 16, 16).data ?? [])];
  return data.reduce((sum, value, index) => sum + (index % 4 === 3 ? 0 : value), 0) / (16 * 16 * 3);
}

declare global {
  interface Window {
    harness: Harness;
  }
}

window.harness = new Harness();
if (location.hash === "#hidden") {
  void reportHidden(window.harness);
}

/** Nobody drives this page, because whoever does keeps it visible: it tells what came of it. */
async function reportHidden(harness: Harness): Promise<void> {
  await harness.open({ width: 640, height: 480 });
  harness.start();
  await pause(1500);
  // Another tab in front hides this one.
  window.open("about:blank");
  await pause(1500);
  const before = harness.view();
  await pause(4000);
  const after = harness.view();
  await fetch("/report", { method: "POST", body: JSON.stringify({ before, after }) });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
