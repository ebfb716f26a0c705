import { call, expect, mediaGoesOn, test, until, view } from "./fixtures.ts";

const BOTH = { audio: true, video: true };
const AUDIO = { audio: true, video: false };
const VIDEO = { audio: false, video: true };
const FAKE = "--use-fake-device-for-media-stream";

test("without permission the call cannot be", async ({ harnessWith }) => {
  const harness = await harnessWith({ devices: [FAKE], granted: false });
  await harness.evaluate(() => {
    window.harness.call();
  });
  await until(harness, ({ caller, callee }) =>
    [caller, callee].every((end) => end.events.includes("deviceFailed no_permission")),
  );
  const { caller, callee } = await view(harness);
  for (const end of [caller, callee]) {
    expect(end.problem).toEqual({ audio: "refused", video: "refused" });
    expect(end.events).not.toContain("offer");
  }
  expect(await harness.evaluate(() => window.harness.openConnections)).toBe(0);
});

test("without any device the call cannot be", async ({ harnessWith }) => {
  const harness = await harnessWith({ devices: [], granted: true });
  await harness.evaluate(() => {
    window.harness.call();
  });
  await until(harness, ({ caller, callee }) =>
    [caller, callee].every((end) => end.events.includes("deviceFailed no_device")),
  );
  expect((await view(harness)).caller.problem).toEqual({ audio: "missing", video: "missing" });
});

test("without a camera the call is an audio call", async ({ harnessWith }) => {
  const harness = await harnessWith({ devices: [`${FAKE}=device-count=0`], granted: true });
  await call(harness);
  await mediaGoesOn(harness, { video: false });
  const { caller, callee } = await view(harness);
  for (const end of [caller, callee]) {
    expect(end.problem).toEqual({ audio: null, video: "missing" });
    expect(end.sending).toEqual(AUDIO);
    expect(end.events).toContain(`media ${JSON.stringify(AUDIO)}`);
    expect(end.remote).toEqual(["audio"]);
  }
});

test("a camera in use by another program leaves an audio call, until it is free", async ({
  harness,
}) => {
  await harness.evaluate(() => {
    window.harness.fault({ fail: { video: "NotReadableError" } });
  });
  await call(harness);
  await until(harness, ({ callee }) => callee.problem.video === "busy");
  expect((await view(harness)).caller.sending).toEqual(AUDIO);
  await harness.evaluate((media) => {
    window.harness.fault({ fail: {} });
    window.harness.setSending("caller", media);
    window.harness.setSending("callee", media);
  }, BOTH);
  await mediaGoesOn(harness);
  expect((await view(harness)).caller.problem).toEqual({ audio: null, video: null });
});

test("without a microphone there is still a picture", async ({ harness }) => {
  await harness.evaluate(() => {
    window.harness.fault({ fail: { audio: "NotFoundError" } });
  });
  await call(harness);
  await until(harness, ({ caller, callee }) => caller.frames > 5 && callee.frames > 5);
  const { caller } = await view(harness);
  expect(caller.problem).toEqual({ audio: "missing", video: null });
  expect(caller.sending).toEqual(VIDEO);
});

test("a camera that is pulled out is opened again when it comes back", async ({ harness }) => {
  await call(harness);
  await mediaGoesOn(harness);
  await harness.evaluate(() => {
    window.harness.hideDevices(true);
    window.harness.unplug("video");
  });
  await until(harness, ({ caller }) => caller.problem.video === "lost");
  const lost = await view(harness);
  expect(lost.caller.sending).toEqual(AUDIO);
  expect(lost.caller.local).toEqual(["audio"]);
  expect(lost.caller.events.at(-1)).toBe(`media ${JSON.stringify(AUDIO)}`);
  await mediaGoesOn(harness, { video: false });
  await harness.evaluate(() => {
    window.harness.hideDevices(false);
    window.harness.plug();
  });
  await mediaGoesOn(harness);
  const back = await view(harness);
  expect(back.caller.problem).toEqual({ audio: null, video: null });
  expect(back.caller.events.at(-1)).toBe(`media ${JSON.stringify(BOTH)}`);
});

test("mute works while the devices are still being opened", async ({ harness }) => {
  await harness.evaluate(() => {
    window.harness.fault({ delay: 300 });
    window.harness.call();
    window.harness.setSending("caller", { audio: true, video: false });
  });
  await until(harness, ({ caller }) => caller.open.audio);
  expect((await view(harness)).caller.sending).toEqual(BOTH);
});
