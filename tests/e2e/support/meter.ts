import { writeFileSync } from "node:fs";
import type { Participant } from "./participant.ts";

/** What a page's connections had counted at one moment. */
export interface Sample {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly framesDecoded: number;
  readonly keyFramesDecoded: number;
  readonly samples: number;
  /** Of the samples, those that were made up because nothing came. */
  readonly concealed: number;
  readonly audioLost: number;
  readonly audioPackets: number;
  readonly videoLost: number;
  readonly videoBytes: number;
  readonly videoBytesSent: number;
  readonly framesEncoded: number;
  readonly height: number;
  /** What the sender thinks the link carries, in bit/s. */
  readonly estimate: number;
  readonly state: string;
}

declare global {
  interface Window {
    receptionSamples?: Sample[];
  }
}

/** Runs in the page: counts each 200 ms from now on. */
function startSampling(): void {
  const samples: Sample[] = [];
  window.receptionSamples = samples;
  const sample = async (): Promise<void> => {
    for (const peer of window.openPeers ?? []) {
      const entries = [
        ...((await peer.getStats()) as Map<string, Record<string, unknown>>).values(),
      ];
      const of = (type: string, kind?: string) =>
        entries.find((it) => it["type"] === type && (kind === undefined || it["kind"] === kind));
      const number = (entry: Record<string, unknown> | undefined, key: string) =>
        Number(entry?.[key] ?? 0);
      const [video, audio] = [of("inbound-rtp", "video"), of("inbound-rtp", "audio")];
      const sent = of("outbound-rtp", "video");
      samples.push({
        at: performance.timeOrigin + performance.now(),
        framesDecoded: number(video, "framesDecoded"),
        keyFramesDecoded: number(video, "keyFramesDecoded"),
        samples: number(audio, "totalSamplesReceived"),
        concealed: number(audio, "concealedSamples"),
        audioLost: number(audio, "packetsLost"),
        audioPackets: number(audio, "packetsReceived"),
        videoLost: number(video, "packetsLost"),
        videoBytes: number(video, "bytesReceived"),
        videoBytesSent: number(sent, "bytesSent"),
        framesEncoded: number(sent, "framesEncoded"),
        height: number(video, "frameHeight"),
        estimate: number(of("candidate-pair"), "availableOutgoingBitrate"),
        state: peer.connectionState,
      });
    }
  };
  setInterval(() => void sample(), 200);
}

/** Runs in the page. */
function takeSamples(): Sample[] {
  return (window.receptionSamples ?? []).splice(0);
}

/** Counts what one side of a call receives. */
export class Meter {
  readonly person: Participant;
  readonly #log: string;

  private constructor(person: Participant, log: string) {
    this.person = person;
    this.#log = log;
  }

  /** The samples are kept in `log` too, one JSON object a line. */
  static async start(person: Participant, log: string): Promise<Meter> {
    await person.run(startSampling);
    return new Meter(person, log);
  }

  /** What was counted since the last time. */
  async take(): Promise<Reception> {
    const samples = await this.person.run(takeSamples);
    const lines = samples.map((sample) => `${JSON.stringify(sample)}\n`);
    writeFileSync(this.#log, lines.join(""), { flag: "a" });
    return new Reception(samples);
  }
}

/** What was received over a stretch of time, as a row of samples tells. */
export class Reception {
  readonly #samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.#samples = samples;
  }

  get last(): Sample | undefined {
    return this.#samples.at(-1);
  }

  /** The part that begins at a time, in milliseconds since 1970. */
  since(at: number): Reception {
    return new Reception(this.#samples.filter((sample) => sample.at >= at));
  }

  /** The part that ends at a time. */
  until(at: number): Reception {
    return new Reception(this.#samples.filter((sample) => sample.at <= at));
  }

  get framesPerSecond(): number {
    return this.#perSecond((sample) => sample.framesDecoded);
  }

  get framesSentPerSecond(): number {
    return this.#perSecond((sample) => sample.framesEncoded);
  }

  /** Of the video that was received, in kbit/s. */
  get videoRate(): number {
    return this.#perSecond((sample) => sample.videoBytes * 0.008);
  }

  /**
   * The longest time without a new picture, in milliseconds. It can seem longer than it was by the
   * time from one sample to the next.
   */
  get videoGap(): number {
    return this.#longestStill((sample) => sample.framesDecoded);
  }

  /** How many times without a new picture were longer than so many milliseconds. */
  videoGaps(longerThan: number): number {
    return this.#stills((sample) => sample.framesDecoded).filter((it) => it > longerThan).length;
  }

  /** The longest time without true sound, in milliseconds. */
  get audioGap(): number {
    return this.#longestStill((sample) => sample.samples - sample.concealed);
  }

  /** How many times without true sound were longer than so many milliseconds. */
  audioGaps(longerThan: number): number {
    const stills = this.#stills((sample) => sample.samples - sample.concealed);
    return stills.filter((it) => it > longerThan).length;
  }

  /** The share of the sound that was made up, in percent. */
  get concealed(): number {
    const concealed = this.#growth((sample) => sample.concealed);
    return (
      (100 * concealed) /
      Math.max(
        1,
        this.#growth((sample) => sample.samples),
      )
    );
  }

  /** The longest time that the page took between two samples, in milliseconds: it was busy. */
  get pageGap(): number {
    return this.#longestStill((sample) => sample.at);
  }

  /** How long after a time the first picture came, in milliseconds. */
  firstFrameAfter(at: number): number {
    return this.#firstAfter(at, (sample) => sample.framesDecoded);
  }

  /** How long after a time true sound came, in milliseconds. */
  firstSoundAfter(at: number): number {
    return this.#firstAfter(at, (sample) => sample.samples - sample.concealed);
  }

  #firstAfter(at: number, count: (sample: Sample) => number): number {
    const after = this.#samples.filter((sample) => sample.at >= at);
    const [start] = after;
    const first = start && after.find((sample) => count(sample) > count(start));
    return first ? first.at - at : Infinity;
  }

  #growth(count: (sample: Sample) => number): number {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    return first && last ? count(last) - count(first) : 0;
  }

  #perSecond(count: (sample: Sample) => number): number {
    const seconds = this.#growth((sample) => sample.at) / 1000;
    return seconds > 0 ? this.#growth(count) / seconds : 0;
  }

  #longestStill(count: (sample: Sample) => number): number {
    return Math.max(0, ...this.#stills(count));
  }

  /** The times from each sample that counts more than the one before to the next such one. */
  #stills(count: (sample: Sample) => number): number[] {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    const stills: number[] = [];
    let since = first;
    for (const sample of this.#samples) {
      if (!since || (count(sample) <= count(since) && sample !== last)) continue;
      stills.push(sample.at - since.at);
      since = sample;
    }
    return stills;
  }
}
