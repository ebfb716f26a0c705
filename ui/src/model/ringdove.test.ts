import { expect, test } from "vitest";
import type { MediaReport, CallView } from "../generated/app";
import { FakeMedia } from "../gallery/fakeMedia";
import { FakeHost, type FakeStart } from "../host/fake";
import { Ringdove } from "./ringdove";

test("what the host knows already is taken in", async () => {
  const { ringdove } = await started({
    snapshot: {
      link: { phase: "online", name: "Alice" },
      people: [{ name: "Bob", kind: "user" }],
      lines: [{ from: "Bob", to: null, text: "hi", at: 1 }],
    },
    remembered: { name: "Alice" },
  });

  expect(ringdove.session.view.link).toEqual({ phase: "online", name: "Alice" });
  expect(ringdove.session.view.remembered.name).toBe("Alice");
  expect(ringdove.people.view.shown).toHaveLength(1);
  expect(ringdove.chat.view.room.lines).toHaveLength(1);
});

test("an event during the start wins over the snapshot that was made before it", async () => {
  const host = new FakeHost({
    snapshot: { link: { phase: "connecting", name: "A", failures: 0, trouble: null } },
  });
  const ringdove = new Ringdove(host, () => new FakeMedia());
  const starting = ringdove.start();
  host.emit({ kind: "link", link: { phase: "online", name: "A" } });
  await starting;

  expect(ringdove.session.view.link?.phase).toBe("online");
});

test("a bad name is said at the sign-in form, everything else as a notice", async () => {
  const { host, ringdove } = await started({});
  host.emit({ kind: "notice", notice: { kind: "nameInvalid" } });
  expect(ringdove.session.view.problem).toBe("name_invalid");
  expect(ringdove.notices.view).toHaveLength(0);

  host.emit({ kind: "link", link: { phase: "online", name: "Alice" } });
  host.emit({ kind: "notice", notice: { kind: "nameInvalid" } });
  expect(ringdove.notices.view).toHaveLength(1);
});

test("orders reach the media engine, its reports reach the core", async () => {
  const host = new FakeHost();
  const orders: unknown[] = [];
  let report: ((report: MediaReport) => void) | undefined;
  const ringdove = new Ringdove(host, (tell) => {
    report = tell;
    const media = new FakeMedia();
    media.handle = (command?: unknown) => void orders.push(command);
    return media;
  });
  await ringdove.start();
  const command = { callId: "c", action: { kind: "stop" } } as const;
  host.emit({ kind: "media", command });
  report?.({ callId: "c", event: { kind: "connected" } });

  expect(orders).toEqual([command]);
  expect(host.commands).toEqual([
    { kind: "media", report: { callId: "c", event: { kind: "connected" } } },
  ]);
});

test("a page that finds a call running says that it knows nothing of it", async () => {
  const call: CallView = {
    callId: "c",
    role: "caller",
    peer: { name: "Bob", kind: "user" },
    media: { audio: true, video: true },
    peerMedia: { audio: true, video: true },
    phase: "active",
    phaseElapsedMs: 0,
    talkElapsedMs: 0,
    end: null,
  };
  const report = { callId: "c", event: { kind: "startedOver" } } as const;
  const late = await started({ kind: "app", snapshot: { call } });
  expect(late.host.commands).toEqual([{ kind: "media", report }]);
  const ringing = await started({ kind: "app", snapshot: { call: { ...call, phase: "ringing" } } });
  expect(ringing.host.commands).toEqual([]);
});

test("only the app asks for a server", async () => {
  const app = await started({ kind: "app" });
  app.ringdove.session.signIn("Alice", "https://example.org/#invite=7KQ2M", "");
  const server = "wss://example.org/";
  expect(app.host.commands).toEqual([{ kind: "signIn", server, name: "Alice", invite: "7KQ2M" }]);

  const browser = await started({ kind: "browser" });
  browser.ringdove.session.signIn("Alice", "", "");
  const command = { kind: "signIn", server: null, name: "Alice", invite: null };
  expect(browser.host.commands).toEqual([command]);
});

async function started(start: FakeStart): Promise<{ host: FakeHost; ringdove: Ringdove }> {
  const host = new FakeHost(start);
  const ringdove = new Ringdove(host, () => new FakeMedia());
  await ringdove.start();
  return { host, ringdove };
}
