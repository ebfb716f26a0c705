import type { CallPhase, Event, MediaReport, Notice, Snapshot } from "../generated/app";
import type { CallId, Media } from "../generated/protocol";
import type { Host, MissingMedia } from "../host/host";
import type { MediaEngine } from "../media/media";
import { Call } from "./call";
import { Chat } from "./chat";
import { Devices } from "./devices";
import { never } from "./model";
import { Notices } from "./notices";
import { OwnDevices } from "./ownDevices";
import { People } from "./people";
import { Places } from "./places";
import { Privacy } from "./privacy";
import { Session } from "./session";
import { Trusted } from "./trust";

type OpenEngine = (report: (report: MediaReport) => void, usable: Media) => MediaEngine;

/** Everything behind the screens of the main window: the models, wired to host and media. */
export class Ringdove {
  readonly hostKind: Host["kind"];
  readonly missingMedia: MissingMedia | null;
  readonly session: Session;
  readonly people = new People();
  readonly places = new Places();
  readonly privacy: Privacy;
  readonly chat: Chat;
  readonly call: Call;
  readonly devices: Devices;
  readonly ownDevices: OwnDevices;
  readonly trusted: Trusted;
  readonly notices = new Notices();
  readonly #host: Host;
  readonly #engine: MediaEngine;

  constructor(host: Host, openEngine: OpenEngine) {
    this.#host = host;
    this.hostKind = host.kind;
    this.missingMedia = host.missingMedia;
    this.session = new Session(host);
    this.privacy = new Privacy(host);
    this.chat = new Chat(host);
    this.call = new Call(host, true);
    this.ownDevices = new OwnDevices(host);
    this.trusted = new Trusted(host);
    this.#engine = openEngine((report) => {
      this.#report(report);
    }, usableDevices(host.missingMedia));
    this.devices = new Devices(this.#engine);
  }

  /** Listens to the host and takes in what was before. Returns how to stop listening. */
  async start(): Promise<() => void> {
    // Events that come before the snapshot are applied once more after it: slices come whole and in
    // order, so that the newest wins whichever of the two was made first.
    const early: Event[] = [];
    let started = false;
    const running = new Set<CallId>();
    const stop = this.#host.subscribe((event) => {
      if (started) {
        this.#apply(event);
      } else if (event.kind === "media") {
        if (event.command.action.kind === "start") running.add(event.command.callId);
        this.#engine.handle(event.command);
      } else {
        early.push(event);
      }
    });
    const [snapshot, remembered] = await Promise.all([
      this.#host.snapshot(),
      this.#host.remembered(),
    ]);
    this.session.applyRemembered(remembered);
    this.#applySnapshot(snapshot);
    started = true;
    for (const event of early) {
      this.#apply(event);
    }
    // This page took the place of one that crashed or was loaded anew.
    const { call } = snapshot;
    if (call !== null && carriesMedia(call.phase) && !running.has(call.callId)) {
      this.#report({ callId: call.callId, event: { kind: "startedOver" } });
    }
    return stop;
  }

  #applySnapshot(snapshot: Snapshot): void {
    const { link, people, lines, call, security, known, privacy, devices } = snapshot;
    this.session.applyLink(link);
    this.chat.applyLink(link);
    this.people.apply(people);
    this.privacy.apply(privacy);
    this.chat.applyHistory(lines);
    this.call.apply({ call, security });
    this.trusted.apply(known);
    this.ownDevices.apply(devices);
  }

  #apply(event: Event): void {
    switch (event.kind) {
      case "call":
        this.call.apply(event);
        break;
      case "devices":
        this.ownDevices.apply(event.devices);
        break;
      case "known":
        this.trusted.apply(event.known);
        break;
      case "line":
        this.chat.applyLine(event.line);
        break;
      case "link":
        this.session.applyLink(event.link);
        this.chat.applyLink(event.link);
        break;
      case "media":
        this.#engine.handle(event.command);
        break;
      case "notice":
        this.#notice(event.notice);
        break;
      case "people":
        this.people.apply(event.people);
        break;
      case "privacy":
        this.privacy.apply(event.privacy);
        break;
      default:
        never(event);
    }
  }

  #notice(notice: Notice): void {
    if (this.session.applyNotice(notice)) {
      return;
    }
    if (notice.kind === "notSent") {
      this.chat.giveBack(notice.text);
    }
    this.notices.add(notice);
  }

  #report(report: MediaReport): void {
    if (report.event.kind === "firstFrame") {
      this.call.markFirstFrame(report.callId);
    }
    this.#host.dispatch({ kind: "media", report });
  }
}

function carriesMedia(phase: CallPhase): boolean {
  return phase === "connecting" || phase === "active" || phase === "reconnecting";
}

/** What can be sent in a call. */
function usableDevices(missing: MissingMedia | null): Media {
  const lost = new Set(missing?.lost);
  return { audio: !lost.has("sound"), video: !lost.has("picture") && !lost.has("camera") };
}
