import { expect, test } from "../support/test.ts";

const ROUNDS = Number(process.env["RINGDOVE_GLARE"] ?? 10);

test(`two who call each other at once get one call, ${ROUNDS} times`, async ({ person }) => {
  test.setTimeout(30_000 + ROUNDS * 10_000);
  const alice = await person("Alice");
  const bob = await person("Bob");
  for (let round = 1; round <= ROUNDS; round += 1) {
    // Each page presses its own button at the same instant, without a round trip in between.
    const instant = Date.now() + 150;
    await Promise.all([
      alice.callButton("Bob").evaluate(pressAt, instant),
      bob.callButton("Alice").evaluate(pressAt, instant),
    ]);
    for (const side of [alice, bob]) {
      await side.expectMedia("video");
      expect((await side.received()).connections, `round ${round}: one call`).toBe(1);
    }
    const [first, second] = round % 2 === 0 ? [alice, bob] : [bob, alice];
    await first.hangUp();
    await expect(second.page.getByText(`${first.name} hung up.`)).toBeVisible();
    for (const side of [alice, bob]) {
      await side.expectReleased();
      await side.dismiss();
    }
  }
});

async function pressAt(button: Element, instant: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, instant - Date.now()));
  if (button instanceof HTMLElement) button.click();
}
