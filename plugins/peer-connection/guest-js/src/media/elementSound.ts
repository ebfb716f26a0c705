/**
 * Which elements play a track's sound, and how loud.
 *
 * WebKitGTK 2.50 drops what an AudioContext gives to an element: its samples carry the context's
 * time, and the sink takes each of them for too late. So a remote track's sound is played past the
 * elements, just as loud as they would, by the engine or by the context itself.
 */
import { shownStream } from "./shownStream";

const elements = new Set<WeakRef<HTMLMediaElement>>();
/** What the page gave them. */
const given = new WeakMap<HTMLMediaElement, MediaStream>();

/** Follows from now on which element is given which stream. */
export function watchElements(): void {
  const native = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
  if (!native) {
    return;
  }
  const show = (element: HTMLMediaElement, stream: MediaStream): void => {
    const shown = shownStream(stream);
    if (native.get?.call(element) !== shown) {
      native.set?.call(element, shown);
    }
  };
  Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
    ...native,
    get(this: HTMLMediaElement) {
      return given.get(this) ?? (native.get?.call(this) as MediaProvider | null);
    },
    set(this: HTMLMediaElement, provider: MediaProvider | null) {
      forget(this);
      if (provider instanceof MediaStream) {
        given.set(this, provider);
        elements.add(new WeakRef(this));
        native.set?.call(this, shownStream(provider));
      } else {
        native.set?.call(this, provider);
      }
    },
  });
  watchStreams((stream) => {
    for (const element of all()) {
      if (given.get(element) === stream) {
        show(element, stream);
      }
    }
  });
}

/** Calls `changed` when the page or a connection has changed the tracks of a stream. */
function watchStreams(changed: (stream: MediaStream) => void): void {
  for (const name of ["addTrack", "removeTrack"] as const) {
    const native = Object.getOwnPropertyDescriptor(MediaStream.prototype, name);
    const change = native?.value as (this: MediaStream, track: MediaStreamTrack) => void;
    Object.defineProperty(MediaStream.prototype, name, {
      ...native,
      value(this: MediaStream, track: MediaStreamTrack) {
        change.call(this, track);
        changed(this);
      },
    });
  }
}

function forget(element: HTMLMediaElement): void {
  given.delete(element);
  for (const known of elements) {
    const other = known.deref();
    if (other === undefined || other === element) {
      elements.delete(known);
    }
  }
}

function all(): HTMLMediaElement[] {
  return [...elements].flatMap((known) => known.deref() ?? []);
}

/** How loud the track is to be heard, from 0 to 1: as in the loudest element that plays it. */
export function loudness(track: MediaStreamTrack): number {
  if (!track.enabled) {
    return 0;
  }
  const playing = all().filter((element) => plays(element) && !element.muted);
  const holding = playing.filter((element) => given.get(element)?.getTracks().includes(track));
  return Math.max(0, ...holding.map(({ volume }) => volume));
}

/** Whether an element has nothing to play but the sound of the track. */
export function isHeldAlone(track: MediaStreamTrack): boolean {
  return all().some((element) => {
    const tracks = given.get(element)?.getTracks() ?? [];
    return tracks.includes(track) && !tracks.some(({ kind }) => kind === "video");
  });
}

/** One that is to play by itself sounds before it has a picture, and after it. */
function plays({ paused, ended, autoplay, readyState }: HTMLMediaElement): boolean {
  const waits = autoplay && readyState < HTMLMediaElement.HAVE_CURRENT_DATA;
  return !paused || ended || waits;
}
