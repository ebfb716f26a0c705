/**
 * The page behind the tests of the media engine in a real browser: two engines that hear each
 * other, or one and a page of the tutorial. No part of the product.
 */
import type { MediaAction } from "../../generated/app";
import type { Media } from "../../generated/protocol";
import type { End, EndView } from "./end";
import { GuestCall, type GuestCallOptions } from "./guestCall";
import { Pair, type CallOptions } from "./pair";
import { Probe, type DeviceFaults } from "./probe";

declare global {
  interface Window {
    readonly harness: Harness;
  }
}

type Name = "caller" | "callee";

/** What a test can do; everything that goes in or comes out is JSON. */
export class Harness {
  readonly #probe = new Probe();
  #call: Pair | null = null;
  #guestCall: GuestCall | null = null;

  fault(faults: Partial<DeviceFaults>): void {
    Object.assign(this.#probe.faults, faults);
  }

  /** Starts both ends of a new call at the same time. */
  call(options: CallOptions = {}): void {
    this.dispose();
    this.#call = new Pair(this.#probe, options);
  }

  callGuest(options: GuestCallOptions): void {
    this.dispose();
    this.#guestCall = new GuestCall(this.#probe, options);
  }

  async view(): Promise<Record<Name, EndView>> {
    const { caller, callee } = this.#pair;
    return { caller: await caller.view(), callee: await callee.view() };
  }

  async viewGuest(): Promise<{
    end: EndView;
    guest: Awaited<ReturnType<GuestCall["guest"]["view"]>>;
    connections: number;
  }> {
    const { end, guest } = this.#withGuest;
    return { end: await end.view(), guest: await guest.view(), connections: guest.connections };
  }

  order(name: Name | "end", action: MediaAction): void {
    this.#end(name).order(action);
  }

  setSending(name: Name | "end", media: Media): void {
    this.#end(name).engine.setSending(media);
  }

  lose(name: Name, descriptions: number): void {
    this.#pair.lose(name, descriptions);
  }

  /** Changes what one end sends behind its engine's back, as another program at that end might. */
  redirect(name: Name, kind: "audio" | "video", direction: RTCRtpTransceiverDirection): void {
    for (const transceiver of this.#pair[name].connection?.getTransceivers() ?? []) {
      if (transceiver.receiver.track.kind === kind) transceiver.direction = direction;
    }
  }

  /** Takes a device away from the newest call, as if its plug were pulled. */
  unplug(kind: "audio" | "video"): void {
    for (const track of this.#probe.live().filter((each) => each.kind === kind)) {
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }
  }

  plug(): void {
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
  }

  /** Hides that there are devices, from `enumerateDevices` only. */
  hideDevices(hidden: boolean): void {
    const devices = navigator.mediaDevices;
    if (hidden) devices.enumerateDevices = () => Promise.resolve([]);
    else Reflect.deleteProperty(devices, "enumerateDevices");
  }

  get captures(): number {
    return this.#probe.captures;
  }

  get liveTracks(): string[] {
    return this.#probe.live().map((track) => track.kind);
  }

  get openConnections(): number {
    return this.#probe.open().length;
  }

  /** Stops both ends and measures until nothing is captured or connected any more. */
  async stop(hangUp?: Name): Promise<{ tracks: number; connections: number }> {
    const before = performance.now();
    if (hangUp) this.order(hangUp, { kind: "hangUp" });
    this.#pair.stop();
    return this.#quiet(before);
  }

  /** Ends the call on one end only, and measures until that has closed its connection. */
  async hangUpAndStop(name: Name): Promise<number> {
    const connection = this.#pair[name].connection;
    const before = performance.now();
    this.order(name, { kind: "hangUp" });
    this.order(name, { kind: "stop" });
    while (connection?.signalingState !== "closed") await pause(1);
    return performance.now() - before;
  }

  dispose(): void {
    this.#call?.dispose();
    this.#guestCall?.dispose();
    this.#call = null;
    this.#guestCall = null;
  }

  async #quiet(before: number): Promise<{ tracks: number; connections: number }> {
    while (this.#probe.live().length > 0) await pause(1);
    const tracks = performance.now() - before;
    while (!this.#probe.isQuiet) await pause(1);
    return { tracks, connections: performance.now() - before };
  }

  #end(name: Name | "end"): End {
    return name === "end" ? this.#withGuest.end : this.#pair[name];
  }

  get #pair(): Pair {
    if (!this.#call) throw new Error("no call");
    return this.#call;
  }

  get #withGuest(): GuestCall {
    if (!this.#guestCall) throw new Error("no call with a guest");
    return this.#guestCall;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Object.assign(window, { harness: new Harness() });
