import {
  type Browser,
  type BrowserContext,
  expect,
  type Locator,
  type Page,
} from "@playwright/test";
import { marks, reached } from "./marks.ts";
import type { Participant } from "./participant.ts";
import { received, type Received, watchPeers } from "./peers.ts";

/** How a person's browser is set up. */
export interface PersonOptions {
  /** Whether the browser lets the page have camera and microphone. */
  readonly devices?: "granted" | "denied";
  readonly locale?: string;
  /** The size of the page, in CSS pixels. */
  readonly viewport?: { readonly width: number; readonly height: number };
}

/** Where a web client comes from. */
export interface WebServer {
  readonly url: string;
}

/** Somebody at a web client: elements are found by role and name. */
export class Person implements Participant {
  readonly name: string;
  readonly page: Page;

  constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
  }

  /** Opens the server's web client in a browser profile of its own. */
  static async open(
    browser: Browser,
    server: WebServer,
    name: string,
    options: PersonOptions = {},
  ): Promise<Person> {
    const context = await browser.newContext({
      baseURL: server.url,
      locale: options.locale ?? "en",
      ...(options.viewport && { viewport: options.viewport }),
      ...(options.devices === "denied" ? {} : { permissions: ["camera", "microphone"] }),
    });
    if (options.devices === "denied") await denyDevices(browser, context, server);
    return Person.in(context, server, name);
  }

  /** Opens one more page of a profile. */
  static async in(context: BrowserContext, server: WebServer, name: string): Promise<Person> {
    const page = await context.newPage();
    await watchPeers(page);
    await page.goto(server.url);
    return new Person(name, page);
  }

  /** Types a name and presses the button; whether that succeeds is not waited for. */
  async typeName(name: string = this.name): Promise<void> {
    await this.page.getByRole("textbox", { name: "Your name" }).fill(name);
    await this.button("Sign in").click();
  }

  async signIn(): Promise<void> {
    await this.typeName();
    await expect(this.people).toBeVisible();
  }

  /** A page that remembers the name may sign in by itself. */
  async signInIfAsked(): Promise<void> {
    await expect(this.people.or(this.button("Sign in"))).toBeVisible();
    if (await this.button("Sign in").isVisible()) await this.signIn();
  }

  /** The state of the link to the server, as a screen reader hears it. */
  get link(): Locator {
    return this.page.getByRole("status", { name: "Connection to the server" });
  }

  get people(): Locator {
    return this.page.getByRole("list", { name: "People" });
  }

  callButton(name: string, media: "video" | "audio" = "video"): Locator {
    const label = media === "video" ? `Call ${name} with video` : `Call ${name}, audio only`;
    return this.page.getByRole("button", { name: label, exact: true });
  }

  async call(name: string, media: "video" | "audio" = "video"): Promise<void> {
    await this.callButton(name, media).click();
  }

  /** The prompt for a call from somebody. */
  incoming(from: string): Locator {
    return this.page.getByRole("alertdialog").filter({ hasText: `${from} is calling` });
  }

  async answer(from: string): Promise<void> {
    await this.incoming(from).getByRole("button", { name: "Answer", exact: true }).click();
  }

  async decline(from: string): Promise<void> {
    await this.incoming(from).getByRole("button", { name: "Decline", exact: true }).click();
  }

  /** Speaks in the public room. */
  async say(text: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "Message to everybody" }).fill(text);
    await this.page.keyboard.press("Enter");
  }

  /** Presses the Tab key until the element has the focus. */
  async tabTo(element: Locator): Promise<void> {
    await expect(element).toBeVisible();
    for (let presses = 0; presses < 40; presses += 1) {
      if (await element.evaluate((it) => it === document.activeElement)) return;
      await this.page.keyboard.press("Tab");
    }
    throw new Error(`${this.name} cannot reach the element with the Tab key`);
  }

  button(name: string): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  async hangUp(): Promise<void> {
    await this.button("Hang up").click();
  }

  /** Puts the ended call out of sight. */
  async dismiss(): Promise<void> {
    await this.button("Close").click();
  }

  async reads(text: string): Promise<void> {
    await expect(this.page.getByText(text).first()).toBeVisible();
  }

  async received(): Promise<Received> {
    return received(this.page);
  }

  async run<T>(work: () => T): Promise<Awaited<T>> {
    return await this.page.evaluate(work);
  }

  /** Waits until more of the other end's media has been decoded than before. */
  async expectMedia(kind: "video" | "audio", more: Partial<Received> = {}): Promise<void> {
    const field = kind === "video" ? "videoFrames" : "audioSamples";
    const before = more[field] ?? 0;
    await expect
      .poll(async () => (await this.received())[field], {
        message: `${this.name} receives ${kind}`,
        intervals: [50],
        timeout: 10_000,
      })
      .toBeGreaterThan(before);
  }

  /** Waits until the other end's picture is shown: a video that plays, and is not the own one. */
  async expectPicture(): Promise<void> {
    const shown = this.page.locator("video").filter({ visible: true });
    await expect
      .poll(async () =>
        shown.evaluateAll(
          (videos) =>
            videos.filter((it) => it instanceof HTMLVideoElement && !it.paused && it.videoWidth > 0)
              .length,
        ),
      )
      .toBeGreaterThanOrEqual(2);
  }

  /** Waits until nothing of a call is left open. */
  async expectReleased(): Promise<void> {
    await expect
      .poll(async () => (await this.received()).connections, { intervals: [50], timeout: 2_000 })
      .toBe(0);
  }

  /** When the call that began after `since` reached a stage. */
  async reached(stage: string, since: number, limit?: number): Promise<number> {
    return reached(this.page, stage, since, limit);
  }

  async stages(): Promise<string[]> {
    return (await marks(this.page)).map((mark) => mark.stage);
  }

  /** Loads the page anew, and signs in as before. */
  async startOver(): Promise<void> {
    await this.page.reload();
    await this.signInIfAsked();
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}

/** As a user who pressed "Block". */
async function denyDevices(
  browser: Browser,
  context: BrowserContext,
  server: WebServer,
): Promise<void> {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  const { targetInfo } = await session.send("Target.getTargetInfo");
  const { browserContextId } = targetInfo;
  const control = await browser.newBrowserCDPSession();
  for (const name of ["camera", "microphone"]) {
    await control.send("Browser.setPermission", {
      permission: { name },
      setting: "denied",
      origin: new URL(server.url).origin,
      ...(browserContextId === undefined ? {} : { browserContextId }),
    });
  }
  await control.detach();
  await page.close();
}
