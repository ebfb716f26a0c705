import type { Line, LinkView } from "../generated/app";
import type { Host } from "../host/host";
import { Model } from "./model";

/** As many lines as the core keeps; older ones are forgotten. */
const LINES_MAX = 500;
/** How many sent texts are remembered, to give one back to where it was typed. */
const SENT_MAX = 50;

/** The public room, or the private thread with one person. */
export type Place = { readonly kind: "room" } | { readonly kind: "person"; readonly name: string };

export const ROOM: Place = { kind: "room" };

export interface Thread {
  readonly lines: readonly Line[];
  /** How many lines of others came while nobody looked. */
  readonly unread: number;
  /** What is typed and not sent yet. */
  readonly draft: string;
}

export interface ChatView {
  readonly room: Thread;
  /** By the other one's name. */
  readonly threads: ReadonlyMap<string, Thread>;
}

const EMPTY: Thread = { lines: [], unread: 0, draft: "" };

/** What was said in the public room and in private. */
export class Chat extends Model<ChatView> {
  readonly #host: Host;
  readonly #ownNames = new Set<string>();
  /** How many screens show a place. */
  readonly #shown = new Map<string, number>();
  #sent: { readonly place: Place; readonly text: string }[] = [];

  constructor(host: Host) {
    super({ room: EMPTY, threads: new Map() });
    this.#host = host;
  }

  thread(place: Place): Thread {
    return place.kind === "room" ? this.view.room : (this.view.threads.get(place.name) ?? EMPTY);
  }

  isOwn(line: Line): boolean {
    return this.#ownNames.has(line.from);
  }

  /** Sends what is typed at a place. */
  send(place: Place): void {
    const text = this.thread(place).draft.trim();
    if (text === "") {
      return;
    }
    this.#sent = [...this.#sent, { place, text }].slice(-SENT_MAX);
    this.type(place, "");
    this.#host.dispatch(
      place.kind === "room" ? { kind: "chat", text } : { kind: "text", to: place.name, text },
    );
  }

  type(place: Place, draft: string): void {
    this.#set(place, { ...this.thread(place), draft });
  }

  /** Says that a place is in sight, so that its lines count as read; returns how to end that. */
  look(place: Place): () => void {
    const key = keyOf(place);
    this.#shown.set(key, (this.#shown.get(key) ?? 0) + 1);
    if (this.thread(place).unread > 0) {
      this.#set(place, { ...this.thread(place), unread: 0 });
    }
    return () => {
      this.#shown.set(key, (this.#shown.get(key) ?? 1) - 1);
    };
  }

  applyLink(link: LinkView): void {
    if (link.phase === "signedOut") {
      this.#ownNames.clear();
      this.#sent = [];
      this.show({ room: EMPTY, threads: new Map() });
    } else {
      this.#ownNames.add(link.name);
    }
  }

  /** The lines of before this UI started: already read. */
  applyHistory(lines: readonly Line[]): void {
    for (const line of lines) {
      this.#append(line, false);
    }
  }

  applyLine(line: Line): void {
    this.#append(line, true);
  }

  /** Gives a text that was not sent back to where it was typed. */
  giveBack(text: string): void {
    const index = this.#sent.findIndex((sent) => sent.text === text);
    const [sent] = index < 0 ? [] : this.#sent.splice(index, 1);
    if (sent !== undefined) {
      const { draft } = this.thread(sent.place);
      this.type(sent.place, draft === "" ? text : `${text} ${draft}`);
    }
  }

  #append(line: Line, counts: boolean): void {
    const own = this.isOwn(line);
    const place = this.#placeOf(line, own);
    const thread = this.thread(place);
    if (thread.lines.some((known) => isSame(known, line))) {
      return;
    }
    if (own) {
      const index = this.#sent.findIndex((sent) => sent.text === line.text);
      if (index >= 0) {
        this.#sent.splice(index, 1);
      }
    }
    const seen = own || !counts || (this.#shown.get(keyOf(place)) ?? 0) > 0;
    this.#set(place, {
      ...thread,
      lines: [...thread.lines, line].slice(-LINES_MAX),
      unread: seen ? thread.unread : thread.unread + 1,
    });
  }

  #placeOf(line: Line, own: boolean): Place {
    if (line.to === null) {
      return ROOM;
    }
    return { kind: "person", name: own ? line.to : line.from };
  }

  #set(place: Place, thread: Thread): void {
    if (place.kind === "room") {
      this.show({ ...this.view, room: thread });
      return;
    }
    const threads = new Map(this.view.threads);
    threads.set(place.name, thread);
    this.show({ ...this.view, threads });
  }
}

/** The same line can come twice: in the snapshot and as an event. */
function isSame(a: Line, b: Line): boolean {
  return a.at === b.at && a.from === b.from && a.to === b.to && a.text === b.text;
}

function keyOf(place: Place): string {
  return place.kind === "room" ? "room" : `person ${place.name}`;
}
