/**
 * What a media element is given of a stream with a remote picture and remote sound: the picture
 * alone. The sound is played past the elements (`elementSound.ts`); an element that holds it as well
 * waits for it before it shows anything, and in WebKitGTK may crash when it joins or leaves.
 */

const remoteSound = new WeakSet<MediaStreamTrack>();
/** Streams of pictures, by the streams that they stand for. */
const pictures = new WeakMap<MediaStream, MediaStream>();

/** This track's sound is played past the elements. */
export function playPastElements(track: MediaStreamTrack): void {
  remoteSound.add(track);
}

/** The stream to be given to an element in place of this one, as its tracks are now. */
export function shownStream(stream: MediaStream): MediaStream {
  const tracks = stream.getTracks();
  const wanted = tracks.filter((track) => !remoteSound.has(track));
  let picture = pictures.get(stream);
  if (!picture) {
    const hasBoth = wanted.length < tracks.length && stream.getVideoTracks().length > 0;
    if (!hasBoth) {
      return stream;
    }
    picture = new MediaStream();
    pictures.set(stream, picture);
  }
  for (const track of picture.getTracks()) {
    if (!wanted.includes(track)) {
      picture.removeTrack(track);
    }
  }
  for (const track of wanted) {
    // One that it has already changes nothing.
    picture.addTrack(track);
  }
  return picture;
}
