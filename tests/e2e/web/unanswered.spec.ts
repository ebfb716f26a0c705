import { figure } from "../support/figures.ts";
import { expect, test } from "../support/test.ts";

test("declined", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  await alice.call("Bob");
  await bob.decline("Alice");
  await expect(alice.page.getByText("Bob declined the call.")).toBeVisible();
  await expect(bob.incoming("Alice")).toBeHidden();
});

test("cancelled before the answer", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  await alice.call("Bob");
  await expect(bob.incoming("Alice")).toBeVisible();
  await alice.hangUp();
  await expect(bob.incoming("Alice")).toBeHidden();
  await expect(bob.page.getByText("You missed a call from Alice.")).toBeVisible();
});

test("a third caller hears that one is busy, and the call goes on", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  const carol = await person("Carol");
  await alice.call("Bob");
  await bob.answer("Alice");
  await bob.expectMedia("video");

  const calling = Date.now();
  await carol.call("Bob");
  await expect(carol.page.getByText("Bob is in another call.")).toBeVisible();
  const dialed = await carol.reached("dialing", calling);
  figure(
    "busy, as the caller's page sees it",
    (await carol.reached("ended", calling)) - dialed,
    100,
  );
  await expect(bob.incoming("Carol")).toBeHidden();
  await bob.expectMedia("video", await bob.received());
  await alice.expectMedia("video", await alice.received());
});

test("the callee's browser refuses camera and microphone", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob", { devices: "denied" });
  await alice.call("Bob");
  await bob.answer("Alice");
  await expect(alice.page.getByText("Bob did not allow microphone and camera.")).toBeVisible();
  await expect(bob.page.getByText("Ringdove may not use the microphone and camera.")).toBeVisible();
  for (const side of [alice, bob]) await side.expectReleased();
});

test("the caller's browser refuses camera and microphone", async ({ person }) => {
  const alice = await person("Alice", { devices: "denied" });
  const bob = await person("Bob");
  await alice.call("Bob");
  await bob.answer("Alice");
  await expect(bob.page.getByText("Alice did not allow microphone and camera.")).toBeVisible();
  for (const side of [alice, bob]) await side.expectReleased();
});
