import type { Tone } from "../model/ringing";
import { soundOf } from "./tones";

/** Plays at most one tone at a time. Lives as long as the page, and keeps each sound it made. */
export class TonePlayer {
  readonly #sounds = new Map<Tone, { readonly url: string; readonly loop: boolean }>();
  #playing: { readonly tone: Tone; readonly audio: HTMLAudioElement } | null = null;

  /** Plays this tone from now on, nothing else; null for silence. */
  play(tone: Tone | null): void {
    if (tone === (this.#playing?.tone ?? null)) {
      return;
    }
    this.#stop();
    if (tone === null) {
      return;
    }
    const { url, loop } = this.#sounds.get(tone) ?? this.#make(tone);
    const audio = new Audio(url);
    audio.loop = loop;
    this.#playing = { tone, audio };
    audio.play().catch(() => {
      // A browser plays no sound before the first click on the page; the prompt is seen all the same.
    });
  }

  #make(tone: Tone): { readonly url: string; readonly loop: boolean } {
    const { file, loop } = soundOf(tone);
    const sound = { url: URL.createObjectURL(file), loop };
    this.#sounds.set(tone, sound);
    return sound;
  }

  #stop(): void {
    this.#playing?.audio.pause();
    this.#playing = null;
  }
}
