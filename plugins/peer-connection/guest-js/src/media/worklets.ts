/**
 * The two audio worklet processors. Everything is one string for a blob: URL, because the library
 * is one file; the functions' sources go into it and must stand alone.
 */
import { createFrameCollector, createRingBuffer } from "./ringBuffer";

export const CAPTURE = "peer-connection-capture";
export const PLAYBACK = "peer-connection-playback";

export const SAMPLE_RATE = 48_000;
/** 10 ms, what the engine takes and gives. */
export const FRAME_SAMPLES = 480;
/** Of a message of the capture: a frame of the microphone, then one of the loudspeaker; 16 bits. */
export const HEARD_BYTES = FRAME_SAMPLES * 4;
/** Frames under way to the page before it must answer: 200 ms, then new ones are dropped. */
const FRAMES_UNDER_WAY = 20;
const PLAYBACK_TARGET = (SAMPLE_RATE * 50) / 1000;
const PLAYBACK_LIMIT = (SAMPLE_RATE * 120) / 1000;

export function workletSource(): string {
  return `
const createFrameCollector = ${createFrameCollector.toString()};
const createRingBuffer = ${createRingBuffer.toString()};
registerProcessor("${CAPTURE}", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ended = false;
    this.underWay = 0;
    this.port.onmessage = ({ data }) => {
      if (data === "end") this.ended = true;
      else this.underWay -= 1;
    };
    this.played = undefined;
    this.loudspeaker = createFrameCollector(${FRAME_SAMPLES}, (frame) => { this.played = frame; });
    this.microphone = createFrameCollector(${FRAME_SAMPLES}, (frame) => {
      if (this.underWay >= ${FRAMES_UNDER_WAY}) return;
      this.underWay += 1;
      const heard = new Int16Array(${FRAME_SAMPLES} * 2);
      heard.set(frame);
      heard.set(this.played, ${FRAME_SAMPLES});
      this.port.postMessage(heard.buffer, [heard.buffer]);
    });
  }
  process(inputs, outputs) {
    const [microphone = [], loudspeaker = []] = inputs;
    const length = outputs[0]?.[0]?.length ?? 128;
    // First, so that both frames of the same 10 ms are there.
    this.loudspeaker.push(loudspeaker, length);
    this.microphone.push(microphone, length);
    return !this.ended;
  }
});
registerProcessor("${PLAYBACK}", class extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ended = false;
    this.ring = createRingBuffer(${PLAYBACK_TARGET}, ${PLAYBACK_LIMIT});
    this.port.onmessage = ({ data }) => {
      if (data === "end") this.ended = true;
      else this.ring.push(new Int16Array(data));
    };
  }
  process(inputs, outputs) {
    const [first, ...others] = outputs[0] ?? [];
    if (first) {
      this.ring.pull(first);
      for (const channel of others) channel.set(first);
    }
    return !this.ended;
  }
});
`;
}
