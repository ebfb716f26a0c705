import { call, expect, mediaGoesOn, test, until, view } from "./fixtures.ts";

const BOTH = { audio: true, video: true };
const AUDIO = { audio: true, video: false };

test("sound and picture go both ways", async ({ harness }) => {
  await call(harness);
  await mediaGoesOn(harness);
  await until(
    harness,
    ({ caller, callee }) => caller.shownAfter !== null && callee.shownAfter !== null,
  );
  const ends = await view(harness);
  for (const end of [ends.caller, ends.callee]) {
    expect(end.open).toEqual(BOTH);
    expect(end.sending).toEqual(BOTH);
    expect(end.problem).toEqual({ audio: null, video: null });
    expect(end.local.toSorted()).toEqual(["audio", "video"]);
    expect(end.remote?.toSorted()).toEqual(["audio", "video"]);
    expect(end.playedSeconds).toBeGreaterThan(0);
    expect(end.events.filter((event) => event === "connected")).toHaveLength(1);
    expect(end.events.filter((event) => event === "firstFrame")).toHaveLength(1);
    expect(end.events.filter((event) => event === "end of candidates")).not.toHaveLength(0);
  }
  expect(ends.caller.events.filter((event) => event === "offer")).toHaveLength(1);
  expect(ends.callee.events.filter((event) => event === "answer")).toHaveLength(1);
});

test("the preview is shown before the offer is sent", async ({ harness }) => {
  await harness.evaluate(() => {
    window.harness.fault({ delay: 200 });
    window.harness.call();
  });
  await until(harness, ({ caller }) => caller.events.includes("offer"));
  expect((await view(harness)).caller.previewAtOffer).toBe(true);
});

test("the callee answers while its devices are still being opened", async ({ harness }) => {
  await call(harness, { calleeDevicesLate: 2_000 });
  await mediaGoesOn(harness);
  const { events } = (await view(harness)).callee;
  expect(events.indexOf("answer")).toBeGreaterThanOrEqual(0);
  expect(events.indexOf("answer")).toBeLessThan(
    events.findIndex((event) => event.startsWith("media")),
  );
  // The tracks joined what was negotiated.
  expect(countOffers(await view(harness))).toBe(1);
});

test("a first picture that nobody can see counts as well", async ({ harness }) => {
  await harness.evaluate(() => {
    // As in a window that is hidden.
    HTMLVideoElement.prototype.requestVideoFrameCallback = () => 0;
  });
  await call(harness);
  await until(harness, ({ caller, callee }) =>
    [caller, callee].every((end) => end.events.includes("firstFrame") && end.frames > 0),
  );
});

test("an audio call opens no camera and plays on both ends", async ({ harness }) => {
  await call(harness, { caller: AUDIO, callee: AUDIO });
  await mediaGoesOn(harness, { video: false });
  await until(harness, ({ caller, callee }) =>
    [caller, callee].every((end) => end.events.includes("firstFrame") && end.playedSeconds > 0),
  );
  const { caller, callee } = await view(harness);
  for (const end of [caller, callee]) {
    expect(end.remote).toEqual(["audio"]);
    expect(end.frames).toBe(0);
  }
  expect(await harness.evaluate(() => window.harness.liveTracks)).toEqual(["audio", "audio"]);
});

test("a video call can be answered without video", async ({ harness }) => {
  await call(harness, { callee: AUDIO });
  await until(harness, ({ callee }) => callee.frames > 5);
  await until(harness, ({ caller, callee }) =>
    [caller, callee].every((end) => end.events.includes("firstFrame")),
  );
  const { caller, callee } = await view(harness);
  expect(caller.remote).toEqual(["audio"]);
  expect(callee.remote?.toSorted()).toEqual(["audio", "video"]);
  expect(caller.events).not.toContain("answer");
});

for (const end of ["caller", "callee"] as const) {
  const other = end === "caller" ? "callee" : "caller";

  test(`the ${end} turns a camera on in an audio call`, async ({ harness }) => {
    await call(harness, { caller: AUDIO, callee: AUDIO });
    await harness.evaluate(
      ([name, media]) => {
        window.harness.setSending(name, media);
      },
      [end, BOTH] as const,
    );
    await until(harness, (ends) => ends[other].frames > 5 && ends[other].pictureWidth > 0);
    const ends = await view(harness);
    expect(ends[other].remote?.toSorted()).toEqual(["audio", "video"]);
    expect(ends[end].remote).toEqual(["audio"]);
    expect(ends[end].events).toContain(`media ${JSON.stringify(BOTH)}`);
  });

  test(`the ${end} turns the camera off and on again`, async ({ harness }) => {
    await call(harness);
    await mediaGoesOn(harness);
    const offers = countOffers(await view(harness));
    const send = async (media: typeof BOTH): Promise<void> => {
      await harness.evaluate(
        ([name, wanted]) => {
          window.harness.setSending(name, wanted);
        },
        [end, media] as const,
      );
    };
    await send(AUDIO);
    await until(harness, (ends) => !ends[end].open.video);
    // The light is off: only the other end's camera is open.
    const live = await harness.evaluate(() => window.harness.liveTracks);
    expect(live.filter((kind) => kind === "video")).toHaveLength(1);
    expect((await view(harness))[end].local).toEqual(["audio"]);
    await send(BOTH);
    await mediaGoesOn(harness);
    const ends = await view(harness);
    expect(ends[end].events.filter((event) => event.startsWith("media"))).toEqual(
      [BOTH, AUDIO, BOTH].map((media) => `media ${JSON.stringify(media)}`),
    );
    expect(countOffers(ends)).toBe(offers);
  });
}

test("a muted microphone stays open, and the other end is told", async ({ harness }) => {
  await call(harness);
  await harness.evaluate(() => {
    window.harness.setSending("caller", { audio: false, video: true });
  });
  const { caller } = await view(harness);
  expect(caller.open).toEqual(BOTH);
  expect(caller.sending).toEqual({ audio: false, video: true });
  expect(caller.events).toContain(`media ${JSON.stringify(caller.sending)}`);
  await mediaGoesOn(harness);
});

test("whatever the delays, every call connects", async ({ harness }) => {
  test.setTimeout(180_000);
  for (let seed = 1; seed <= 50; seed += 1) {
    await test.step(`seed ${seed}`, async () => {
      await call(harness, { seed, delay: [0, 150] });
      // A guest of the tutorial could not hold a candidate back.
      const { caller, callee } = await view(harness);
      for (const [end, first] of [
        [caller, "offer"],
        [callee, "answer"],
      ] as const) {
        expect(end.events.indexOf(first)).toBeLessThan(end.events.indexOf("candidate"));
      }
    });
  }
});

test("candidates that come before their description are not lost", async ({ harness }) => {
  await call(harness, { lateDescriptions: 300 });
  const { caller, callee } = await view(harness);
  for (const end of [caller, callee]) expect(end.events).toContain("candidate");
  await mediaGoesOn(harness);
});

for (const end of ["caller", "callee"] as const) {
  test(`the other end hears the ${end} hang up without the server`, async ({ harness }) => {
    const other = end === "caller" ? "callee" : "caller";
    await call(harness);
    await until(harness, (ends) => Object.values(ends).every(({ channelOpen }) => channelOpen));
    await harness.evaluate((name) => window.harness.hangUpAndStop(name), end);
    await until(harness, (ends) => ends[other].events.includes("remoteHangUp"), 500);
    expect((await view(harness))[end].events).not.toContain("remoteHangUp");
  });
}

function countOffers(ends: Record<string, { readonly events: readonly string[] }>): number {
  return Object.values(ends)
    .flatMap((end) => end.events)
    .filter((event) => event === "offer").length;
}
