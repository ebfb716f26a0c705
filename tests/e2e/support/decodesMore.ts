import type { Participant } from "./participant.ts";
import { until } from "./until.ts";

const FRAMES = 5;
/** At the 48 kHz that WebRTC counts sound in. */
const SAMPLES = 24_000;

/** Waits until a good part of a second of sound and of picture was decoded since now. */
export async function decodesMore(end: Participant, patienceMs: number): Promise<void> {
  const before = await end.received();
  let last = before;
  try {
    await until(
      `${end.name} sees and hears`,
      async () => {
        last = await end.received();
        const frames = last.videoFrames - before.videoFrames;
        return frames >= FRAMES && last.audioSamples - before.audioSamples >= SAMPLES;
      },
      patienceMs,
    );
  } catch (error) {
    const counts = `${JSON.stringify(before)}, then ${JSON.stringify(last)}`;
    throw new Error(`${end.name} received ${counts}`, { cause: error });
  }
}
