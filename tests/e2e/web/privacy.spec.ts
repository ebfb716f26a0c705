import type { Person } from "../support/person.ts";
import { expect, test } from "../support/test.ts";

test("who is blocked hears what one hears of somebody who is offline", async ({
  person,
  visitor,
}) => {
  const alice = await person("Alice");
  await watchFrames(alice);
  const bob = await person("Bob");
  const carol = await person("Carol");

  await alice.call("Bob");
  await bob.incoming("Alice").getByRole("button", { name: "Decline and block" }).click();
  await expect(alice.page.getByText("Bob declined the call.")).toBeVisible();
  await expect(alice.callButton("Bob")).toBeHidden();
  await alice.call("Carol");
  await carol.decline("Alice");
  await carol.leave();
  await expect(alice.callButton("Carol")).toBeHidden();

  // The page itself calls nobody who is not there.
  await alice.button("Call again").click();
  await expect(alice.page.getByText("That person is not here any more.")).toBeVisible();
  // What the server says to a page that asks nevertheless.
  const answers = [
    await answersAbout(alice, "Bob", "AAAAAAAAAAAAAAAAAAAAAA"),
    await answersAbout(alice, "Carol", "AAAAAAAAAAAAAAAAAAAAAQ"),
    await answersAbout(alice, "Nobody", "AAAAAAAAAAAAAAAAAAAAAg"),
  ];
  expect(answers[0]).toContain('"reason":"unreachable"');
  expect(answers[0]).toContain('"code":"offline"');
  expect(answers[1]).toBe(answers[0]);
  expect(answers[2]).toBe(answers[0]);

  // The block lasts; that Dora is there by now shows that Bob would be.
  await bob.startOver();
  await expect(bob.people.getByRole("listitem").filter({ hasText: "Alice" })).toContainText(
    "blocked",
  );
  await (await visitor("Dora")).signIn();
  await expect(alice.callButton("Dora")).toBeVisible();
  await expect(alice.callButton("Bob")).toBeHidden();
  await bob.say("You do not hear me.");
  await alice.say("Nor you me.");
  await alice.reads("Nor you me.");
  await expect(alice.page.getByText("You do not hear me.")).toBeHidden();

  await bob.button("Settings").click();
  await bob.button("Unblock Alice").click();
  await expect(alice.callButton("Bob")).toBeVisible();
  await expect(bob.page.getByText("Nor you me.")).toBeHidden();
  await alice.call("Bob");
  await bob.answer("Alice");
  await alice.expectMedia("audio");
});

test("contacts only: a stranger reaches nobody, a contact rings", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob", { viewport: { width: 320, height: 640 } });
  // By the keyboard alone.
  await bob.tabTo(bob.button("Settings"));
  await bob.page.keyboard.press("Enter");
  await bob.tabTo(bob.page.getByRole("combobox", { name: "Who may ring you" }));
  await bob.page.keyboard.press("ArrowDown");
  await expect(bob.page.getByText("You have no contacts yet.")).toBeVisible();
  await alice.call("Bob");
  await expect(alice.page.getByText("Bob cannot be reached now.")).toBeVisible();
  await expect(bob.incoming("Alice")).toBeHidden();

  await bob.button("Settings").click();
  await bob.tabTo(bob.button("More about Alice"));
  await bob.page.keyboard.press("Enter");
  await bob.tabTo(bob.button("Add to contacts"));
  await bob.page.keyboard.press("Enter");
  await expect(bob.button("Remove from contacts")).toBeVisible();
  await alice.button("Call again").click();
  await expect(bob.incoming("Alice")).toBeVisible();
  const overflow = await bob.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBe(0);
});

test("do not disturb: the call shows without a ring, and the caller hears none", async ({
  person,
}) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  await bob.button("Do not disturb").click();
  await expect(
    bob.page.getByRole("button", { name: "Do not disturb", pressed: true }),
  ).toBeVisible();
  await bob.startOver();
  await alice.call("Bob");
  await expect(bob.incoming("Alice")).toContainText("Silenced. You can still answer.");
  await expect(alice.page.getByText("Device found.")).toBeVisible();
  expect(await alice.stages()).not.toContain("remoteRinging");
  await bob.answer("Alice");
  await bob.expectMedia("audio");
});

/** Keeps the page's socket and what comes in over it, from the next load on. */
async function watchFrames(person: Person): Promise<void> {
  await person.page.addInitScript(() => {
    const Native = WebSocket;
    const seen: string[] = [];
    class Watched extends Native {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols);
        this.addEventListener("message", ({ data }) => seen.push(String(data)));
        Object.assign(window, { socket: this, seen });
      }
    }
    window.WebSocket = Watched;
  });
  await person.startOver();
}

/** Calls, writes and waves to a name; gives back all that the server says to it. */
async function answersAbout(person: Person, name: string, callId: string): Promise<string> {
  const frames = await person.page.evaluate(
    async ([to, call_id]) => {
      const { socket, seen } = window as unknown as { socket: WebSocket; seen: string[] };
      const before = seen.length;
      for (const message of [
        { type: "call.invite", call_id, to, media: { audio: true, video: false } },
        { type: "text", to, text: "psst" },
        { type: "wave", to },
        { type: "call.cancel", call_id },
        { type: "ping" },
      ]) {
        socket.send(JSON.stringify(message));
      }
      while (!seen.slice(before).some((frame) => frame.includes('"pong"'))) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      return seen.slice(before);
    },
    [name, callId],
  );
  return frames.join("\n").replaceAll(callId, "ID").replaceAll(name, "NAME");
}
