/** RTCRtpEncodingParameters (W3C WebRTC, sections 5.1 and 5.2.10). */

import type { Kind } from "./media/plane";

/**
 * The encoding of a new sender. This end sends one at a time, so the list is trimmed to its first
 * ("addTransceiver", step 8.8), which then needs no name.
 */
export function readEncodings(
  kind: Kind,
  given: readonly RTCRtpEncodingParameters[],
): RTCRtpEncodingParameters {
  const rids = given.flatMap(({ rid }) => (rid === undefined ? [] : [rid]));
  if (rids.some((rid) => !RID.test(rid))) throw new TypeError("A rid is not one.");
  if (given.length > 1 && rids.length < given.length) throw new TypeError("A rid is missing.");
  if (new Set(rids).size < rids.length) throw new TypeError("Two encodings have the same rid.");
  const all = given.map((encoding) => readEncoding(kind, encoding));
  const first = { ...(all[0] ?? readEncoding(kind, {})) };
  delete first.rid;
  return first;
}

/** One encoding, with what is left out as it is by default. */
export function readEncoding(
  kind: Kind,
  given: RTCRtpEncodingParameters,
): RTCRtpEncodingParameters {
  const { scaleResolutionDownBy = 1, maxFramerate, ...rest } = given;
  const encoding = { ...rest, active: given.active ?? true };
  switch (kind) {
    case "audio":
      return encoding;
    case "video":
      if (!(scaleResolutionDownBy >= 1)) {
        throw new RangeError("scaleResolutionDownBy is smaller than 1.");
      }
      if ((maxFramerate ?? 0) < 0) throw new RangeError("maxFramerate is negative.");
      return {
        ...encoding,
        scaleResolutionDownBy,
        ...(maxFramerate === undefined ? {} : { maxFramerate }),
      };
  }
}

/** RFC 8851, section 10. */
const RID = /^[a-z0-9]{1,16}$/i;
