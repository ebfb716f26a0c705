import type { Tone } from "../model/ringing";
import { type Note, wave } from "./wave";

/** The sound of a tone, and whether it goes on until it is stopped. */
export function soundOf(tone: Tone): { readonly file: Blob; readonly loop: boolean } {
  switch (tone) {
    case "busy":
      return { file: wave([BEEP, GAP, BEEP, GAP, BEEP, GAP], 0.25), loop: false };
    case "ringback":
      return { file: wave([RINGBACK, silence(4)], 0.2), loop: true };
    case "ringtone":
      return { file: wave(COOING, 0.5), loop: true };
  }
}

/** The tone of European networks (ITU-T E.180, supplement 2): 425 Hz. */
const NETWORK_PITCH = [425, 425] as const;
const RINGBACK: Note = { seconds: 1, pitch: NETWORK_PITCH, fade: 0.02, octave: 0 };
const BEEP: Note = { ...RINGBACK, seconds: 0.48 };
const GAP = silence(0.48);

/** A dove: a short coo, a long one that falls, twice, in two tones; then a rest. */
const COOING: readonly Note[] = [
  coo(0.28, 494, 523),
  silence(0.07),
  coo(0.62, 587, 494),
  silence(0.22),
  coo(0.28, 392, 415),
  silence(0.07),
  coo(0.7, 494, 392),
  silence(1.4),
];

function coo(seconds: number, from: number, to: number): Note {
  return { seconds, pitch: [from, to], fade: 0.09, octave: 0.25 };
}

function silence(seconds: number): Note {
  return { seconds, pitch: null, fade: 0, octave: 0 };
}
