import { figure } from "../support/figures.ts";
import { expect, test } from "../support/test.ts";

test("the other page is closed: the end is shown at once", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  await alice.call("Bob");
  await bob.answer("Alice");
  await alice.expectMedia("video");

  const closing = Date.now();
  // As a user who closes the tab: the page may still say goodbye.
  await bob.page.close({ runBeforeUnload: true });
  const ended = await alice.reached("ended", closing);
  await expect(alice.page.getByText(/^Bob (left|hung up)\.$/)).toBeVisible();
  figure("page closed, end shown on the other side", ended - closing, 500);
  await alice.expectReleased();
});

test("the other page is loaded anew: the call ends, and a new one can be made", async ({
  person,
}) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  await alice.call("Bob");
  await bob.answer("Alice");
  await alice.expectMedia("video");

  await bob.startOver();
  await expect(alice.page.getByText(/^Bob (left|hung up)\.$/)).toBeVisible();
  await alice.dismiss();
  await alice.call("Bob");
  await bob.answer("Alice");
  for (const side of [alice, bob]) await side.expectMedia("video");
});

test("the server is killed and comes back in the middle of a call", async ({ person, server }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  await alice.call("Bob");
  await bob.answer("Alice");
  for (const side of [alice, bob]) await side.expectMedia("video");

  await server.kill();
  for (const side of [alice, bob]) {
    await expect(side.link).toContainText("Reconnecting");
    await side.expectMedia("video", await side.received());
  }
  await server.restart();
  const listening = Date.now();
  for (const side of [alice, bob]) await expect(side.link).toContainText("Online");
  figure("server back, both signed in again", Date.now() - listening, 2_000);
  for (const side of [alice, bob]) await side.expectMedia("video", await side.received());

  await alice.hangUp();
  await expect(alice.page.getByText("You hung up.")).toBeVisible();
  await expect(bob.page.getByText("Alice hung up.")).toBeVisible();
  // The people list is whole again, and a call can be made.
  for (const side of [alice, bob]) await side.dismiss();
  await bob.call("Alice");
  await alice.answer("Bob");
  for (const side of [alice, bob]) await side.expectMedia("video");
});
