import { App } from "../app/app.ts";
import type { Desktop } from "../app/desktop.ts";
import { launch, mainProcess } from "../support/chromium.ts";
import type { Participant } from "../support/participant.ts";
import { Person } from "../support/person.ts";
import type { Server } from "../support/server.ts";

/** What the app's test camera gives, and so must Chromium's. */
export const FRAMES_PER_SECOND = 30;

/** What is compared. */
export const KINDS = ["app", "Chromium"] as const;

export type Kind = (typeof KINDS)[number];

/** A person at a client whose processes are nobody else's. */
export interface Client {
  readonly person: Participant;
  /** The process that started all others of the client. */
  readonly main: number;
  close(): Promise<void>;
}

/** What a client needs around it. */
export interface Surroundings {
  readonly server: Server;
  /** Where both kinds show their windows. */
  readonly desktop: Desktop;
  /** Gives a folder of the test's own. */
  readonly folder: (name: string) => string;
}

export async function open(kind: Kind, name: string, around: Surroundings): Promise<Client> {
  return kind === "app" ? openApp(name, around) : openChromium(name, around);
}

async function openApp(name: string, { server, desktop, folder }: Surroundings): Promise<Client> {
  const args = ["--server", server.socketUrl, "--test-devices"];
  const app = await App.start(desktop, name, folder(name), args);
  return { person: app, main: app.pid, close: () => app.leave() };
}

async function openChromium(name: string, { server, desktop }: Surroundings): Promise<Client> {
  // With a window, since the app has to paint one too.
  const browser = await launch({
    headless: false,
    framesPerSecond: FRAMES_PER_SECOND,
    env: desktop.env,
  });
  try {
    const person = await Person.open(browser, server, name, { viewport: APP_WINDOW });
    return { person, main: await mainProcess(browser), close: () => browser.close() };
  } catch (error) {
    await browser.close();
    throw error;
  }
}

/** The size of the app's page (src-tauri/src/windows.rs). */
const APP_WINDOW = { width: 960, height: 680 };
