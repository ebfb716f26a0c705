/** Which tracks the page wants the samples of, and not only that they are heard. */

const tapped = new WeakSet<MediaStreamTrack>();

export function isTapped(track: MediaStreamTrack): boolean {
  return tapped.has(track);
}

/** Notes each track that is put into an audio graph or a recorder from now on. */
export function watchTaps(): void {
  const { prototype } = AudioContext;
  const create = Object.getOwnPropertyDescriptor(prototype, "createMediaStreamSource");
  const native = create?.value as
    ((this: AudioContext, stream: MediaStream) => MediaStreamAudioSourceNode) | undefined;
  Object.defineProperty(prototype, "createMediaStreamSource", {
    ...create,
    value(this: AudioContext, stream: MediaStream) {
      tap(stream);
      return native?.call(this, stream);
    },
  });
  window.MediaStreamAudioSourceNode = new Proxy(MediaStreamAudioSourceNode, {
    construct(target, args: ConstructorParameters<typeof MediaStreamAudioSourceNode>, as) {
      tap(args[1].mediaStream);
      return Reflect.construct(target, args, as) as MediaStreamAudioSourceNode;
    },
  });
  window.MediaRecorder = new Proxy(MediaRecorder, {
    construct(target, args: ConstructorParameters<typeof MediaRecorder>, as) {
      tap(args[0]);
      return Reflect.construct(target, args, as) as MediaRecorder;
    },
  });
}

function tap(stream: unknown): void {
  if (stream instanceof MediaStream) {
    for (const track of stream.getAudioTracks()) {
      tapped.add(track);
    }
  }
}
