import { TrackEvent } from "./events";
import { agreeExtensions, type RtpCodec } from "./jsep/codecs";
import { receives, reverse, sends, type Direction } from "./jsep/direction";
import type { LineUse } from "./jsep/offer";
import type { AgreedLine } from "./jsep/synthetic";
import type { DescriptionView, MediaView } from "./jsep/view";
import type { Codec, Kind } from "./media/plane";
import { TransceiverCore, type TransceiverOwner } from "./transceiverCore";

/** What a description changed for the page, which hears of it once its state is set. */
export class Effects {
  readonly muted: TransceiverCore[] = [];
  readonly removed: { readonly stream: MediaStream; readonly track: MediaStreamTrack }[] = [];
  readonly added: { readonly stream: MediaStream; readonly track: MediaStreamTrack }[] = [];
  readonly tracks: TransceiverCore[] = [];

  /** W3C WebRTC, section 4.4.1.5: tracks fall silent, streams change, `track` comes last. */
  fire(fire: (event: Event) => void): void {
    for (const core of this.muted) core.remote.setMuted(true);
    for (const { stream, track } of this.removed) {
      if (!stream.getTracks().includes(track)) continue;
      stream.removeTrack(track);
      stream.dispatchEvent(new MediaStreamTrackEvent("removetrack", { track }));
    }
    for (const { stream, track } of this.added) {
      if (stream.getTracks().includes(track)) continue;
      stream.addTrack(track);
      stream.dispatchEvent(new MediaStreamTrackEvent("addtrack", { track }));
    }
    for (const { receiver, transceiver, remoteStreams } of this.tracks) {
      const streams = [...remoteStreams];
      fire(new TrackEvent("track", { receiver, track: receiver.track, streams, transceiver }));
    }
  }
}

/** The set of transceivers of a connection, and what descriptions do to it. */
export class TransceiverSet {
  readonly #owner: TransceiverOwner;
  readonly #defaultStream = crypto.randomUUID();
  #cores: TransceiverCore[] = [];

  constructor(owner: TransceiverOwner) {
    this.#owner = owner;
  }

  get all(): readonly TransceiverCore[] {
    return this.#cores;
  }

  add(core: TransceiverCore): void {
    this.#cores.push(core);
  }

  byLine(line: number): TransceiverCore | null {
    return this.#cores.find((core) => core.line === line) ?? null;
  }

  keepStable(): void {
    for (const core of this.#cores) core.keepStable();
  }

  /** A local offer gives each of its transceivers an m-line. */
  place(lines: readonly LineUse[], sources: readonly TransceiverCore[]): void {
    lines.forEach((line, index) => {
      if (line.use !== "source") return;
      const core = sources[line.source];
      if (!core) return;
      core.mid = line.mid;
      core.line = index;
    });
  }

  remoteOffer(offer: DescriptionView): Effects {
    const effects = new Effects();
    offer.media.forEach((media, line) => {
      const kind = kindOf(media);
      if (!kind) return;
      const core = this.#associate(kind, media);
      if (!core || core.stopped) return;
      if (media.rejected) {
        this.#fireDirection(core, "inactive", [], effects);
        core.stop();
        return;
      }
      core.mid = media.mid;
      core.line = line;
      this.#fireDirection(core, reverse(media.direction), this.#streamIds(media), effects);
    });
    return effects;
  }

  /** Both descriptions stand: directions become current, refused m-lines end their transceivers. */
  agreed(
    lines: readonly AgreedLine[],
    remote: DescriptionView,
    answer: "local" | "remote",
    isFinal: boolean,
  ): Effects {
    const effects = new Effects();
    for (const agreed of lines) {
      const core = this.byLine(agreed.line);
      const theirs = remote.media[agreed.line];
      if (!core || !theirs || agreed.kind === "application") continue;
      const { direction } = agreed;
      if (agreed.rejected) {
        if (!isFinal) continue;
        this.#fireDirection(core, "inactive", [], effects);
        core.stop();
        core.mid = null;
        continue;
      }
      if (answer === "remote") {
        this.#fireDirection(core, direction, this.#streamIds(theirs), effects);
      } else if (receives(direction)) {
        core.firedDirection = direction;
      } else {
        this.#fireDirection(core, direction, [], effects);
      }
      core.currentDirection = direction;
      core.agreed = agreed.codecs;
      core.extensions = agreeExtensions(theirs.extensions, core.kind);
      if (sends(direction)) core.hasSent = true;
    }
    if (!isFinal) return effects;
    for (const core of this.#cores) core.forgetStable();
    // Their m-lines are free for others from now on.
    this.#cores = this.#cores.filter((core) => !core.stopped);
    return effects;
  }

  /** Starts and stops the media of each transceiver by what was agreed on. */
  runMedia(): void {
    for (const core of this.#cores) {
      const { line, currentDirection, agreed, stopping } = core;
      const codec = toPlaneCodec(agreed[0]);
      if (line === null || !currentDirection || stopping || !codec) continue;
      if (sends(currentDirection)) core.local.start(line, codec);
      else core.local.stop();
      if (receives(currentDirection)) core.remote.start(line, codec);
      else core.remote.stop();
    }
  }

  /** RFC 8829, section 4.1.8.2: as if the offer had not been. */
  rollback(): Effects {
    const effects = new Effects();
    for (const core of [...this.#cores]) {
      const { mid, line, firedDirection, streams } = core.stable;
      core.mid = mid;
      core.line = line;
      const before = firedDirection ?? "inactive";
      if (core.firedDirection && receives(core.firedDirection) && !receives(before)) {
        effects.muted.push(core);
      }
      const wasReceiving = core.firedDirection !== null && receives(core.firedDirection);
      core.firedDirection = firedDirection;
      const isMore = this.#setStreams(core, [...streams], effects);
      if (receives(before) && (isMore || !wasReceiving)) effects.tracks.push(core);
      // One that the page has put a track on meanwhile is the page's.
      if (core.createdByOffer && !core.takenByTrack) {
        core.stop();
        this.#cores = this.#cores.filter((each) => each !== core);
      } else if (core.createdByOffer) {
        core.addedByTrack = true;
      }
      core.forgetStable();
    }
    return effects;
  }

  /** The connection is closed: tracks end, and no event tells of it. */
  stop(): void {
    for (const core of this.#cores) {
      core.remote.track.stop();
      core.stop();
    }
  }

  /** RFC 8829, section 5.10. */
  #associate(kind: Kind, media: MediaView): TransceiverCore | null {
    const known = this.#cores.find(({ mid }) => mid === media.mid);
    if (known) return known.kind === kind ? known : null;
    if (media.rejected) return null;
    const isFree = (core: TransceiverCore): boolean =>
      core.kind === kind && core.addedByTrack && core.mid === null && !core.stopping;
    const free = sends(reverse(media.direction)) ? this.#cores.find(isFree) : undefined;
    if (free) return free;
    const core = new TransceiverCore(this.#owner, kind, "recvonly", []);
    core.createdByOffer = true;
    this.#cores.push(core);
    return core;
  }

  /** Sections 5.1 and 4.4.1.5: a track comes, or goes silent, when the other end says so. */
  #fireDirection(
    core: TransceiverCore,
    direction: Direction,
    streamIds: readonly string[],
    effects: Effects,
  ): void {
    const before = core.firedDirection ?? "inactive";
    const streams = receives(direction) ? this.#streams(streamIds) : [];
    const isMore = this.#setStreams(core, streams, effects);
    if (receives(direction) && (isMore || !receives(before))) effects.tracks.push(core);
    if (!receives(direction) && receives(before)) effects.muted.push(core);
    core.firedDirection = direction;
  }

  /** True where the track is in a stream in which it was not. */
  #setStreams(core: TransceiverCore, streams: MediaStream[], effects: Effects): boolean {
    const { track } = core.remote;
    const isMore = streams.some((stream) => !core.remoteStreams.includes(stream));
    for (const stream of core.remoteStreams) {
      if (!streams.includes(stream)) effects.removed.push({ stream, track });
    }
    for (const stream of streams) {
      if (!core.remoteStreams.includes(stream)) effects.added.push({ stream, track });
    }
    core.remoteStreams = streams;
    return isMore;
  }

  /** A track whose m-line says nothing of streams is in one that all such tracks share. */
  #streamIds({ msids, sources }: MediaView): string[] {
    if (msids.length > 0) return msids.flatMap(({ stream }) => stream ?? []);
    const ids = sources.flatMap((line) => /^a=ssrc:\d+ msid:(\S+)/.exec(line)?.[1] ?? []);
    return ids.length > 0 ? ids.filter((id) => id !== "-") : [this.#defaultStream];
  }

  /** One stream for each id, with the id that the other end gave it. */
  #streams(ids: readonly string[]): MediaStream[] {
    return [...new Set(ids)].map((id) => {
      for (const core of this.#cores) {
        const known = core.remoteStreams.find((stream) => stream.id === id);
        if (known) return known;
      }
      const stream = new MediaStream();
      Object.defineProperty(stream, "id", { value: id, configurable: true });
      return stream;
    });
  }
}

function kindOf({ kind }: MediaView): Kind | null {
  return kind === "audio" || kind === "video" ? kind : null;
}

function toPlaneCodec(codec: RtpCodec | undefined): Codec | null {
  const name = PLANE_NAMES.find((each) => each === codec?.name);
  return codec && name ? { name, payloadType: codec.payloadType, fmtp: codec.fmtp } : null;
}

const PLANE_NAMES: readonly Codec["name"][] = ["VP8", "H264", "opus"];
