import { expect, test } from "vitest";
import type { SessionDescription } from "./sessionDescription";
import { PeerConnection } from "./peerConnection";
import { PeerConnectionIceEvent } from "./events";
import { useFakeEngine, type FakeEngine } from "./testing/fakeEngine";
import { fakeStream, fakeTrack } from "./testing/fakeMedia";

type Signal =
  { readonly description: SessionDescription } | { readonly candidate: RTCIceCandidateInit | null };

test("both ends offer at once, a hundred times", async () => {
  let collisions = 0;
  for (let seed = 1; seed <= 100; seed += 1) {
    const engine = useFakeEngine();
    const random = seeded(seed);
    const [polite, impolite] = pair(random);
    // At the same moment: the offers cross.
    act(polite, 0, random);
    act(impolite, 0, random);
    await quiet(polite, impolite);
    expectAgreement(polite, impolite, engine, seed);
    // Again, now that there is something to change.
    act(impolite, 1, random);
    act(polite, 1, random);
    if (random() < 0.5) polite.connection.restartIce();
    if (random() < 0.5) impolite.connection.restartIce();
    await quiet(polite, impolite);
    expectAgreement(polite, impolite, engine, seed);
    collisions += polite.collisions + impolite.collisions;
    polite.connection.close();
    impolite.connection.close();
  }
  expect(collisions).toBeGreaterThan(100);
}, 60_000);

test("the polite end takes its offer back and offers again", async () => {
  useFakeEngine();
  const [polite, impolite] = pair(seeded(7));
  const states: string[] = [];
  polite.connection.addEventListener("signalingstatechange", () => {
    states.push(polite.connection.signalingState);
  });
  polite.connection.addTrack(fakeTrack("audio"), fakeStream());
  impolite.connection.addTrack(fakeTrack("video"), fakeStream());
  await quiet(polite, impolite);
  expect(states.slice(0, 4)).toEqual(["have-local-offer", "stable", "have-remote-offer", "stable"]);
  const kinds = polite.connection.getTransceivers().map((each) => each.receiver.track.kind);
  expect(kinds.sort()).toEqual(["audio", "video"]);
  expect(polite.errors).toEqual([]);
  expect(impolite.errors).toEqual([]);
});

/** Perfect negotiation as W3C WebRTC, section 10.7 writes it. */
class End {
  readonly connection = new PeerConnection({ bundlePolicy: "max-bundle" });
  readonly errors: unknown[] = [];
  readonly #polite: boolean;
  readonly #delay: () => number;
  #makingOffer = false;
  #ignoring = false;
  #settingAnswer = false;
  #incoming = Promise.resolve();
  underWay = 0;
  collisions = 0;
  other: End | null = null;

  constructor(polite: boolean, delay: () => number) {
    this.#polite = polite;
    this.#delay = delay;
    this.connection.addEventListener("negotiationneeded", () => {
      void this.#offer();
    });
    this.connection.addEventListener("icecandidate", (event) => {
      if (!(event instanceof PeerConnectionIceEvent)) throw new Error("another event");
      this.#send({ candidate: event.candidate?.toJSON() ?? null });
    });
  }

  get isBusy(): boolean {
    return this.underWay > 0 || this.#makingOffer || this.connection.signalingState !== "stable";
  }

  async #offer(): Promise<void> {
    try {
      this.#makingOffer = true;
      await this.connection.setLocalDescription();
      this.#sendDescription();
    } catch (error) {
      this.errors.push(error);
    } finally {
      this.#makingOffer = false;
    }
  }

  #sendDescription(): void {
    const description = this.connection.localDescription;
    if (description) this.#send({ description });
  }

  #send(signal: Signal): void {
    const { other } = this;
    if (!other) return;
    other.underWay += 1;
    other.#incoming = other.#incoming
      .then(() => new Promise((resolve) => setTimeout(resolve, this.#delay())))
      .then(() => other.#receive(signal))
      .catch((error: unknown) => {
        other.errors.push(error);
      })
      .finally(() => {
        other.underWay -= 1;
      });
  }

  async #receive(signal: Signal): Promise<void> {
    const { connection } = this;
    if ("candidate" in signal) {
      try {
        await connection.addIceCandidate(signal.candidate);
      } catch (error) {
        if (!this.#ignoring) throw error;
      }
      return;
    }
    const { description } = signal;
    const ready =
      !this.#makingOffer && (connection.signalingState === "stable" || this.#settingAnswer);
    const collision = description.type === "offer" && !ready;
    if (collision) this.collisions += 1;
    this.#ignoring = !this.#polite && collision;
    if (this.#ignoring) return;
    this.#settingAnswer = description.type === "answer";
    await connection.setRemoteDescription(description);
    this.#settingAnswer = false;
    if (description.type !== "offer") return;
    await connection.setLocalDescription();
    this.#sendDescription();
  }
}

function pair(random: () => number): [End, End] {
  const delay = (): number => (random() < 0.5 ? 0 : Math.floor(random() * 3));
  const polite = new End(true, delay);
  const impolite = new End(false, delay);
  polite.other = impolite;
  impolite.other = polite;
  return [polite, impolite];
}

function act({ connection }: End, id: number, random: () => number): void {
  const choice = random();
  const kind = random() < 0.5 ? "audio" : "video";
  if (choice < 0.5) connection.addTrack(fakeTrack(kind), fakeStream());
  else if (choice < 0.7) connection.addTransceiver(kind, { direction: "recvonly" });
  else if (choice < 0.85) connection.createDataChannel("x", { negotiated: true, id });
  else connection.getTransceivers()[0]?.stop();
  if (connection.getTransceivers().length === 0) connection.addTransceiver("audio");
}

async function quiet(...ends: End[]): Promise<void> {
  let calm = 0;
  for (let turn = 0; turn < 4_000 && calm < 8; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 0));
    calm = ends.some(({ isBusy }) => isBusy) ? 0 : calm + 1;
  }
  const states = ends.map(({ connection, errors }) => [connection.signalingState, ...errors]);
  expect(calm, states.join(" ")).toBe(8);
}

function expectAgreement(polite: End, impolite: End, engine: FakeEngine, seed: number): void {
  const label = `seed ${seed}`;
  expect(polite.errors, label).toEqual([]);
  expect(impolite.errors, label).toEqual([]);
  const lines = ({ connection }: End): unknown[] =>
    connection
      .getTransceivers()
      .map(({ mid, currentDirection }) => [mid, currentDirection])
      .sort();
  const mirrored = lines(impolite).map((line) => {
    const [mid, direction] = line as [string, string];
    const swap: Record<string, string> = { sendonly: "recvonly", recvonly: "sendonly" };
    return [mid, swap[direction] ?? direction];
  });
  expect(lines(polite), label).toEqual(mirrored);
  expect(
    lines(polite).every((line) => (line as unknown[])[0] !== null),
    label,
  ).toBe(true);
  expect(mids(polite.connection.localDescription), label).toEqual(
    mids(impolite.connection.remoteDescription),
  );
  // Where anything was agreed on, the engines know each other's newest credentials.
  const [one, other] = engine.connections;
  if (one?.applied) expect(engine.peerOf(one), label).toBe(other);
}

function mids(description: SessionDescription | null): string[] {
  return (description?.sdp.match(/^a=mid:.*$/gm) ?? []).map((line) => line.trim());
}

/** Mulberry32. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
