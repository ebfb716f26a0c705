import { expect, test } from "../support/test.ts";

const CALLS = Number(process.env["RINGDOVE_CALLS"] ?? 5);

test("a video call, from sign-in to hang-up", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");

  await alice.call("Bob");
  await expect(alice.button("Hang up")).toBeEnabled();
  await expect(alice.page.getByText("Ringing …")).toBeVisible();
  expect(await bob.received(), "nothing is connected before the answer").toMatchObject({
    connections: 0,
  });
  await bob.answer("Alice");
  for (const side of [alice, bob]) {
    await side.expectMedia("video");
    await side.expectMedia("audio");
    await side.expectPicture();
  }

  await alice.hangUp();
  await expect(alice.page.getByText("You hung up.")).toBeVisible();
  await expect(bob.page.getByText("Alice hung up.")).toBeVisible();
  for (const side of [alice, bob]) {
    await side.expectReleased();
    await side.dismiss();
  }
  await expect(alice.callButton("Bob")).toBeEnabled();
});

test("a call without video", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");

  await alice.call("Bob", "audio");
  await bob.answer("Alice");
  for (const side of [alice, bob]) await side.expectMedia("audio");
  for (const side of [alice, bob]) {
    expect((await side.received()).videoFrames, `${side.name} gets no picture`).toBe(0);
  }
  await bob.hangUp();
  await expect(alice.page.getByText("Bob hung up.")).toBeVisible();
});

test("answered without video, one sees and the other is seen", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");

  await alice.call("Bob");
  await bob.incoming("Alice").getByRole("button", { name: "Answer without video" }).click();
  await bob.expectMedia("video");
  await alice.expectMedia("audio");
  expect((await alice.received()).videoFrames).toBe(0);
});

test("by keyboard alone", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");

  await alice.callButton("Bob").focus();
  await alice.page.keyboard.press("Enter");
  await expect(bob.incoming("Alice")).toBeVisible();
  await bob.tabTo(bob.incoming("Alice").getByRole("button", { name: "Answer", exact: true }));
  await bob.page.keyboard.press("Enter");
  await alice.expectMedia("video");
  await bob.tabTo(bob.button("Mute microphone"));
  await bob.page.keyboard.press("Space");
  await expect(bob.button("Unmute microphone")).toBeVisible();
  await expect(alice.page.getByText("Bob is muted")).toBeVisible();
  await alice.tabTo(alice.button("Hang up"));
  await alice.page.keyboard.press("Enter");
  await expect(bob.page.getByText("Alice hung up.")).toBeVisible();
});

test("muting and the camera switch are seen on the other side", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  await alice.call("Bob");
  await bob.answer("Alice");
  await bob.expectMedia("video");

  await alice.button("Turn camera off").click();
  await expect(bob.page.getByText("Alice has no camera on")).toBeVisible();
  await alice.button("Turn camera on").click();
  await expect(bob.page.getByText("Alice has no camera on")).toBeHidden();
  await bob.expectMedia("video", await bob.received());
});

test(`${CALLS} calls in a row`, async ({ person }) => {
  test.setTimeout(30_000 + CALLS * 10_000);
  const people = [await person("Alice"), await person("Bob")] as const;
  for (let number = 0; number < CALLS; number += 1) {
    const [caller, callee] = number % 2 === 0 ? people : ([people[1], people[0]] as const);
    await caller.call(callee.name);
    await callee.answer(caller.name);
    for (const side of people) await side.expectMedia("video");
    await (number % 4 < 2 ? caller : callee).hangUp();
    for (const side of people) {
      await side.expectReleased();
      await side.dismiss();
    }
  }
});
