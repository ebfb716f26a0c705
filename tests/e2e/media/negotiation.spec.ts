import { call, expect, mediaGoesOn, test, until, view } from "./fixtures.ts";

const BOTH = { audio: true, video: true };
const AUDIO = { audio: true, video: false };

for (const end of ["caller", "callee"] as const) {
  test(`the ${end} restarts ICE, and media goes on`, async ({ harness }) => {
    await call(harness, { delay: [0, 50] });
    const offers = (await view(harness))[end].events.length;
    await harness.evaluate((name) => {
      window.harness.order(name, { kind: "restartIce" });
    }, end);
    await until(harness, (ends) => ends[end].events.slice(offers).includes("offer"));
    await until(harness, ({ caller, callee }) => isSettled(caller) && isSettled(callee));
    await mediaGoesOn(harness);
    expect((await view(harness))[end].events.slice(offers)).toContain("candidate");
  });
}

test("both ends renegotiate at once, a hundred times", async ({ harness }) => {
  test.setTimeout(120_000);
  await call(harness, { delay: [0, 20], seed: 7 });
  for (let round = 0; round < 100; round += 1) {
    await test.step(`round ${round}`, async () => {
      await harness.evaluate(() => {
        window.harness.order("caller", { kind: "restartIce" });
        window.harness.order("callee", { kind: "restartIce" });
      });
      await until(harness, ({ caller, callee }) => isSettled(caller) && isSettled(callee));
    });
  }
  await mediaGoesOn(harness);
  const { caller, callee } = await view(harness);
  // Both really offered at once, time and again.
  for (const end of [caller, callee]) {
    expect(end.events.filter((event) => event === "offer").length).toBeGreaterThan(50);
  }
});

test("both ends turn their cameras on at once", async ({ harness }) => {
  for (let seed = 1; seed <= 10; seed += 1) {
    await call(harness, { caller: AUDIO, callee: AUDIO, delay: [0, 50], seed });
    await harness.evaluate((media) => {
      window.harness.setSending("caller", media);
      window.harness.setSending("callee", media);
    }, BOTH);
    await mediaGoesOn(harness);
  }
});

test("a picture that is taken out of the call leaves an audio call", async ({ harness }) => {
  await call(harness);
  await mediaGoesOn(harness);
  await harness.evaluate(() => {
    window.harness.redirect("callee", "video", "recvonly");
  });
  await until(harness, ({ caller }) => caller.remote?.join() === "audio");
  await mediaGoesOn(harness, { video: false });
  await harness.evaluate(() => {
    window.harness.redirect("callee", "video", "sendrecv");
  });
  await until(harness, ({ caller }) => caller.remote?.length === 2);
  await mediaGoesOn(harness);
});

test("an offer that is lost with the link is made again", async ({ harness }) => {
  await call(harness);
  await harness.evaluate(() => {
    window.harness.lose("caller", 1);
    window.harness.order("caller", { kind: "restartIce" });
  });
  await until(harness, ({ caller }) => caller.signaling === "have-local-offer");
  // The core waits longer than this between restarts.
  await harness.waitForTimeout(5_100);
  await harness.evaluate(() => {
    window.harness.order("caller", { kind: "restartIce" });
  });
  await until(harness, ({ caller, callee }) => isSettled(caller) && isSettled(callee));
  await mediaGoesOn(harness);
});

test("a broken description or candidate ends nothing", async ({ harness }) => {
  await call(harness);
  await harness.evaluate(() => {
    for (const type of ["offer", "answer"] as const) {
      window.harness.order("caller", {
        kind: "signal",
        signal: { kind: "description", description: { type, sdp: "v=0 nonsense" } },
      });
    }
    for (let index = 0; index < 1_000; index += 1) {
      const candidate = { sdpMid: "9", sdpMLineIndex: null, usernameFragment: null };
      window.harness.order("caller", {
        kind: "signal",
        signal: { kind: "candidate", candidate: { ...candidate, candidate: `nonsense ${index}` } },
      });
    }
  });
  await mediaGoesOn(harness);
  await harness.evaluate(() => {
    window.harness.order("callee", { kind: "restartIce" });
  });
  await until(harness, ({ callee }) => callee.events.filter((each) => each === "offer").length > 0);
  await until(harness, ({ caller, callee }) => isSettled(caller) && isSettled(callee));
  await mediaGoesOn(harness);
});

function isSettled(end: { connection: string | null; signaling: string | null }): boolean {
  return end.connection === "connected" && end.signaling === "stable";
}
