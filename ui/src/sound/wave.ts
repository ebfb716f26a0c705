const RATE = 16_000;

/** A stretch of time with a sound in it, or silence. */
export interface Note {
  readonly seconds: number;
  /** The pitch at the beginning and at the end, in hertz; null for silence. */
  readonly pitch: readonly [from: number, to: number] | null;
  /** How long the sound swells and fades, in seconds; a soft beginning sounds warm. */
  readonly fade: number;
  /** How much of the octave above is mixed in, 0 to 1. */
  readonly octave: number;
}

/** Makes a mono WAV file (RIFF, 16-bit PCM) of notes. */
export function wave(notes: readonly Note[], volume: number): Blob {
  const samples = notes.flatMap((note) => [...play(note, volume)]);
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at: number, value: string): void => {
    for (let index = 0; index < value.length; index += 1) {
      view.setUint8(at + index, value.charCodeAt(index));
    }
  };
  text(0, "RIFF");
  view.setUint32(4, 36 + samples.length * 2, true);
  text(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true);
  view.setUint32(28, RATE * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, "data");
  view.setUint32(40, samples.length * 2, true);
  for (const [index, sample] of samples.entries()) {
    view.setInt16(44 + index * 2, Math.round(sample * 0x7fff), true);
  }
  return new Blob([view.buffer], { type: "audio/wav" });
}

function* play({ seconds, pitch, fade, octave }: Note, volume: number): Generator<number> {
  const count = Math.round(seconds * RATE);
  let phase = 0;
  for (let index = 0; index < count; index += 1) {
    if (pitch === null) {
      yield 0;
      continue;
    }
    const done = index / count;
    phase += (2 * Math.PI * (pitch[0] + (pitch[1] - pitch[0]) * done)) / RATE;
    const edge = Math.min(index, count - index) / RATE;
    // A raised cosine has no click at its ends.
    const envelope = edge >= fade ? 1 : (1 - Math.cos((Math.PI * edge) / fade)) / 2;
    const tone = (Math.sin(phase) + octave * Math.sin(2 * phase)) / (1 + octave);
    yield tone * envelope * volume;
  }
}
