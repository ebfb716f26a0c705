import { existsSync } from "node:fs";
import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { Driver, type Role } from "./driver.ts";
import { DrivenPerson } from "./drivenPerson.ts";
import { rememberPeers } from "./peers.ts";
import type { Server } from "./server.ts";

const PLACES = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
  "C:\\Program Files\\Mozilla Firefox\\firefox.exe",
];

/** A person who lets the page have camera and microphone, on a machine that has neither. */
const PREFERENCES = {
  // A moving test picture with a tone in place of camera and microphone.
  "media.navigator.streams.fake": true,
  "media.navigator.permission.disabled": true,
  "media.autoplay.default": 0,
  // Both ends of a call are on this machine, which may have no other network address.
  "media.peerconnection.ice.loopback": true,
  // Nothing is fetched while a test runs.
  "media.gmp-manager.updateEnabled": false,
  "media.gmp-provider.enabled": false,
};

/** How Firefox is started. */
export interface FirefoxOptions {
  /** Whether others see names (mDNS) in place of this machine's addresses, as they do by default. */
  readonly hidesAddresses: boolean;
}

/** Where this machine's Firefox is; `RINGDOVE_FIREFOX` names another one. */
function executable(): string {
  const found = [process.env["RINGDOVE_FIREFOX"], ...PLACES].find(
    (place) => place !== undefined && existsSync(place),
  );
  if (found === undefined) throw new Error("no Firefox found; RINGDOVE_FIREFOX can name one");
  return found;
}

/** A page of Firefox, through WebDriver BiDi: the Firefox that Playwright drives is its own build. */
class FirefoxPage extends Driver {
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    super();
    this.#browser = browser;
    this.#page = page;
  }

  static async open(url: string, options: FirefoxOptions): Promise<FirefoxPage> {
    const browser = await puppeteer.launch({
      browser: "firefox",
      executablePath: executable(),
      headless: true,
      extraPrefsFirefox: {
        ...PREFERENCES,
        "media.peerconnection.ice.obfuscate_host_addresses": options.hidesAddresses,
      },
    });
    const [page] = await browser.pages();
    if (page === undefined) throw new Error("Firefox opened no page");
    await page.evaluateOnNewDocument(rememberPeers);
    await page.goto(url);
    return new FirefoxPage(browser, page);
  }

  override async press(name: string): Promise<void> {
    await this.#page.locator(selector("button", name)).click();
  }

  override async fill(name: string, text: string): Promise<void> {
    await this.#page.locator(selector("textbox", name)).fill(text);
  }

  override async find(role: Role, name?: string): Promise<unknown> {
    const found = await this.#page.$(selector(role, name));
    return found !== null && (await found.isVisible()) ? found : undefined;
  }

  override async execute(script: string): Promise<unknown> {
    return this.#page.evaluate(`(() => { ${script} })()`);
  }

  override async close(): Promise<void> {
    await this.#browser.close();
  }
}

/** Somebody at a web client in a Firefox of their own. */
export async function openFirefox(
  server: Server,
  name: string,
  options: FirefoxOptions,
): Promise<DrivenPerson> {
  return new DrivenPerson(name, await FirefoxPage.open(server.url, options));
}

function selector(role: Role, name?: string): string {
  return `::-p-aria(${name === undefined ? "" : `[name="${name}"]`}[role="${role}"])`;
}
