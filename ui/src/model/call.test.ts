import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CallPhase, CallView } from "../generated/app";
import { FakeHost } from "../host/fake";
import { Call } from "./call";
import { toneOf } from "./ringing";

let call: Call;

beforeEach(() => {
  performance.clearMarks();
  vi.useFakeTimers();
  call = new Call(new FakeHost(), true);
});

afterEach(() => {
  call.apply({ call: null, security: null });
  vi.useRealTimers();
});

test("the clocks run on from where the core's view stood", () => {
  call.apply({
    call: view("active", { phaseElapsedMs: 500, talkElapsedMs: 61_500 }),
    security: null,
  });
  expect(call.view).toMatchObject({ phaseSeconds: 0, talkSeconds: 61 });

  vi.advanceTimersByTime(1_000);
  expect(call.view).toMatchObject({ phaseSeconds: 1, talkSeconds: 62 });
});

test("a listener hears of the clock once a second", () => {
  call.apply({ call: view("active", { talkElapsedMs: 0 }), security: null });
  const heard = vi.fn();
  call.subscribe(heard);
  vi.advanceTimersByTime(3_000);

  expect(heard).toHaveBeenCalledTimes(1 + 3);
});

test("after the end the clock stands at the talk time, and no timer runs", () => {
  call.apply({ call: view("active", { talkElapsedMs: 1_000 }), security: null });
  call.apply({
    call: view("ended", { end: { reason: "hung_up", by: "peer", talkMs: 5_400 } }),
    security: null,
  });

  expect(call.view?.talkSeconds).toBe(5);
  expect(vi.getTimerCount()).toBe(0);
});

test("each stage is marked once, and a new call forgets the marks of the last", () => {
  vi.useRealTimers();
  call.apply({ call: view("dialing"), security: null });
  call.apply({ call: view("connecting"), security: null });
  call.markFirstFrame("first");
  call.apply({ call: view("reconnecting"), security: null });
  call.apply({ call: view("active"), security: null });
  call.apply({ call: view("active"), security: null });
  expect(marks()).toEqual(["dialing", "connecting", "firstFrame", "reconnecting", "active"]);

  call.apply({ call: view("ringing", { callId: "second" }), security: null });
  call.markFirstFrame("first");
  expect(marks()).toEqual(["ringing"]);
});

test("the prompt window leaves no marks", () => {
  vi.useRealTimers();
  new Call(new FakeHost(), false).apply({ call: view("ringing"), security: null });
  expect(marks()).toEqual([]);
});

test("a ringback tone is heard only while the other end truly rings", () => {
  const heard = (["dialing", "reached", "remoteRinging", "connecting", "active"] as const).map(
    (phase) => toneOf(view(phase)),
  );
  expect(heard).toEqual([null, null, "ringback", null, null]);
});

test("the ringtone stops when it is silenced or answered", () => {
  const heard = (["ringing", "silenced", "accepting"] as const).map((phase) => toneOf(view(phase)));
  expect(heard).toEqual(["ringtone", null, null]);
});

test("busy sounds for the caller only", () => {
  const end = { reason: "busy", by: "peer", talkMs: 0 } as const;
  expect(toneOf(view("ended", { end }))).toBe("busy");
  expect(toneOf(view("ended", { end, role: "callee" }))).toBeNull();
});

function marks(): string[] {
  return performance
    .getEntriesByType("mark")
    .map(({ name }) => name)
    .filter((name) => name.startsWith("ringdove:"))
    .map((name) => name.slice("ringdove:".length));
}

function view(phase: CallPhase, change: Partial<CallView> = {}): CallView {
  return {
    callId: "first",
    role: "caller",
    peer: { name: "Bob", kind: "user" },
    media: { audio: true, video: true },
    peerMedia: { audio: true, video: true },
    phase,
    phaseElapsedMs: 0,
    talkElapsedMs: null,
    end: null,
    ...change,
  };
}
