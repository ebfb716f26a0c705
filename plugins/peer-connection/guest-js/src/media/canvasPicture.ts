/** A track of pictures that the page paints, where no worker makes one. */
export class CanvasPicture {
  readonly track: MediaStreamTrack;
  readonly #canvas = document.createElement("canvas");
  readonly #context = this.#canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  readonly #turn = new MessageChannel();
  #newest: VideoFrame | undefined;

  constructor() {
    // The commonest shape: WebKitGTK's elements sometimes keep the first one that they saw.
    this.#canvas.width = 640;
    this.#canvas.height = 480;
    // Nothing is captured before the first picture: the element that shows it has no size till then.
    const track = this.#canvas.captureStream(0).getVideoTracks()[0];
    if (!track) {
      throw new DOMException("a canvas gave no track", "OperationError");
    }
    this.track = track;
    this.#turn.port1.onmessage = () => {
      this.#paint();
    };
  }

  /** Takes the picture, and closes it; false if the one before it is left out. */
  show(picture: VideoFrame): boolean {
    const isFirst = !this.#newest;
    if (isFirst) {
      this.#turn.port2.postMessage(0);
    }
    // A newer one came before that one could be painted.
    this.#newest?.close();
    this.#newest = picture;
    return isFirst;
  }

  end(): void {
    this.#turn.port1.close();
    this.#newest?.close();
    this.#newest = undefined;
  }

  #paint(): void {
    const picture = this.#newest;
    this.#newest = undefined;
    if (!picture) {
      return;
    }
    const { displayWidth: width, displayHeight: height } = picture;
    const canvas = this.#canvas;
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    this.#context?.drawImage(picture, 0, 0, width, height);
    picture.close();
    if (isCanvasTrack(this.track)) {
      this.track.requestFrame();
    }
  }
}

function isCanvasTrack(track: MediaStreamTrack): track is CanvasCaptureMediaStreamTrack {
  return "requestFrame" in track;
}
