import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { output, Process } from "./processes.ts";
import { until } from "../support/until.ts";

/** Samples per second of everything here. */
export const SAMPLE_RATE = 48_000;

/**
 * A loudspeaker and a microphone in a room, for one person: a PulseAudio of its own. What is played
 * into the room is what the microphone hears.
 */
export class SoundCard {
  readonly env: NodeJS.ProcessEnv;
  readonly #server: Process;
  #speaker: ChildProcess | undefined;

  private constructor(env: NodeJS.ProcessEnv, server: Process) {
    this.env = env;
    this.#server = server;
  }

  /**
   * `echo` is how much of the loudspeaker the microphone hears, from 0 to 1; `name` is what people
   * see of the microphone.
   */
  static async open(
    folder: string,
    { echo = 0, name = "A microphone" }: { echo?: number; name?: string } = {},
  ): Promise<SoundCard> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const socket = join(folder, "native");
    const modules = [
      `module-native-protocol-unix auth-anonymous=1 socket=${socket}`,
      `module-null-sink sink_name=loudspeaker rate=${SAMPLE_RATE}`,
      `module-null-sink sink_name=room rate=${SAMPLE_RATE}`,
      // Pages are not offered the monitor of a loudspeaker, but this they are.
      "module-remap-source source_name=microphone master=room.monitor " +
        `source_properties="device.description='${name}'"`,
      ...(echo > 0 ? ["module-loopback source=loudspeaker.monitor sink=room latency_msec=40"] : []),
    ];
    const args = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no"];
    const env = { ...process.env, XDG_RUNTIME_DIR: folder, PULSE_SERVER: `unix:${socket}` };
    const load = modules.flatMap((module) => ["-L", module]);
    const log = join(folder, "pulseaudio.log");
    const server = new Process("pulseaudio", [...args, ...load], env, log);
    const card = new SoundCard({ PULSE_SERVER: env.PULSE_SERVER }, server);
    try {
      await until("the sound server runs", () => card.#control("set-default-sink", "loudspeaker"));
      await card.#control("set-default-source", "microphone");
      if (echo > 0) await card.#setEcho(echo);
    } catch (error) {
      await card.stop();
      throw error;
    }
    return card;
  }

  async stop(): Promise<void> {
    this.#speaker?.kill("SIGTERM");
    await this.#server.stop();
  }

  /** Somebody in the room says the samples of a WAVE file, again and again without a pause. */
  repeat(file: string): void {
    const wave = readFileSync(file);
    // RIFF, one format, one piece of data, as espeak-ng writes it.
    const speaker = spawn("pacat", [...raw(wave.readUInt32LE(24)), "--device=room"], {
      env: this.#env,
      stdio: ["pipe", "ignore", "ignore"],
    });
    Readable.from(forever(wave.subarray(44)))
      .pipe(speaker.stdin)
      .on("error", () => undefined);
    this.#speaker = speaker;
  }

  /** Somebody in the room says this; done when it is over. */
  async speak(file: string): Promise<void> {
    await output("paplay", ["--device=room", file], this.#env, 60_000);
  }

  /** Listens to the loudspeaker, or to the room as the microphone does. */
  listen(to: "loudspeaker" | "room"): Recording {
    return new Recording(`${to}.monitor`, this.#env);
  }

  get #env(): NodeJS.ProcessEnv {
    return { ...process.env, ...this.env };
  }

  async #setEcho(echo: number): Promise<void> {
    const inputs = await this.#control("list", "short", "sink-inputs");
    const [index = ""] = inputs.split(/\s/);
    await this.#control("set-sink-input-volume", index, `${Math.round(echo * 65_536)}`);
  }

  async #control(...args: string[]): Promise<string> {
    return (await output("pactl", args, this.#env)) || "done";
  }
}

/** How samples of a rate are written and read. */
function raw(rate: number): string[] {
  return ["--raw", "--format=s16le", "--channels=1", `--rate=${rate}`];
}

function* forever<T>(item: T): Generator<T> {
  for (;;) yield item;
}

/** What a device carries, from now on. */
export class Recording {
  readonly #child: ChildProcess;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** When the first sample would have come without any delay in between, in milliseconds. */
  #began = Infinity;

  constructor(device: string, env: NodeJS.ProcessEnv) {
    const args = [...raw(SAMPLE_RATE), "--latency-msec=10", `--device=${device}`];
    this.#child = spawn("parec", args, { env, stdio: ["ignore", "pipe", "ignore"] });
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
      this.#began = Math.min(this.#began, performance.now() - this.#milliseconds);
    });
  }

  /** Ends it. */
  stop(): Sound {
    this.#child.kill("SIGTERM");
    const bytes = Buffer.concat(this.#chunks);
    const samples = new Int16Array(Math.floor(bytes.length / 2));
    for (let at = 0; at < samples.length; at++) samples[at] = bytes.readInt16LE(at * 2);
    return new Sound(samples, this.#began);
  }

  get #milliseconds(): number {
    return (this.#bytes / 2 / SAMPLE_RATE) * 1000;
  }
}

/** Recorded samples; times are those of `performance.now()`. */
export class Sound {
  readonly samples: Int16Array;
  readonly began: number;

  constructor(samples: Int16Array, began: number) {
    this.samples = samples;
    this.began = began;
  }

  /** The level between two times, in dB below full scale; -120 where there is nothing. */
  level(from: number, to: number): number {
    const [first, last] = [this.#at(from), this.#at(to)];
    let sum = 0;
    for (let at = first; at < last; at++) sum += (this.samples[at] ?? 0) ** 2;
    const rms = Math.sqrt(sum / Math.max(1, last - first)) / 32_768;
    return Math.max(-120, 20 * Math.log10(rms));
  }

  /** When it becomes louder than this, in dB below full scale, after so many milliseconds of less. */
  onsets(threshold: number, quiet: number): number[] {
    const limit = 32_768 * 10 ** (threshold / 20);
    const found: number[] = [];
    let last = -Infinity;
    for (const [at, sample] of this.samples.entries()) {
      if (Math.abs(sample) < limit) continue;
      const time = this.began + (at / SAMPLE_RATE) * 1000;
      if (time - last > quiet) found.push(time);
      last = time;
    }
    return found;
  }

  #at(time: number): number {
    const at = Math.round(((time - this.began) / 1000) * SAMPLE_RATE);
    return Math.max(0, Math.min(this.samples.length, at));
  }
}
