import { expect, test } from "../support/test.ts";

const MARKUP = '<img src="x" onerror="document.title=\'broken\'"><<b>script>';

test("what is said in the public room reaches everybody, as text", async ({ person }) => {
  const alice = await person("Alice");
  const others = [await person("Bob"), await person("Carol")];
  await alice.say(MARKUP);
  for (const reader of [alice, ...others]) {
    const room = reader.page.getByRole("region", { name: "Public room" });
    await expect(room.getByText(MARKUP)).toBeVisible();
    await expect(room.locator("img, b")).toHaveCount(0);
    await expect(reader.page).not.toHaveTitle("broken");
  }
});

test("a private text reaches one person only", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  const carol = await person("Carol");
  await alice.button("Write to Bob").click();
  await alice.page.getByRole("textbox", { name: "Message to Bob" }).fill("for you only");
  await alice.page.keyboard.press("Enter");
  await expect(bob.page.getByText("1 new message")).toBeVisible();
  await bob.page.getByRole("button", { name: /^Write to Alice/ }).click();
  await expect(bob.page.getByText("for you only")).toBeVisible();
  // What Carol hears next shows that she would have heard the other by now.
  await alice.page.getByRole("button", { name: "Back" }).click();
  await alice.say("for all");
  await expect(carol.page.getByText("for all")).toBeVisible();
  await expect(carol.page.getByText("for you only")).toHaveCount(0);
});
