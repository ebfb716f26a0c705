import type {
  CallPhase,
  CallView,
  EndedSide,
  Known,
  Line,
  LinkView,
  OwnDevices,
  Trust,
} from "../generated/app";
import type { EndReason, Media, Person } from "../generated/protocol";
import type { FakeStart } from "../host/fake";
import type { MediaState } from "../media/media";
import { picture } from "./picture";

/** One state of the app to look at. */
export interface Scene {
  readonly start: FakeStart;
  readonly media?: () => Partial<MediaState>;
  readonly supported?: boolean;
  /** Opens the private thread with this person. */
  readonly thread?: string;
  readonly prompt?: boolean;
  /** Private lines that come after the start, so that they are unread. */
  readonly later?: readonly Line[];
}

const BOTH: Media = { audio: true, video: true };
const SOUND: Media = { audio: true, video: false };
const ONLINE: LinkView = { phase: "online", name: "Alice" };
const LOST: LinkView = { phase: "reconnecting", name: "Alice", failures: 2, trouble: null };
const SOME: Person[] = [
  { name: "Bob", kind: "user" },
  { name: "Naomi van den Berg-Oyelaran", kind: "guest" },
  { name: "Priya", kind: "user" },
];
const MANY: Person[] = Array.from({ length: 24 }, (_, index) => ({
  name: `${["Ada", "Björn", "Chidi", "Dagny", "Émile", "Fatou"][index % 6] ?? ""} ${index + 1}`,
  kind: index % 7 === 3 ? "guest" : "user",
}));
const TODAY = new Date().setHours(9, 12, 0, 0);
const ROOM_LINES: Line[] = [
  { from: "Bob", to: null, text: "Good morning!", at: TODAY - 86_400_000 },
  { from: "Bob", to: null, text: "Is anybody up for a call at ten?", at: TODAY },
  { from: "Alice", to: null, text: "Yes, call me when you are ready.", at: TODAY + 60_000 },
  {
    from: "Priya",
    to: null,
    text: "I can join after lunch. Here is a long address: https://example.org/a/very/long/path/that/has/no/place/to/break/at/all and <b>markup</b> that stays text.",
    at: TODAY + 120_000,
  },
  { from: "Priya", to: null, text: "See you!", at: TODAY + 130_000 },
];
const BOB_LINES: Line[] = [
  { from: "Bob", to: "Alice", text: "Can you see the drawing?", at: TODAY + 240_000 },
  { from: "Alice", to: "Bob", text: "Yes, very nice.", at: TODAY + 250_000 },
];
const GONE_LINE: Line = { from: "Yusuf", to: "Alice", text: "Have to go.", at: TODAY + 300_000 };

function home(link: LinkView, people: Person[], lines: Line[]): FakeStart {
  return { kind: "browser", snapshot: { link, people, lines, known: KNOWN, devices: FIRST } };
}

/** A device that has just vouched for another one. */
const FIRST: OwnDevices = {
  code: "ringdove-device:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w",
  linked: false,
  signed:
    "ringdove-link:iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w.gDl7kVxhOa3Ki7yIKoyN0ZDsNYqb0wZNgUYvzfqGQeTqLQkVh2qVqkP8sF3iRrZs1DkPyqJ0y5uYjzqkDLwJBQ.Alice",
};

const KNOWN: Known = {
  link: "ringdove://calls.example.org/Alice#iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w",
  people: [
    {
      name: "Bob",
      verified: true,
      safetyNumber: "008058620788703426639463824006365914130028322410680189066827",
    },
  ],
};

function call(
  phase: CallPhase,
  change: Partial<CallView> = {},
  link = ONLINE,
  trust: Trust = "known",
): FakeStart {
  const view: CallView = {
    callId: "AAAAAAAAAAAAAAAAAAAAAA",
    role: "caller",
    peer: { name: "Bob", kind: "user" },
    media: BOTH,
    peerMedia: BOTH,
    phase,
    phaseElapsedMs: 3_000,
    talkElapsedMs: phase === "active" || phase === "reconnecting" ? 187_000 : null,
    end: null,
    ...change,
  };
  return {
    kind: "browser",
    snapshot: {
      link,
      people: SOME,
      lines: [...ROOM_LINES, ...BOB_LINES],
      call: view,
      security: { trust, pictures: trust === "guest" ? null : [49, 18, 24, 42, 34] },
      known: KNOWN,
    },
  };
}

function ended(reason: EndReason, by: EndedSide, talkMs: number): FakeStart {
  return call("ended", { end: { reason, by, talkMs } });
}

function talking(): Partial<MediaState> {
  return {
    local: picture("#31504f", "#8a5a3c", 320, 240),
    remote: picture("#52413a", "#2d4a63", 1280, 720),
    open: BOTH,
    sending: BOTH,
  };
}

const guestCaller: Partial<CallView> = {
  role: "callee",
  peer: { name: "Naomi van den Berg-Oyelaran", kind: "guest" },
};

export const SCENES: Readonly<Record<string, Scene>> = {
  "sign-in": { start: { kind: "browser", snapshot: { devices: { ...FIRST, signed: null } } } },
  "sign-in-app": {
    start: { kind: "app", remembered: { name: "Alice", server: "ws://192.168.1.20:6503" } },
  },
  "sign-in-problem": {
    start: { kind: "app", snapshot: { link: { phase: "signedOut", error: "name_taken" } } },
  },
  connecting: {
    start: {
      kind: "browser",
      snapshot: { link: { phase: "connecting", name: "Alice", failures: 1, trouble: null } },
    },
  },
  empty: { start: home(ONLINE, [], []) },
  home: { start: home(ONLINE, SOME, ROOM_LINES), later: [...BOB_LINES, GONE_LINE] },
  private: {
    start: {
      ...home(ONLINE, SOME, ROOM_LINES),
      snapshot: {
        link: ONLINE,
        people: SOME,
        lines: ROOM_LINES,
        privacy: {
          quiet: true,
          rings: {
            who: "contacts",
            contacts: ["Bob"],
            blocked: ["Naomi van den Berg-Oyelaran", "Yusuf"],
          },
        },
      },
    },
  },
  many: { start: home(ONLINE, MANY, ROOM_LINES) },
  reconnecting: { start: home(LOST, SOME, ROOM_LINES) },
  thread: { start: home(ONLINE, SOME, [...ROOM_LINES, ...BOB_LINES]), thread: "Bob" },
  unsupported: {
    start: {
      ...home(ONLINE, SOME, ROOM_LINES),
      kind: "app",
      remembered: { name: "Alice", server: "ws://192.168.1.20:6503" },
    },
    supported: false,
  },
  "missing-all": {
    start: {
      ...home(ONLINE, SOME, ROOM_LINES),
      kind: "app",
      missingMedia: {
        lost: ["sound", "picture"],
        packages: ["gstreamer1.0-plugins-base", "gstreamer1.0-plugins-good"],
        command: "sudo apt install gstreamer1.0-plugins-base gstreamer1.0-plugins-good",
      },
    },
    supported: false,
  },
  "missing-picture": {
    start: {
      kind: "app",
      remembered: { name: "Alice", server: "ws://192.168.1.20:6503" },
      missingMedia: { lost: ["picture"], packages: ["gst-plugins-good"], command: null },
    },
  },
  "missing-in-call": {
    start: {
      ...call("active"),
      missingMedia: { lost: ["picture"], packages: ["gst-plugins-good"], command: null },
    },
    media: () => ({ ...talking(), sending: SOUND, problem: { audio: null, video: "unsupported" } }),
  },
  incoming: { start: call("ringing", { role: "callee" }) },
  "incoming-new": { start: call("ringing", { role: "callee" }, ONLINE, "new") },
  "incoming-changed": { start: call("ringing", { role: "callee" }, ONLINE, "verifiedChanged") },
  "incoming-guest": {
    start: call("ringing", { ...guestCaller, peerMedia: SOUND }, ONLINE, "guest"),
  },
  silenced: { start: call("silenced", { role: "callee" }) },
  prompt: { start: call("ringing", { role: "callee" }), prompt: true },
  "prompt-guest": { start: call("ringing", guestCaller, ONLINE, "guest"), prompt: true },
  "prompt-changed": {
    start: call("ringing", { role: "callee" }, ONLINE, "changed"),
    prompt: true,
  },
  dialing: { start: call("dialing") },
  "remote-ringing": { start: call("remoteRinging") },
  connecting2: { start: call("connecting") },
  active: { start: call("active"), media: talking },
  "active-muted": {
    start: call("active", { peerMedia: SOUND }),
    media: () => ({ ...talking(), sending: { audio: false, video: false } }),
  },
  "active-audio": {
    start: call("active", { media: SOUND, peerMedia: { audio: false, video: false } }),
    media: () => ({ open: SOUND, sending: SOUND }),
  },
  "active-problems": {
    start: call("active"),
    media: () => ({
      ...talking(),
      sending: { audio: false, video: false },
      problem: { audio: "missing", video: "busy" },
    }),
  },
  "active-reconnecting": { start: call("reconnecting", {}, LOST), media: talking },
  "active-verified": { start: call("active", {}, ONLINE, "verified"), media: talking },
  "active-guest": { start: call("active", guestCaller, ONLINE, "guest"), media: talking },
  "ended-changed": {
    start: call(
      "ended",
      { end: { reason: "not_secure", by: "me", talkMs: 0 } },
      ONLINE,
      "verifiedChanged",
    ),
  },
  "ended-hung-up": { start: ended("hung_up", "peer", 187_000) },
  "ended-missed": { start: ended("no_answer", "server", 0) },
  "ended-failed": { start: ended("connect_failed", "server", 0) },
  "ended-unsupported": {
    start: {
      ...ended("connect_failed", "me", 0),
      kind: "app",
      remembered: { name: "Alice", server: "ws://192.168.1.20:6503" },
    },
    supported: false,
  },
};
