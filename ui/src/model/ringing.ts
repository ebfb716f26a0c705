import type { CallView } from "../generated/app";

/** What the call sounds like before it is answered. */
export type Tone = "busy" | "ringback" | "ringtone";

/** The tone that is true for a call now; null for silence. */
export function toneOf(call: CallView | null): Tone | null {
  switch (call?.phase) {
    case "ringing":
      return "ringtone";
    case "remoteRinging":
      return "ringback";
    case "ended":
      return call.end?.reason === "busy" && call.role === "caller" ? "busy" : null;
    case undefined:
    case "dialing":
    case "reached":
    case "silenced":
    case "accepting":
    case "connecting":
    case "active":
    case "reconnecting":
      return null;
  }
}
