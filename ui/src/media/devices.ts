import type { DeviceFailure } from "../generated/app";
import type { Media } from "../generated/protocol";
import type { DeviceProblem } from "./media";

/** What a device captures. */
export type Kind = keyof Media;

/** Both kinds, in the order of the media sections of an offer. */
export const KINDS = ["audio", "video"] as const satisfies readonly Kind[];

/** What came of opening one device. */
export type Opened = { readonly track: MediaStreamTrack } | { readonly problem: DeviceProblem };

// Ideals only: an odd camera gives what it has instead of failing with OverconstrainedError. At this
// size the first picture comes soonest (measured: at 1280x720 a software encoder takes twice as
// long to it), and a machine with two cores keeps up with both directions.
const CONSTRAINTS = {
  audio: {
    echoCancellation: { ideal: true },
    noiseSuppression: { ideal: true },
    autoGainControl: { ideal: true },
  },
  video: {
    width: { ideal: 640 },
    height: { ideal: 480 },
    frameRate: { ideal: 30 },
    facingMode: { ideal: "user" },
  },
} as const satisfies Record<Kind, MediaTrackConstraints>;

/**
 * Opens a device of each kind that is wanted and usable. Never throws.
 *
 * Asks for all at once, so that the user is asked once. That fails as a whole, so each is then
 * asked for alone, to learn which is at fault and to go on with the other. After `abort`, whatever
 * still opens is closed at once, and the answer is empty.
 */
export async function openDevices(
  wanted: readonly Kind[],
  usable: Media,
  abort: AbortSignal,
): Promise<ReadonlyMap<Kind, Opened>> {
  const opened = new Map<Kind, Opened>();
  const kinds = wanted.filter((kind) => usable[kind]);
  for (const kind of wanted) if (!usable[kind]) opened.set(kind, { problem: "unsupported" });
  if (kinds.length === 0) return opened;
  const together = await capture(kinds, abort);
  if (together instanceof MediaStream || kinds.length < 2) {
    for (const kind of kinds) opened.set(kind, pick(together, kind));
  } else {
    for (const kind of kinds) {
      if (!abort.aborted) opened.set(kind, pick(await capture([kind], abort), kind));
    }
  }
  if (!abort.aborted) return opened;
  for (const device of opened.values()) {
    if ("track" in device) device.track.stop();
  }
  return new Map();
}

/** Whether there is a device of this kind, as far as the webview says. */
export async function hasDevice(kind: Kind): Promise<boolean> {
  const wanted = `${kind}input`;
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.some((device) => device.kind === wanted);
}

/** What an error of `getUserMedia` means (W3C Media Capture and Streams, section 10.2). */
export function deviceProblem(error: unknown): DeviceProblem {
  // Not every webview's OverconstrainedError is an Error.
  const named = typeof error === "object" && error !== null && "name" in error;
  switch (named ? error.name : null) {
    case "NotFoundError":
    case "OverconstrainedError":
      return "missing";
    case "NotAllowedError":
    case "SecurityError":
      return "refused";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "unknown";
  }
}

/** Why a call for which no device at all could be opened has to end. */
export function deviceFailure(problems: Iterable<DeviceProblem | null>): DeviceFailure {
  return [...problems].includes("refused") ? "no_permission" : "no_device";
}

/** One `getUserMedia`; the stream is closed if it comes after `abort`. */
async function capture(
  kinds: readonly Kind[],
  abort: AbortSignal,
): Promise<MediaStream | DeviceProblem> {
  const constraints: MediaStreamConstraints = {};
  for (const kind of kinds) constraints[kind] = CONSTRAINTS[kind];
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    if (abort.aborted) for (const track of stream.getTracks()) track.stop();
    return stream;
  } catch (error) {
    return deviceProblem(error);
  }
}

function pick(captured: MediaStream | DeviceProblem, kind: Kind): Opened {
  if (!(captured instanceof MediaStream)) return { problem: captured };
  const track = captured.getTracks().find((candidate) => candidate.kind === kind);
  return track ? { track } : { problem: "missing" };
}
