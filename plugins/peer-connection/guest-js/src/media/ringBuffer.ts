/**
 * The playback buffer. Its source is put into the worklet, so it must stand alone: no imports, no
 * outer names.
 */

export interface RingBuffer {
  push(samples: Int16Array): void;
  /** Fills `out`, with silence where there is nothing to play. */
  pull(out: Float32Array): void;
  readonly level: number;
}

/**
 * Plays once `target` samples are there, and again after each time it ran dry; above `limit` the
 * oldest samples go until `target` are left.
 */
export function createRingBuffer(target: number, limit: number): RingBuffer {
  const capacity = limit * 2;
  const fadeIn = 96;
  const samples = new Float32Array(capacity);
  let read = 0;
  let level = 0;
  let playing = false;
  let last = 0;
  let gain = 0;
  return {
    get level() {
      return level;
    },
    push(frame) {
      // A frame longer than everything that is kept: only its end could be heard.
      const from = Math.max(0, frame.length - limit);
      for (let index = from; index < frame.length; index++) {
        if (level === capacity) {
          read = (read + 1) % capacity;
          level -= 1;
        }
        samples[(read + level) % capacity] = (frame[index] ?? 0) / 32768;
        level += 1;
      }
      if (level > limit) {
        read = (read + level - target) % capacity;
        level = target;
        gain = 0;
      }
    },
    pull(out) {
      playing ||= level >= target;
      for (let index = 0; index < out.length; index++) {
        if (playing && level > 0) {
          gain = Math.min(1, gain + 1 / fadeIn);
          last = (samples[read] ?? 0) * gain;
          read = (read + 1) % capacity;
          level -= 1;
        } else {
          // Fades what was heard last instead of a click.
          playing = false;
          gain = 0;
          last = Math.abs(last) < 0.0001 ? 0 : last * 0.97;
        }
        out[index] = last;
      }
    },
  };
}

/** What collects a microphone's samples to frames; stands alone as well. */
export interface FrameCollector {
  push(channels: readonly Float32Array[], length: number): void;
}

/** Mixes to one channel and hands over each full frame of `size` samples. */
export function createFrameCollector(
  size: number,
  full: (frame: Int16Array<ArrayBuffer>) => void,
): FrameCollector {
  let frame = new Int16Array(size);
  let filled = 0;
  return {
    push(channels, length) {
      for (let index = 0; index < length; index++) {
        let sum = 0;
        for (const channel of channels) {
          sum += channel[index] ?? 0;
        }
        const sample = channels.length > 0 ? sum / channels.length : 0;
        frame[filled] = Math.round(Math.max(-1, Math.min(1, sample)) * 32767);
        filled += 1;
        if (filled === size) {
          full(frame);
          frame = new Int16Array(size);
          filled = 0;
        }
      }
    },
  };
}
