import type { Page } from "@playwright/test";
import type { Person } from "../support/person.ts";
import { expect, test } from "../support/test.ts";

declare global {
  interface Window {
    /** Set by whatever of the texts below runs. */
    struck?: boolean;
    /** What the content policy kept from happening: it has to be nothing, since text asks for nothing. */
    violations?: string[];
  }
}

const STRIKE = "window.struck=true";

const ELEMENTS = [
  (code: string) => `<img src=x onerror="${code}">`,
  (code: string) => `<img src="https://evil.invalid/x.png" onload='${code}'>`,
  (code: string) => `<svg onload=${code}>`,
  (code: string) => `<svg><script>${code}</script></svg>`,
  (code: string) => `<svg><animate onbegin="${code}" attributeName=x dur=1s>`,
  (code: string) => `<script>${code}</script>`,
  (code: string) => `</p></div><script>${code}</script>`,
  (code: string) => `<scr<script>ipt>${code}</scr</script>ipt>`,
  (code: string) => `<iframe srcdoc="<script>parent.${code}</script>"></iframe>`,
  (code: string) => `<iframe src="javascript:parent.${code}">`,
  (code: string) => `<object data="javascript:${code}"></object>`,
  (code: string) => `<embed src="data:text/html,<script>${code}</script>">`,
  (code: string) => `<body onload="${code}">`,
  (code: string) => `<input autofocus onfocus="${code}">`,
  (code: string) => `<details open ontoggle="${code}">`,
  (code: string) => `<video><source onerror="${code}"></video>`,
  (code: string) => `<audio src=x onerror=${code}>`,
  (code: string) => `<marquee onstart="${code}">x</marquee>`,
  (code: string) => `<math><mtext><style><img src=x onerror="${code}"></style></mtext></math>`,
  (code: string) => `<style>@import "https://evil.invalid/x.css";</style><b onclick="${code}">`,
  (code: string) => `<link rel=stylesheet href="https://evil.invalid/x.css" onerror="${code}">`,
  (code: string) => `<base href="javascript:${code}//">`,
  (code: string) => `<meta http-equiv="refresh" content="0;url=javascript:${code}">`,
  (code: string) => `<form action="javascript:${code}"><button>Answer</button></form>`,
  (code: string) => `<template shadowrootmode=open><img src=x onerror="${code}"></template>`,
  (code: string) => `" onmouseover="${code}" x="`,
  (code: string) => `' autofocus onfocus='${code}' x='`,
  (code: string) => `\`\${${code}}\``,
  (code: string) => `--><img src=x onerror="${code}"><!--`,
  (code: string) => `]]><img src=x onerror="${code}">`,
  (code: string) => `</textarea></title></style></noscript><img src=x onerror="${code}">`,
];

const LINKS = [
  (code: string) => `javascript:${code}`,
  (code: string) => `<a href="javascript:${code}">click</a>`,
  (code: string) => `<a href="JaVaScRiPt&colon;${code}">click</a>`,
  (code: string) => `[click](javascript:${code})`,
  (code: string) => `<a href=" \u{1}javascript:${code}">click</a>`,
  (code: string) => `data:text/html,<script>${code}</script>`,
  (code: string) => `vbscript:${code}`,
  (code: string) => `ringdove://evil.invalid/?x=javascript:${code}`,
  (code: string) => `![x](https://evil.invalid/x.png "onerror=${code}")`,
];

const TEMPLATES = [
  (code: string) => `{${code}}`,
  (code: string) => `{{${code}}}`,
  (code: string) => `{@html "<img src=x onerror=${code}>"}`,
  (code: string) => `{#if ${code}}x{/if}`,
  (code: string) => `\${${code}}`,
  (code: string) => `<%= ${code} %>`,
  (code: string) => `#{${code}}`,
  (code: string) => `{{constructor.constructor("${code}")()}}`,
  (code: string) => `{"__proto__":{"struck":true},"toString":"${code}"}`,
  (code: string) => `%3Cimg%20src%3Dx%20onerror%3D${code}%3E`,
  (code: string) => `&lt;img src=x onerror=${code}&gt;`,
  (code: string) => `\\u003cimg src=x onerror=${code}\\u003e`,
];

/** Characters that are not seen, or turn what is seen around: they must not make markup of text. */
const UNSEEN = [
  "\u{202e}",
  "\u{202d}",
  "\u{2066}",
  "\u{2067}",
  "\u{2069}",
  "\u{200b}",
  "\u{200d}",
  "\u{200e}",
  "\u{200f}",
  "\u{2060}",
  "\u{feff}",
  "\u{ad}",
  "\u{e0041}",
  "\u{fe0f}",
  "\u{2028}",
  "\u{7f}",
  "\u{85}",
];

/** Two hundred and more texts, all different; numbers tell them apart where spaces are cut. */
function hostileTexts(): string[] {
  const codes = [STRIKE, "alert(1)", `eval('${STRIKE}')`];
  const plain = [...ELEMENTS, ...LINKS, ...TEMPLATES].flatMap((wrap) => codes.map(wrap));
  const unseen = UNSEEN.flatMap((mark) => [
    `${mark}<img src=x onerror="${STRIKE}">${mark}`,
    `<im${mark}g src=x onerror=${STRIKE}>`,
    `java${mark}script:${STRIKE}`,
  ]);
  return [...plain, ...unseen].map((text, number) => `${number} ${text}.`);
}

/** What a name may hold is little; these are the worst that may. */
const NAMES = ["__proto__ x", "constructor", "onerror'alert.1'", "'-alert.1-'", "شاهد أحمد"];

/** Anything that a script of somebody else would leave behind. */
interface Traces {
  readonly events: string[];
}

/** Loads the page anew, watched. */
async function watch({ page }: Person): Promise<Traces> {
  const events: string[] = [];
  page.on("dialog", (dialog) => {
    events.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("popup", (popup) => events.push(`popup: ${popup.url()}`));
  page.on("pageerror", (error) => events.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (request.url().includes("evil.invalid")) events.push(`request: ${request.url()}`);
  });
  await page.addInitScript(() => {
    const violations: string[] = [];
    window.violations = violations;
    document.addEventListener("securitypolicyviolation", (event) => {
      violations.push(`${event.violatedDirective}: ${event.blockedURI}`);
    });
  });
  await page.reload();
  return { events };
}

async function expectUntouched({ page }: Person, { events }: Traces): Promise<void> {
  const left = await page.evaluate(() => ({
    struck: window.struck,
    inherited: "struck" in {},
    violations: window.violations,
  }));
  expect(left).toEqual({ struck: undefined, inherited: false, violations: [] });
  expect(events).toEqual([]);
}

/** The lines of the log that is shown, once there are that many; and the elements that they are made of. */
async function shown(page: Page, log: string, count: number): Promise<[string[], string[]]> {
  const lines = page.getByRole("log", { name: log }).locator(".text");
  await expect(lines).toHaveCount(count);
  const texts = await lines.evaluateAll((all) => all.map((line) => line.textContent));
  const inside = await page
    .getByRole("log", { name: log })
    .locator(".text *, script, img, iframe, svg, a")
    .evaluateAll((all) => all.map((element) => element.outerHTML));
  return [texts, inside];
}

test("two hundred hostile texts are shown as what they are, and none runs", async ({ person }) => {
  // Each is typed, twice.
  test.slow();
  const texts = hostileTexts();
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.length).toBeGreaterThan(200);
  const alice = await person("Alice");
  const bob = await person("Bob");
  const traces = [await watch(alice), await watch(bob)];
  for (const person of [alice, bob]) await person.signInIfAsked();

  for (const text of texts) await alice.say(text);
  for (const { page } of [alice, bob]) {
    expect(await shown(page, "Public room", texts.length)).toEqual([texts, []]);
  }

  await alice.button("Write to Bob").click();
  for (const text of texts) {
    await alice.page.getByRole("textbox", { name: "Message to Bob" }).fill(text);
    await alice.page.keyboard.press("Enter");
  }
  await bob.page.getByRole("button", { name: /^Write to Alice/ }).click();
  for (const [{ page }, log] of [
    [alice, "Bob"],
    [bob, "Alice"],
  ] as const) {
    expect(await shown(page, log, texts.length)).toEqual([texts, []]);
  }
  for (const [index, reader] of [alice, bob].entries()) {
    // Where a pointer comes by, and where a key press goes.
    await reader.page.getByRole("log").locator(".text").last().hover();
    await reader.page.keyboard.press("Tab");
    const trace = traces[index];
    if (trace !== undefined) await expectUntouched(reader, trace);
  }
});

test("names that look like code are names, and call and write as others do", async ({ person }) => {
  const alice = await person("Alice");
  const traces = await watch(alice);
  await alice.signInIfAsked();
  for (const name of NAMES) {
    const other = await person(name);
    await other.say(`this is ${name}`);
    await alice.reads(`this is ${name}`);
    await alice.call(name);
    await other.answer("Alice");
    await alice.expectMedia("audio");
    await alice.hangUp();
    await alice.reads(name);
    await alice.dismiss();
    await other.leave();
  }
  await expectUntouched(alice, traces);
});

test("no name is taken that could be markup, code or a mask", async ({ visitor }) => {
  const mallory = await visitor("Mallory");
  const traces = await watch(mallory);
  // One of each kind; a name is short.
  const names = hostileTexts().filter((_, number) => number % 3 === 0);
  for (const name of names) {
    await mallory.typeName(name.slice(0, 32));
    await expect(mallory.page.getByRole("alert")).toBeVisible();
    await expect(mallory.people).toBeHidden();
  }
  await expectUntouched(mallory, traces);
});

test("the same words many times in one instant do not disturb the page", async ({
  person,
  server,
}) => {
  const alice = await person("Alice");
  const traces = await watch(alice);
  await alice.signInIfAsked();
  await alice.page.evaluate((url) => {
    const socket = new WebSocket(url, "json");
    socket.onopen = () => {
      socket.send(JSON.stringify({ type: "username", name: "Gus" }));
      for (let copies = 0; copies < 100; copies += 1) {
        socket.send(JSON.stringify({ type: "message", text: "again" }));
      }
    };
  }, server.socketUrl);
  await alice.reads("again");
  await alice.say("still here");
  await alice.reads("still here");
  // The same words of one millisecond stand once.
  const lines = await alice.page.getByRole("log").locator(".text").allTextContents();
  expect(new Set(lines)).toEqual(new Set(["again", "still here"]));
  await expectUntouched(alice, traces);
});
