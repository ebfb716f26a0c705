import { SAMPLE_RATE } from "./soundCard.ts";

/** So many voiced sounds of 80 ms, one each second: a bare tone would be taken for noise. */
export function tones(count: number): Int16Array {
  const samples = new Int16Array(count * SAMPLE_RATE + SAMPLE_RATE / 2);
  for (let tone = 0; tone < count; tone++) {
    for (let at = 0; at < SAMPLE_RATE * 0.08; at++) {
      const phase = (2 * Math.PI * 180 * at) / SAMPLE_RATE;
      let sum = 0;
      for (let harmonic = 1; harmonic <= 12; harmonic++)
        sum += Math.sin(phase * harmonic) / harmonic;
      samples[tone * SAMPLE_RATE + SAMPLE_RATE / 4 + at] = sum * 9_000;
    }
  }
  return samples;
}
