import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, expect, type Locator, type Page } from "@playwright/test";
import { received, type Received, watchPeers } from "./peers.ts";
import type { Server } from "./server.ts";

/**
 * The folder of the page that guests use: our own stand-in, or a checkout of the tutorial's
 * original that `RINGDOVE_TUTORIAL` names.
 */
export function guestFolder(): string {
  const original = process.env["RINGDOVE_TUTORIAL"];
  if (original === undefined) return fileURLToPath(new URL("../tutorial-guest", import.meta.url));
  const folder = resolve(original);
  if (!existsSync(join(folder, "index.html"))) throw new Error(`no index.html in ${folder}`);
  return folder;
}

/** Somebody at the tutorial's page, found by the ids that the tutorial gives its elements. */
export class Guest {
  readonly name: string;
  readonly page: Page;

  private constructor(name: string, page: Page) {
    this.name = name;
    this.page = page;
  }

  /** Opens the page, which the server must have been told to serve, and logs in. */
  static async join(browser: Browser, server: Server, name: string): Promise<Guest> {
    const context = await browser.newContext({ permissions: ["camera", "microphone"] });
    const page = await context.newPage();
    await watchPeers(page);
    await page.goto(new URL("tutorial/index.html", server.url).href);
    await page.locator("#name").fill(name);
    await page.getByRole("button", { name: "Log in" }).click();
    const guest = new Guest(name, page);
    await expect(guest.listed(name)).toBeVisible();
    return guest;
  }

  listed(name: string): Locator {
    return this.page.locator(".userlistbox li").filter({ hasText: new RegExp(`^${name}$`) });
  }

  get chat(): Locator {
    return this.page.locator(".chatbox");
  }

  get hangUpButton(): Locator {
    return this.page.locator("#hangup-button");
  }

  async say(text: string): Promise<void> {
    await this.page.locator("#text").fill(text);
    await this.page.locator("#send").click();
  }

  async call(name: string): Promise<void> {
    await this.listed(name).click();
  }

  async hangUp(): Promise<void> {
    await this.hangUpButton.click();
  }

  async received(): Promise<Received> {
    return received(this.page);
  }

  /** Waits until video of the other end is decoded, and shown. */
  async expectVideo(): Promise<void> {
    const before = (await this.received()).videoFrames;
    await expect
      .poll(async () => (await this.received()).videoFrames, { intervals: [50], timeout: 10_000 })
      .toBeGreaterThan(before);
    const shown = this.page.locator("#received_video");
    await expect
      .poll(async () =>
        shown.evaluate((video) => (video instanceof HTMLVideoElement ? video.videoWidth : 0)),
      )
      .toBeGreaterThan(0);
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}
