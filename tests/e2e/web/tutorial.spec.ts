import { expect, test as base } from "../support/test.ts";
import { Guest, guestFolder } from "../support/guest.ts";

interface Guests {
  readonly guest: (name: string) => Promise<Guest>;
}

const test = base.extend<Guests>({
  guest: async ({ browser, server }, use) => {
    const joined: Guest[] = [];
    await use(async (name) => {
      const guest = await Guest.join(browser, server, name);
      joined.push(guest);
      return guest;
    });
    for (const guest of joined) await guest.leave();
  },
});

test.use({ serverArgs: ["--tutorial", guestFolder()] });

const MARKUP = '<img src="x" onerror="document.title=\'broken\'">';

test("a guest is listed, marked as a guest, and reads and writes in the public room", async ({
  person,
  guest,
}) => {
  const alice = await person("Alice");
  const naomi = await guest("Naomi");
  await expect(naomi.listed("Alice")).toBeVisible();
  await expect(alice.callButton("Naomi")).toBeVisible();
  await expect(alice.people.getByText("guest, not verified")).toBeVisible();

  await naomi.say("hello from the tutorial");
  await expect(alice.page.getByText("hello from the tutorial")).toBeVisible();
  await alice.say(MARKUP);
  await expect(naomi.chat).toContainText(MARKUP);
  await expect(naomi.chat.locator("img")).toHaveCount(0);
  await expect(naomi.page).not.toHaveTitle("broken");
});

test("a guest's call rings first, and connects both ways after the answer", async ({
  person,
  guest,
}) => {
  const alice = await person("Alice");
  const naomi = await guest("Naomi");
  await naomi.call("Alice");
  await expect(alice.incoming("Naomi")).toContainText("the name is not verified");
  expect((await alice.received()).connections, "nothing is opened before the answer").toBe(0);
  await alice.answer("Naomi");
  await alice.expectMedia("video");
  await naomi.expectVideo();

  await alice.hangUp();
  await expect(naomi.hangUpButton).toBeDisabled();
  await alice.expectReleased();
});

test("a declined guest is told by a hang-up", async ({ person, guest }) => {
  const alice = await person("Alice");
  const naomi = await guest("Naomi");
  await naomi.call("Alice");
  await alice.decline("Naomi");
  await expect.poll(async () => (await naomi.received()).connections).toBe(0);
});

test("a guest is called, and hangs up without ending the call of others", async ({
  person,
  guest,
}) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  const carol = await person("Carol");
  const naomi = await guest("Naomi");
  await bob.call("Carol");
  await carol.answer("Bob");
  for (const side of [bob, carol]) await side.expectMedia("video");

  await alice.call("Naomi");
  await alice.expectMedia("video");
  await naomi.expectVideo();
  await naomi.hangUp();
  await expect(alice.page.getByText("Naomi hung up.")).toBeVisible();
  await alice.expectReleased();

  for (const side of [bob, carol]) {
    await side.expectMedia("video", await side.received());
    await expect(side.button("Hang up")).toBeEnabled();
  }
});
