import { expect, test } from "vitest";
import { sequenceParameterSet, toAnnexB, toLengthPrefixed, withParameterSets } from "./annexB";

const SPS = [0x67, 0x42, 0xe0, 0x1f];
const PPS = [0x68, 0xce];
const IDR = [0x65, 0x88, 0x84];

test("lengths become start codes", () => {
  const frame = bytes([0, 0, 0, 4], SPS, [0, 0, 0, 2], PPS, [0, 0, 0, 3], IDR);
  expect(toAnnexB(frame)).toEqual(bytes([0, 0, 0, 1], SPS, [0, 0, 0, 1], PPS, [0, 0, 0, 1], IDR));
});

test("Annex B stays as it is", () => {
  const long = bytes([0, 0, 0, 1], SPS, [0, 0, 0, 1], IDR);
  const short = bytes([0, 0, 1], SPS, [0, 0, 1], IDR);
  expect(toAnnexB(long)).toBe(long);
  expect(toAnnexB(short)).toBe(short);
});

test("a length that looks like a start code is a length", () => {
  for (const length of [256, 300, 511]) {
    const unit = new Uint8Array(length).fill(0x41);
    expect(toAnnexB(bytes([0, 0, 1, length & 0xff], [...unit]))).toEqual(
      bytes([0, 0, 0, 1], [...unit]),
    );
  }
});

test("what is neither is refused", () => {
  expect(toAnnexB(bytes([]))).toBeUndefined();
  expect(toAnnexB(bytes([0, 0, 0, 9, 0x65]))).toBeUndefined();
  expect(toAnnexB(bytes([0, 0, 0, 0]))).toBeUndefined();
  expect(toAnnexB(bytes([0x65, 0x88]))).toBeUndefined();
});

test("there and back gives the same", () => {
  const random = sequence(7);
  for (let round = 0; round < 200; round++) {
    const units = Array.from({ length: 1 + (random() % 4) }, () => {
      // Never zero: inside a unit, emulation prevention keeps start codes away.
      const payload = Array.from({ length: 1 + (random() % 600) }, () => 1 + (random() % 255));
      return [[0, 0, payload.length >> 8, payload.length & 0xff], payload];
    });
    const frame = bytes(...units.flat());
    const annexB = toAnnexB(frame);
    expect(annexB && toLengthPrefixed(annexB)).toEqual(frame);
  }
});

test("padding before a start code belongs to no unit", () => {
  expect(toLengthPrefixed(bytes([0, 0, 1], PPS, [0, 0, 0, 0, 1], IDR, [0, 0]))).toEqual(
    bytes([0, 0, 0, 2], PPS, [0, 0, 0, 3], IDR),
  );
});

test("a key frame without parameter sets gets them", () => {
  const avcC = bytes([1, 0x42, 0xe0, 0x1f, 0xff, 0xe1, 0, 4], SPS, [1, 0, 2], PPS);
  const frame = bytes([0, 0, 0, 1], IDR);
  const whole = bytes([0, 0, 0, 1], SPS, [0, 0, 0, 1], PPS, [0, 0, 0, 1], IDR);
  expect(withParameterSets(frame, avcC)).toEqual(whole);
  expect(withParameterSets(whole, avcC)).toBe(whole);
  expect(withParameterSets(frame, avcC.subarray(0, 9))).toEqual(frame);
});

test("the sequence parameter set is found wherever it stands", () => {
  expect(sequenceParameterSet(bytes([0, 0, 0, 1, 9, 16, 0, 0, 1], SPS, [0, 0, 1], IDR))).toEqual(
    bytes(SPS),
  );
  expect(sequenceParameterSet(bytes([0, 0, 0, 1], IDR))).toBeUndefined();
});

function bytes(...parts: number[][]): Uint8Array {
  return new Uint8Array(parts.flat());
}

/** A small generator of numbers, the same in each run. */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 8;
  };
}
