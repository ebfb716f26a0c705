/**
 * What is heard of a track without asking again and again: that the page turned it off or on, or
 * stopped it.
 */

const watchers = new WeakMap<MediaStreamTrack, Set<() => void>>();

/** Makes changes known from now on; once, before any track exists. */
export function watchTracks(): void {
  const prototype = MediaStreamTrack.prototype;
  const enabled = Object.getOwnPropertyDescriptor(prototype, "enabled");
  Object.defineProperty(prototype, "enabled", {
    ...enabled,
    set(this: MediaStreamTrack, value: boolean) {
      enabled?.set?.call(this, value);
      changed(this);
    },
  });
  const stop = Object.getOwnPropertyDescriptor(prototype, "stop");
  const native = stop?.value as ((this: MediaStreamTrack) => void) | undefined;
  Object.defineProperty(prototype, "stop", {
    ...stop,
    value(this: MediaStreamTrack) {
      native?.call(this);
      changed(this);
    },
  });
}

/** Whether nothing of the track may be heard. */
export function isSilent(track: MediaStreamTrack): boolean {
  return !track.enabled || track.readyState === "ended";
}

/** Calls `tell` at each change that may make the track silent or not, until the result is called. */
export function onTrackChange(track: MediaStreamTrack, tell: () => void): () => void {
  const known = watchers.get(track) ?? new Set();
  watchers.set(track, known);
  known.add(tell);
  track.addEventListener("ended", tell);
  return () => {
    known.delete(tell);
    track.removeEventListener("ended", tell);
  };
}

function changed(track: MediaStreamTrack): void {
  for (const tell of watchers.get(track) ?? []) {
    tell();
  }
}
