/**
 * Which elements play a track's sound, and how loud.
 *
 * WebKitGTK 2.50 drops what an AudioContext gives to an element: its samples carry the context's
 * time, and the sink takes each of them for too late. So a remote track's sound is played past the
 * elements, just as loud as they would.
 */

const elements = new Set<WeakRef<HTMLMediaElement>>();

/** Notes each element that is given a stream from now on. */
export function watchElements(): void {
  const prototype = HTMLMediaElement.prototype;
  const native = Object.getOwnPropertyDescriptor(prototype, "srcObject");
  if (!native) {
    return;
  }
  Object.defineProperty(prototype, "srcObject", {
    ...native,
    set(this: HTMLMediaElement, stream: MediaProvider | null) {
      native.set?.call(this, stream);
      note(this, stream !== null);
    },
  });
}

function note(element: HTMLMediaElement, plays: boolean): void {
  for (const known of elements) {
    const other = known.deref();
    if (other === undefined || other === element) {
      elements.delete(known);
    }
  }
  if (plays) {
    elements.add(new WeakRef(element));
  }
}

/** How loud the track is to be heard, from 0 to 1: as in the loudest element that plays it. */
export function loudness(track: MediaStreamTrack): number {
  let loudest = 0;
  if (track.enabled) {
    for (const known of elements) {
      const element = known.deref();
      if (element && !element.muted && !element.paused && holds(element.srcObject, track)) {
        loudest = Math.max(loudest, element.volume);
      }
    }
  }
  return loudest;
}

function holds(provider: MediaProvider | null, track: MediaStreamTrack): boolean {
  return provider instanceof MediaStream && provider.getAudioTracks().includes(track);
}
