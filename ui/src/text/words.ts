import type {
  CallPhase,
  CallRefusal,
  DeviceRefusal,
  EndedSide,
  LinkTrouble,
  Trust,
} from "../generated/app";
import type { EndReason, ErrorCode, Role, WhoMayRing } from "../generated/protocol";
import type { LostMedia } from "../host/host";
import type { DeviceProblem } from "../media/media";

/** How a call ended, for choosing words. */
export interface Ending {
  readonly by: EndedSide;
  readonly role: Role;
  /** The other end. */
  readonly name: string;
}

/** One sentence on what happened, and one on what to do; the latter can be empty. */
export interface EndWords {
  readonly title: string;
  readonly advice: string;
}

/** Every word that a user reads, in one language. */
export interface Words {
  readonly app: {
    readonly dismiss: string;
    readonly failed: string;
    readonly language: string;
    readonly notices: string;
  };
  readonly signIn: {
    readonly lead: string;
    readonly name: string;
    readonly server: string;
    readonly serverHint: string;
    readonly invite: string;
    readonly inviteHint: string;
    readonly submit: string;
    readonly busy: (name: string) => string;
    readonly retrying: string;
    readonly cancel: string;
    readonly serverInvalid: string;
  };
  readonly link: {
    readonly region: string;
    readonly opening: string;
    readonly connecting: string;
    readonly online: string;
    readonly reconnecting: string;
    /** Why a server that answers is of no use. */
    readonly trouble: Record<Exclude<LinkTrouble["kind"], "certificateExpired">, string> & {
      readonly certificateExpired: (date: string | null) => string;
    };
    readonly signedOut: string;
    /** Beside the own name, while not online. */
    readonly short: string;
  };
  readonly self: {
    readonly menu: string;
    readonly newName: string;
    readonly save: string;
    readonly signOut: string;
  };
  readonly people: {
    readonly title: string;
    readonly search: string;
    readonly nobodyFound: string;
    readonly empty: string;
    readonly invite: string;
    readonly inviteThisComputer: string;
    readonly inviteAnyone: string;
    readonly copy: string;
    readonly copied: string;
    readonly guest: string;
    readonly verified: string;
    readonly callVideo: (name: string) => string;
    readonly callAudio: (name: string) => string;
    readonly write: (name: string) => string;
    readonly gone: string;
    /** What else can be done about somebody. */
    readonly more: (name: string) => string;
    readonly notify: string;
    readonly notifyHint: string;
  };
  readonly chat: {
    readonly room: string;
    readonly thread: (name: string) => string;
    readonly back: string;
    readonly roomField: string;
    readonly threadField: (name: string) => string;
    readonly send: string;
    readonly offline: string;
    readonly roomEmpty: string;
    readonly threadEmpty: (name: string) => string;
    readonly you: string;
    readonly unread: (count: number) => string;
    readonly newFrom: (names: string) => string;
  };
  /** Who may ring. */
  readonly privacy: {
    readonly who: string;
    readonly choice: Record<WhoMayRing, string>;
    /** Only contacts may ring, and there are none. */
    readonly noContacts: string;
    /** Beside the own name. */
    readonly nobodyRings: string;
    readonly quiet: string;
    readonly quietHint: string;
    readonly addContact: string;
    readonly removeContact: string;
    readonly isContact: string;
    readonly block: string;
    readonly blockHint: string;
    readonly unblock: string;
    readonly unblockPerson: (name: string) => string;
    readonly isBlocked: string;
    readonly blocked: string;
    readonly blockedHint: string;
    readonly declineAndBlock: string;
  };
  readonly incoming: {
    readonly title: (name: string) => string;
    readonly video: string;
    readonly audio: string;
    readonly guest: string;
    readonly answer: string;
    readonly answerAudio: string;
    readonly decline: string;
    readonly silence: string;
    readonly silenced: string;
  };
  readonly call: {
    readonly region: (name: string) => string;
    readonly phase: Record<CallPhase, (name: string) => string>;
    readonly hangUp: string;
    readonly mute: string;
    readonly unmute: string;
    readonly cameraOff: string;
    readonly cameraOn: string;
    readonly chat: string;
    readonly hideChat: string;
    readonly peerMuted: (name: string) => string;
    readonly peerCameraOff: (name: string) => string;
    readonly remoteVideo: (name: string) => string;
    readonly ownVideo: string;
    readonly play: (name: string) => string;
    readonly talkTime: string;
  };
  readonly ended: {
    readonly talked: (time: string) => string;
    readonly again: string;
    readonly write: string;
    readonly close: string;
    readonly reason: Record<EndReason, (ending: Ending) => EndWords>;
  };
  readonly device: {
    readonly microphone: Record<DeviceProblem, string>;
    readonly camera: Record<DeviceProblem, string>;
    /** What this system lacks for calls. */
    readonly missing: {
      readonly title: string;
      readonly lost: Record<LostMedia, string>;
      /** Both sound and picture. */
      readonly lostAll: string;
      readonly packages: (names: string) => string;
      readonly command: string;
      readonly copyCommand: string;
      /** Where no command is known. */
      readonly byHand: string;
    };
    readonly unsupportedTitle: string;
    readonly unsupported: string;
  };
  /** More devices for one account. */
  readonly devices: {
    readonly title: string;
    /** On the sign-in screen. */
    readonly signIn: string;
    readonly add: {
      readonly title: string;
      readonly lead: string;
      readonly code: string;
      readonly submit: string;
      readonly warning: string;
      readonly confirm: string;
      readonly cancel: string;
      readonly done: string;
      readonly copy: string;
      readonly qr: string;
    };
    readonly join: {
      readonly title: string;
      readonly lead: string;
      readonly copy: string;
      readonly qr: string;
      readonly link: string;
      readonly hint: string;
      readonly submit: string;
    };
    readonly linked: {
      readonly lead: string;
      readonly separate: string;
      readonly hint: string;
    };
    readonly refused: Record<DeviceRefusal, string>;
  };
  readonly notice: {
    readonly refused: Record<CallRefusal, string>;
    readonly listFull: string;
    readonly nameInvalid: string;
    readonly notSent: string;
    readonly error: Record<ErrorCode, string>;
  };
  /** Whom one speaks with, and who else could listen. */
  readonly security: {
    readonly chip: Record<Trust, string>;
    /** One sentence. */
    readonly note: Record<Trust, (name: string) => string>;
    readonly trustKey: string;
    readonly details: string;
    /** Names of the pictures, in their order. */
    readonly pictures: readonly string[];
    readonly compare: {
      readonly title: string;
      readonly lead: (name: string) => string;
      readonly waiting: string;
      readonly guest: string;
      readonly same: string;
      readonly different: string;
      readonly alarm: (name: string) => string;
      readonly verified: (name: string) => string;
      readonly close: string;
    };
    readonly person: {
      readonly open: (name: string) => string;
      readonly title: (name: string) => string;
      readonly lead: (name: string) => string;
      readonly verify: string;
      readonly unverify: string;
      readonly forget: (name: string) => string;
      readonly forgetHint: string;
    };
    readonly link: {
      readonly title: string;
      readonly lead: string;
      readonly copy: string;
      readonly qr: string;
      readonly add: string;
      readonly submit: string;
      readonly invalid: string;
      readonly elsewhere: (server: string) => string;
    };
    readonly notice: {
      readonly refused: (name: string) => string;
      readonly version: (name: string) => string;
      readonly keyChanged: (name: string) => string;
    };
  };
  readonly title: {
    readonly ringing: (name: string) => string;
  };
}
