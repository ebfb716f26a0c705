/**
 * Tracks that are read and made in a worker (W3C MediaStreamTrack Insertable Media Processing using
 * Streams, sections 3 and 4). TypeScript's library for pages does not know them.
 */
import type { Abilities } from "./calls";

interface Processor {
  readonly readable: ReadableStream<VideoFrame>;
}
interface Generator {
  readonly track: MediaStreamTrack;
  readonly writable: WritableStream<VideoFrame>;
}
declare const MediaStreamTrackProcessor:
  (new (init: { readonly track: MediaStreamTrack }) => Processor) | undefined;
declare const VideoTrackGenerator: (new () => Generator) | undefined;

export function abilities(): Abilities {
  return {
    reads: typeof MediaStreamTrackProcessor !== "undefined",
    makes: typeof VideoTrackGenerator !== "undefined",
  };
}

/** Pictures that are read until the end. */
export interface Pictures {
  end(): void;
}

/** Gives each picture of a track to `take`, which closes it; `undefined` if it cannot be read. */
export function readPictures(
  track: MediaStreamTrack,
  take: (picture: VideoFrame) => void,
): Pictures | undefined {
  let reader: ReadableStreamDefaultReader<VideoFrame>;
  try {
    if (typeof MediaStreamTrackProcessor === "undefined") {
      return undefined;
    }
    reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  } catch {
    return undefined;
  }
  let ended = false;
  const read = async (): Promise<void> => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        return;
      }
      if (ended) {
        value.close();
      } else {
        take(value);
      }
    }
  };
  read().catch(() => undefined);
  return {
    end: () => {
      ended = true;
      track.stop();
      reader.cancel().catch(() => undefined);
    },
  };
}

/** A track that shows what is written; takes each picture, and closes it. */
export interface MadeTrack {
  readonly track: MediaStreamTrack;
  write(picture: VideoFrame): void;
}

export function makeTrack(): MadeTrack | undefined {
  if (typeof VideoTrackGenerator === "undefined") {
    return undefined;
  }
  const { track, writable } = new VideoTrackGenerator();
  const writer = writable.getWriter();
  return {
    track,
    write: (picture) => {
      writer.write(picture).catch(() => {
        picture.close();
      });
    },
  };
}
