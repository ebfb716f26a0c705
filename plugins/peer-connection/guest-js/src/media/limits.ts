/** Bounds on what waits and on what comes in. */

/** Bytes in the WebSocket above which no frame is passed on. */
export const MOST_BUFFERED = 256 * 1024;
/** Frames inside an encoder above which the next one is left out. */
export const MOST_ENCODING = 2;
/** Encoded frames that were not passed on above which the next one is left out. */
export const MOST_UNDER_WAY = 4;
/**
 * Frames inside a decoder above which all are dropped up to the next key frame: about a second. A
 * page that was busy gets as many at once, and decodes them in a tenth of that.
 */
export const MOST_DECODING = 30;
/** One frame on the wire. */
export const MOST_BYTES = 4 * 1024 * 1024;
/** The longest side and the area of a picture, lying or upright. */
export const MOST_SIDE = 2560;
export const MOST_PIXELS = 2560 * 1440;

export function fits(width: number, height: number): boolean {
  return width <= MOST_SIDE && height <= MOST_SIDE && width * height <= MOST_PIXELS;
}

/** Pictures per second of a source that has no rate of its own. */
export const FRAME_RATE = 30;
