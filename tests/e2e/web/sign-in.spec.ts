import { expect, test } from "../support/test.ts";
import { Person } from "../support/person.ts";

test("a name that belongs to somebody else", async ({ person, visitor }) => {
  await person("Alice");
  const other = await visitor("Alice");
  await other.typeName();
  await expect(other.page.getByText(/This name, or one that looks like it, belongs/)).toBeVisible();
  await other.typeName("Alina");
  await expect(other.people).toBeVisible();
});

test("a page that is loaded anew has the same name", async ({ person }) => {
  const alice = await person("Alice");
  const bob = await person("Bob");
  await alice.startOver();
  await expect(bob.callButton("Alice")).toBeVisible();
  await expect(alice.callButton("Bob")).toBeVisible();
});

test("two tabs of one browser are two devices, and can call each other", async ({
  person,
  server,
}) => {
  const alice = await person("Alice");
  const tab = await Person.in(alice.page.context(), server, "Tabea");
  await tab.signIn();
  await tab.call("Alice");
  await alice.answer("Tabea");
  // Only one tab can be in front; what matters is that both are connected.
  for (const side of [alice, tab]) await side.expectMedia("audio");
  await alice.hangUp();
  await expect(tab.page.getByText("Alice hung up.")).toBeVisible();
});

test("in German for who reads German", async ({ person, visitor }) => {
  const alice = await person("Alice");
  const bob = await visitor("Bob", { locale: "de-DE" });
  await bob.page.getByRole("textbox", { name: "Dein Name" }).fill("Bob");
  await bob.button("Anmelden").click();
  await alice.call("Bob");
  const prompt = bob.page.getByRole("alertdialog").filter({ hasText: "Alice ruft an" });
  await prompt.getByRole("button", { name: "Annehmen", exact: true }).click();
  await alice.expectMedia("video");
  await bob.button("Auflegen").click();
  await expect(bob.page.getByText("Du hast aufgelegt.")).toBeVisible();
});
