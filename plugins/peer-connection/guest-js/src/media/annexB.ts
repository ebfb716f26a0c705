/** H.264 as encoders give it (length-prefixed, ISO/IEC 14496-15) and as RTP wants it (Annex B). */

const START_CODE = [0, 0, 0, 1] as const;
const SEQUENCE_PARAMETER_SET = 7;

/**
 * Start codes instead of lengths. A frame that already is Annex B comes back as it is: WebKitGTK
 * ignores `avc: { format: "annexb" }`, Chromium does not. `undefined` for what is neither.
 */
export function toAnnexB(frame: Uint8Array): Uint8Array | undefined {
  const units = lengthPrefixed(frame);
  if (units) {
    return joined(units);
  }
  return startsWithStartCode(frame) ? frame : undefined;
}

/** Annex B with lengths of four bytes instead of start codes. */
export function toLengthPrefixed(frame: Uint8Array): Uint8Array {
  const units = annexBUnits(frame);
  const out = new Uint8Array(units.reduce((sum, unit) => sum + 4 + unit.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const unit of units) {
    view.setUint32(at, unit.length);
    out.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return out;
}

/** Puts the parameter sets of an `avcC` record before a key frame that lacks them. */
export function withParameterSets(frame: Uint8Array, avcC: Uint8Array): Uint8Array {
  if (sequenceParameterSet(frame)) {
    return frame;
  }
  const sets = parameterSets(avcC);
  const head = joined(sets);
  const out = new Uint8Array(head.length + frame.length);
  out.set(head);
  out.set(frame, head.length);
  return out;
}

/** The sequence parameter set of an Annex B frame, if it has one: it changes with the size. */
export function sequenceParameterSet(frame: Uint8Array): Uint8Array | undefined {
  return annexBUnits(frame).find((unit) => unitType(unit) === SEQUENCE_PARAMETER_SET);
}

function unitType(unit: Uint8Array): number {
  return (unit[0] ?? 0) & 0x1f;
}

/** Of an AVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 5.3.3.1; none if it is cut short. */
function parameterSets(avcC: Uint8Array): Uint8Array[] {
  const sets: Uint8Array[] = [];
  let at = 5;
  for (const mask of [0x1f, 0xff]) {
    const count = (avcC[at] ?? 0) & mask;
    at += 1;
    for (let index = 0; index < count; index++) {
      const length = ((avcC[at] ?? 0) << 8) | (avcC[at + 1] ?? 0);
      const end = at + 2 + length;
      if (length === 0 || end > avcC.length) {
        return [];
      }
      sets.push(avcC.subarray(at + 2, end));
      at = end;
    }
  }
  return sets;
}

/**
 * The units, if the lengths lead exactly to the end. Asked first: a length of 256 to 511 looks like
 * a start code of three bytes, but Annex B read as lengths never ends exactly.
 */
function lengthPrefixed(frame: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const units: Uint8Array[] = [];
  let at = 0;
  while (at + 4 <= frame.length) {
    const length = view.getUint32(at);
    const end = at + 4 + length;
    if (length === 0 || end > frame.length) {
      return undefined;
    }
    units.push(frame.subarray(at + 4, end));
    at = end;
  }
  return at === frame.length && units.length > 0 ? units : undefined;
}

function startsWithStartCode(frame: Uint8Array): boolean {
  const third = frame[2];
  return frame[0] === 0 && frame[1] === 0 && (third === 1 || (third === 0 && frame[3] === 1));
}

function annexBUnits(frame: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let start = -1;
  for (let at = 0; at + 2 < frame.length; at++) {
    if (frame[at] !== 0 || frame[at + 1] !== 0 || frame[at + 2] !== 1) {
      continue;
    }
    addUnit(units, frame, start, at);
    start = at + 3;
    at += 2;
  }
  addUnit(units, frame, start, frame.length);
  return units;
}

/** Zeros before a start code belong to it or pad (Annex B.1.1); a unit never ends with one. */
function addUnit(units: Uint8Array[], frame: Uint8Array, start: number, end: number): void {
  let last = end;
  while (last > start && frame[last - 1] === 0) {
    last -= 1;
  }
  if (start >= 0 && last > start) {
    units.push(frame.subarray(start, last));
  }
}

function joined(units: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(units.reduce((sum, unit) => sum + 4 + unit.length, 0));
  let at = 0;
  for (const unit of units) {
    out.set(START_CODE, at);
    out.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return out;
}
