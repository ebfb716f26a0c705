// @vitest-environment jsdom
import { expect, test } from "vitest";
import { soundOf } from "./tones";

test.each([
  ["busy", 2.88, false],
  ["ringback", 5, true],
  ["ringtone", 3.64, true],
] as const)(
  "%s is a WAV file of its length that begins and ends in silence",
  async (tone, seconds, loop) => {
    const sound = soundOf(tone);
    const view = new DataView(await bytes(sound.file));

    expect(sound.loop).toBe(loop);
    expect(text(view, 0)).toBe("RIFF");
    expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
    expect(view.getUint32(40, true)).toBe(view.byteLength - 44);
    expect((view.byteLength - 44) / view.getUint32(28, true)).toBeCloseTo(seconds, 2);
    expect(view.getInt16(44, true)).toBe(0);
    expect(view.getInt16(view.byteLength - 2, true)).toBe(0);
  },
);

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
}

/** jsdom's Blob has no `arrayBuffer`. */
function bytes(file: Blob): Promise<ArrayBuffer> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      if (reader.result instanceof ArrayBuffer) {
        resolve(reader.result);
      } else {
        reject(new Error("not read as bytes"));
      }
    };
    reader.readAsArrayBuffer(file);
  });
}
