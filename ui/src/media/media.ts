import type { MediaCommand } from "../generated/app";
import type { Media } from "../generated/protocol";

/** Why a device could not be opened; the words for it stand in `src/text`. */
export type DeviceProblem =
  /** NotFoundError, OverconstrainedError: no such device. */
  | "missing"
  /** NotAllowedError, SecurityError: the user or the system refused. */
  | "refused"
  /** NotReadableError, AbortError: in use by another program, or broken. */
  | "busy"
  /** A device was pulled out during the call. */
  | "lost"
  /** This webview has no RTCPeerConnection, or no getUserMedia. */
  | "unsupported"
  /** Any other error. */
  | "unknown";

/** The media of the call as a person sees and hears it: a whole snapshot. */
export interface MediaState {
  /** The own preview; null when there is nothing to show. */
  readonly local: MediaStream | null;
  /** The other end's sound and picture, one stream for the whole call; null while there is neither. */
  readonly remote: MediaStream | null;
  /** Which of the own devices are open. */
  readonly open: Media;
  /** Which of them are being sent: muted is false. */
  readonly sending: Media;
  /** What went wrong with each device; the call goes on with the other one where there is one. */
  readonly problem: { readonly audio: DeviceProblem | null; readonly video: DeviceProblem | null };
}

/** Runs the media of one call at a time, through W3C names only. */
export interface MediaEngine {
  /** Whether this webview can carry media at all. */
  readonly supported: boolean;
  /** Carries out an order of the core, in order. Never throws; reports go back to the core. */
  handle(command: MediaCommand): void;
  /** Calls `listener` at once and on each change; returns how to stop that. */
  subscribe(listener: (state: MediaState) => void): () => void;
  /** Mutes and unmutes; the other end is told. */
  setSending(media: Media): void;
}
