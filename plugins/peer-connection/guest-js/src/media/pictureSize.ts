/** Sizes of encoded pictures. */
import { MOST_SIDE } from "./limits";

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size to encode at: divided, within `mostPixels`, and even, as 4:2:0 needs it. */
export function encodedSize(source: Size, scaleDownBy: number, mostPixels: number): Size {
  const { width, height } = source;
  const area = Math.sqrt((width * height) / mostPixels);
  const factor = Math.max(1, scaleDownBy, area, width / MOST_SIDE, height / MOST_SIDE);
  return { width: even(width / factor), height: even(height / factor) };
}

/** What a VP8 key frame says of itself, RFC 6386 section 9.1; `undefined` if it is none. */
export function vp8Size(frame: Uint8Array): Size | undefined {
  const [tag = 1, , , a, b, c, w0, w1, h0, h1] = frame;
  const isKey = (tag & 1) === 0 && a === 0x9d && b === 0x01 && c === 0x2a;
  if (!isKey || w0 === undefined || w1 === undefined || h0 === undefined || h1 === undefined) {
    return undefined;
  }
  return { width: ((w1 << 8) | w0) & 0x3fff, height: ((h1 << 8) | h0) & 0x3fff };
}

/** Rounded down, so that a limit holds. */
function even(length: number): number {
  return Math.max(2, Math.floor(length / 2) * 2);
}
