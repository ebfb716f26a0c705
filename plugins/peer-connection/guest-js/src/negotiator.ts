import type { EngineConnection, EngineLine } from "./bridge";
import type { Channels } from "./channels";
import { Descriptions, type Description } from "./descriptions";
import { invalidAccess, invalidModification, invalidState } from "./errors";
import type { Gatherer } from "./gatherer";
import { theHost } from "./host";
import { createAnswer } from "./jsep/answer";
import { NumberTable } from "./jsep/codecs";
import { sends } from "./jsep/direction";
import { isHarmlessEdit } from "./jsep/edits";
import { isNegotiationNeeded } from "./jsep/needed";
import { createOffer, type DataLine, type LineUse } from "./jsep/offer";
import { writeSdp } from "./jsep/sdp";
import type { Origin, Transport } from "./jsep/sections";
import { invert, toDtlsSetup, type DtlsSetup } from "./jsep/setup";
import { agreedLines, syntheticOffer, type AgreedLine } from "./jsep/synthetic";
import {
  bundleTag,
  iceOf,
  readDescription,
  type DescriptionView,
  type IceCredentials,
  type MediaView,
  type Setup,
} from "./jsep/view";
import { RemoteCandidates } from "./remoteCandidates";
import { readRemote } from "./remoteDescription";
import { nextTask } from "./tasks";
import type { TransceiverCore } from "./transceiverCore";
import { Effects, type TransceiverSet } from "./transceiverSet";
import type { TransportSet } from "./transports";

export interface NegotiatorPort {
  readonly engine: EngineConnection;
  readonly fingerprint: Promise<string>;
  readonly transceivers: TransceiverSet;
  readonly channels: Channels;
  readonly gatherer: Gatherer;
  readonly transports: TransportSet;
  readonly requiresMux: boolean;
  isClosed(): boolean;
  /** The engine got a candidate of the other end. */
  readonly candidateUsed: () => void;
  /** A description with data channels was set. */
  dataDescribed(line: number): void;
  readonly fire: (event: Event) => void;
  /** An answer was set, be it a provisional one. */
  agreed(lines: readonly AgreedLine[]): void;
  /** The state is `stable` again. */
  becameStable(): void;
}

/** What `createOffer` and `createAnswer` made, until a description is set. */
interface Made {
  readonly sdp: string;
  readonly ice: IceCredentials;
  /** Of an offer. */
  readonly lines: readonly LineUse[];
  readonly sources: readonly TransceiverCore[];
}

/**
 * Offer and answer (RFC 8829, section 3.2). Each method is one operation of the connection's chain.
 *
 *     stable ── local offer ──> have-local-offer ── remote answer, rollback ──> stable
 *     stable ── remote offer ─> have-remote-offer ─ local answer, rollback ───> stable
 *
 * A provisional answer leads from either to a state of its own, which an answer ends.
 */
export class Negotiator {
  readonly descriptions = new Descriptions();
  readonly remoteCandidates: RemoteCandidates;
  readonly #port: NegotiatorPort;
  readonly #numbers = new NumberTable();
  readonly #originId = `${crypto.getRandomValues(new Uint32Array(1))[0] ?? 1}${Date.now() % 1e8}`;
  #version = 1;
  #nextMid = 0;
  #state: Exclude<RTCSignalingState, "closed"> = "stable";
  #lastOffer: Made | null = null;
  #lastAnswer: Made | null = null;
  #data: DataLine | null = null;
  #stableData: DataLine | null = null;
  /** Credentials that an offer is to replace. */
  #replace = new Set<string>();
  #isControlling: boolean | null = null;
  #remoteSetup: DtlsSetup | null = null;
  /** What the engine has last been told. */
  #remoteUfrag: string | null = null;

  constructor(port: NegotiatorPort) {
    this.#port = port;
    this.remoteCandidates = new RemoteCandidates(port.engine, port.candidateUsed);
  }

  get state(): Exclude<RTCSignalingState, "closed"> {
    return this.#state;
  }

  get isControlling(): boolean | null {
    return this.#isControlling;
  }

  restartIce(): void {
    const { currentLocal, pendingLocal } = this.descriptions;
    for (const description of [currentLocal, pendingLocal]) {
      const ice = description && iceOf(description.view);
      if (ice) this.#replace.add(ice.ufrag);
    }
  }

  get isNeeded(): boolean {
    const { currentLocal, currentRemote } = this.descriptions;
    return isNegotiationNeeded({
      local: currentLocal?.view ?? null,
      localType: currentLocal?.type === "answer" ? "answer" : currentLocal && "offer",
      remote: currentRemote?.view ?? null,
      restartIce: this.#replace.size > 0,
      wantsData: this.#wantsData,
      transceivers: this.#port.transceivers.all.map(({ need }) => need),
    });
  }

  async createOffer(restart: boolean): Promise<string> {
    if (!this.#canOffer) throw invalidState("An offer waits for an answer.");
    this.#lastOffer = await this.#makeOffer(restart);
    return this.#lastOffer.sdp;
  }

  async createAnswer(): Promise<string> {
    this.#lastAnswer = await this.#makeAnswer();
    return this.#lastAnswer.sdp;
  }

  async setLocal(given?: RTCLocalSessionDescriptionInit): Promise<void> {
    const type = given?.type ?? (this.#canAnswer ? "answer" : "offer");
    const sdp = given?.sdp ?? "";
    switch (type) {
      case "rollback":
        return this.#explicitRollback();
      case "offer": {
        if (!this.#canOffer) throw this.#wrongState(type);
        if (sdp === "") return this.#setLocalOffer(await this.#makeOffer(false));
        return this.#setLocalOffer(asGiven(this.#lastOffer, sdp, type));
      }
      case "pranswer":
      case "answer": {
        if (!this.#canAnswer) throw this.#wrongState(type);
        if (sdp === "") return this.#setLocalAnswer(await this.#makeAnswer(), type);
        return this.#setLocalAnswer(asGiven(this.#lastAnswer, sdp, type), type);
      }
    }
  }

  async setRemote({ type, sdp = "" }: RTCSessionDescriptionInit): Promise<void> {
    switch (type) {
      case "rollback":
        return this.#explicitRollback();
      case "offer": {
        const isGlare = this.#state === "have-local-offer";
        if (!isGlare && this.#state !== "stable" && this.#state !== "have-remote-offer") {
          throw this.#wrongState(type);
        }
        const view = readRemote(sdp, this.#port.requiresMux);
        // The polite end takes its own offer back (W3C WebRTC, section 4.4.1.5).
        if (isGlare) await this.#rollback();
        return this.#setRemoteOffer(view);
      }
      case "pranswer":
      case "answer":
        if (this.#state !== "have-local-offer" && this.#state !== "have-remote-pranswer") {
          throw this.#wrongState(type);
        }
        return this.#setRemoteAnswer(readRemote(sdp, this.#port.requiresMux), type);
    }
  }

  async #setLocalOffer(made: Made): Promise<void> {
    const { transceivers, gatherer, transports } = this.#port;
    const view = readDescription(made.sdp);
    if (!(await this.#inTask())) return;
    if (this.#state === "stable") this.#keepStable();
    transceivers.place(made.lines, made.sources);
    made.lines.forEach(({ use, mid }, line) => {
      if (use === "data") this.#data = { mid, line };
    });
    this.descriptions.pendingLocal = { type: "offer", view };
    const used = view.media.flatMap(({ rejected }, line) => (rejected ? [] : [line]));
    transports.offered(used);
    if (this.#data) this.#port.dataDescribed(this.#data.line);
    this.#enter("have-local-offer");
    if (used.length > 0) gatherer.use(made.ice);
  }

  async #setLocalAnswer(made: Made, type: "answer" | "pranswer"): Promise<void> {
    const remote = this.descriptions.pendingRemote;
    if (!remote) throw this.#wrongState(type);
    const local: Description = { type, view: readDescription(made.sdp) };
    const lines = await this.#apply(local.view, remote.view, "local", made.ice);
    if (!(await this.#inTask())) return;
    if (type === "answer") {
      this.#settle(local, remote, lines, "local");
    } else {
      this.descriptions.pendingLocal = local;
      this.#provide(remote, lines, "local");
    }
    if (lines.some(({ rejected }) => !rejected)) this.#port.gatherer.use(made.ice);
  }

  async #setRemoteOffer(view: DescriptionView): Promise<void> {
    const { transceivers } = this.#port;
    const current = this.descriptions.currentRemote?.view;
    if (current && current.media.length > view.media.length) {
      throw invalidAccess("The offer has fewer m-lines than the one before.");
    }
    if (!(await this.#inTask())) return;
    if (this.#state === "stable") this.#keepStable();
    for (const { codecs, extensions } of view.media) this.#numbers.learn(codecs, extensions);
    const effects = transceivers.remoteOffer(view);
    const data = view.media.findIndex((media) => media.kind === "application" && !media.rejected);
    if (data >= 0) this.#data = { mid: view.media[data]?.mid ?? "", line: data };
    this.descriptions.pendingRemote = { type: "offer", view };
    this.#enter("have-remote-offer");
    effects.fire(this.#port.fire);
  }

  async #setRemoteAnswer(view: DescriptionView, type: "answer" | "pranswer"): Promise<void> {
    const local = this.descriptions.pendingLocal;
    if (!local) throw this.#wrongState(type);
    const isSame = view.media.every(({ kind }, line) => local.view.media[line]?.kind === kind);
    if (view.media.length !== local.view.media.length || !isSame) {
      throw invalidAccess("The m-lines of the answer are not those of the offer.");
    }
    if (view.media.some((media, line) => renumbers(media, local.view.media[line]))) {
      throw invalidAccess("The answer gives an extension the number of another.");
    }
    const lines = await this.#apply(local.view, view, "remote", iceOf(local.view));
    if (!(await this.#inTask())) return;
    const remote: Description = { type, view };
    if (type === "answer") {
      this.#settle(local, remote, lines, "remote");
    } else {
      this.descriptions.pendingRemote = remote;
      this.#provide(remote, lines, "remote");
    }
  }

  /** Tells the engine what both descriptions agree on. */
  async #apply(
    local: DescriptionView,
    remote: DescriptionView,
    answer: "local" | "remote",
    ice: IceCredentials | null,
  ): Promise<readonly AgreedLine[]> {
    const lines = agreedLines(local, remote, answer, theHost().codecs);
    // With nothing left to carry there is no transport to speak of.
    if (!ice || lines.every(({ rejected }) => rejected)) return lines;
    const setup =
      answer === "local"
        ? invert(bundleTag(local)?.media.setup ?? "active")
        : toDtlsSetup(bundleTag(remote)?.media.setup);
    this.#version += 1;
    const offer = syntheticOffer(this.#origin, remote, lines, setup);
    if (offer === null) throw invalidAccess("The description has no credentials or fingerprint.");
    this.#isControlling ??= answer === "remote" || remote.iceLite;
    await this.#port.engine.request("apply", {
      controlling: this.#isControlling,
      ufrag: ice.ufrag,
      pwd: ice.pwd,
      offer,
      lines: lines.filter(({ rejected }) => !rejected).map((line) => this.#toEngineLine(line)),
    });
    this.#remoteSetup = setup;
    const theirs = iceOf(remote);
    if (theirs) {
      remote.media.forEach(({ candidates, ice: own, endOfCandidates }) => {
        const ufrag = own?.ufrag ?? theirs.ufrag;
        for (const candidate of candidates) this.remoteCandidates.add(candidate, ufrag);
        if (endOfCandidates) this.remoteCandidates.add("", ufrag);
      });
      this.remoteCandidates.activate(theirs.ufrag);
      this.#remoteUfrag = theirs.ufrag;
    }
    return lines;
  }

  /** A provisional answer: media may flow, and nothing is final (RFC 8829, section 4.1.10.1). */
  #provide(remote: Description, lines: readonly AgreedLine[], answer: "local" | "remote"): void {
    const effects = this.#agree(remote, lines, answer, false);
    this.#enter(answer === "local" ? "have-local-pranswer" : "have-remote-pranswer");
    effects.fire(this.#port.fire);
  }

  #settle(
    local: Description,
    remote: Description,
    lines: readonly AgreedLine[],
    answer: "local" | "remote",
  ): void {
    this.descriptions.settle(local, remote);
    const effects = this.#agree(remote, lines, answer, true);
    const ufrag = iceOf(local.view)?.ufrag;
    if (ufrag === undefined || !this.#replace.has(ufrag)) this.#replace.clear();
    if (lines.every(({ rejected }) => rejected)) this.#port.gatherer.back(null);
    this.#lastOffer = null;
    this.#lastAnswer = null;
    this.#becomeStable(effects);
  }

  #agree(
    remote: Description,
    lines: readonly AgreedLine[],
    answer: "local" | "remote",
    isFinal: boolean,
  ): Effects {
    const { transceivers, transports } = this.#port;
    if (answer === "remote") {
      for (const { codecs, extensions } of remote.view.media) {
        this.#numbers.learn(codecs, extensions);
      }
    }
    transports.agreed(lines.flatMap(({ line, rejected }) => (rejected ? [] : [line])));
    const effects = transceivers.agreed(lines, remote.view, answer, isFinal);
    transceivers.runMedia();
    this.#port.agreed(lines);
    return effects;
  }

  async #explicitRollback(): Promise<void> {
    if (this.#state !== "have-local-offer" && this.#state !== "have-remote-offer") {
      throw this.#wrongState("rollback");
    }
    await this.#rollback();
  }

  async #rollback(): Promise<void> {
    if (!(await this.#inTask())) return;
    const { currentLocal, pendingLocal } = this.descriptions;
    const effects = this.#port.transceivers.rollback();
    this.#port.transports.rollback();
    this.#data = this.#stableData;
    this.descriptions.dropPending();
    this.remoteCandidates.drop();
    if (pendingLocal) this.#port.gatherer.back(currentLocal && iceOf(currentLocal.view));
    this.#becomeStable(effects);
  }

  #becomeStable(effects: Effects): void {
    this.#state = "stable";
    this.#port.becameStable();
    this.#port.fire(new Event("signalingstatechange"));
    effects.fire(this.#port.fire);
  }

  #enter(state: Exclude<RTCSignalingState, "closed" | "stable">): void {
    const before = this.#state;
    this.#state = state;
    if (before !== state) this.#port.fire(new Event("signalingstatechange"));
  }

  #keepStable(): void {
    this.#port.transceivers.keepStable();
    this.#port.transports.keepStable();
    this.#stableData = this.#data;
  }

  async #makeOffer(restart: boolean): Promise<Made> {
    const { transceivers, gatherer } = this.#port;
    const fingerprint = await this.#port.fingerprint;
    const used = this.descriptions.currentLocal && iceOf(this.descriptions.currentLocal.view);
    const wantsNew = used !== null && (restart || this.#replace.has(used.ufrag));
    const ice = gatherer.credentials(wantsNew);
    const sources = [...transceivers.all];
    const { currentLocal, currentRemote } = this.descriptions;
    this.#version += 1;
    const offer = createOffer({
      origin: this.#origin,
      transport: { ice, fingerprint, setup: "actpass" },
      sources: sources.map(({ source }) => source),
      data: this.#data,
      wantsData: this.#wantsData,
      local: currentLocal?.view ?? null,
      remote: currentRemote?.view ?? null,
      numbers: this.#numbers,
      newMid: () => this.#newMid(),
    });
    return { sdp: writeSdp(offer.text), ice, lines: offer.lines, sources };
  }

  async #makeAnswer(): Promise<Made> {
    const { transceivers, gatherer } = this.#port;
    const { pendingRemote } = this.descriptions;
    if (!pendingRemote || !this.#canAnswer) throw this.#wrongState("answer");
    const fingerprint = await this.#port.fingerprint;
    const offer = pendingRemote.view;
    const isRestart = this.#remoteUfrag !== null && this.#remoteUfrag !== iceOf(offer)?.ufrag;
    const ice = gatherer.credentials(isRestart);
    const setup = this.#answerSetup(bundleTag(offer)?.media.setup ?? "actpass");
    const transport: Transport = { ice, fingerprint, setup };
    this.#version += 1;
    const sources = offer.media.map((_, line) => transceivers.byLine(line)?.source ?? null);
    const text = createAnswer({ origin: this.#origin, transport, offer, sources });
    return { sdp: writeSdp(text), ice, lines: [], sources: [] };
  }

  /** RFC 8842, section 5.3: who was the client stays it. */
  #answerSetup(offered: Setup): DtlsSetup {
    if (offered !== "actpass") return invert(offered);
    return this.#remoteSetup ? invert(this.#remoteSetup) : "active";
  }

  #toEngineLine({ line, mid, kind, direction, codecs }: AgreedLine): EngineLine {
    const core = this.#port.transceivers.byLine(line);
    const codec = codecs[0];
    if (!core || !codec || !sends(direction)) return { line, mid, kind };
    const rtx = codec.rtx === null ? {} : { rtx: core.rtxSsrc };
    return { line, mid, kind, ssrc: core.ssrc, ...rtx, sendPt: codec.payloadType };
  }

  /** False where the connection was closed meanwhile: then nothing happens any more. */
  async #inTask(): Promise<boolean> {
    await nextTask();
    return !this.#port.isClosed();
  }

  #newMid(): string {
    const { currentLocal, pendingLocal, currentRemote, pendingRemote } = this.descriptions;
    const used = new Set(
      [currentLocal, pendingLocal, currentRemote, pendingRemote].flatMap(
        (description) => description?.view.media.map(({ mid }) => mid) ?? [],
      ),
    );
    while (used.has(`${this.#nextMid}`)) this.#nextMid += 1;
    const mid = `${this.#nextMid}`;
    this.#nextMid += 1;
    return mid;
  }

  get #origin(): Origin {
    return { id: this.#originId, version: this.#version };
  }

  get #wantsData(): boolean {
    return this.#port.channels.all.length > 0;
  }

  get #canOffer(): boolean {
    return this.#state === "stable" || this.#state === "have-local-offer";
  }

  get #canAnswer(): boolean {
    return this.#state === "have-remote-offer" || this.#state === "have-local-pranswer";
  }

  #wrongState(type: RTCSdpType): DOMException {
    return invalidState(`A description of type ${type} cannot be set in state ${this.#state}.`);
  }
}

/** RFC 8285, section 6: an answer keeps the numbers of the offer. */
function renumbers({ extensions }: MediaView, offered: MediaView | undefined): boolean {
  return extensions.some(({ id, uri }) => {
    const known = offered?.extensions.find((each) => each.id === id);
    return known !== undefined && known.uri !== uri;
  });
}

/** What was created, in the words in which the page sets it. */
function asGiven(made: Made | null, sdp: string, type: RTCSdpType): Made {
  if (made?.sdp === sdp) return made;
  if (made && isHarmlessEdit(sdp, made.sdp)) return { ...made, sdp };
  throw invalidModification(`This is not the last ${type} that was created.`);
}
