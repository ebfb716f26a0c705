import type { Browser } from "@playwright/test";
import { App } from "../app/app.ts";
import type { Desktop } from "../app/desktop.ts";
import { openFirefox } from "../support/firefox.ts";
import type { Participant } from "../support/participant.ts";
import { Person } from "../support/person.ts";
import type { Server } from "../support/server.ts";

/** What a person may use. */
export const KINDS = ["app", "Chromium", "Firefox"] as const;

export type Kind = (typeof KINDS)[number];

/** What a client needs around it. */
export interface Surroundings {
  readonly server: Server;
  /** Where the app's windows are shown. */
  readonly desktop: Desktop;
  readonly chromium: Browser;
  /** Gives a folder of the test's own. */
  readonly folder: (name: string) => string;
}

/** What browsers differ in. */
export interface Settings {
  /** Others see names (mDNS) in place of this machine's addresses, where the browser can do so. */
  readonly hidesAddresses: boolean;
}

/** Starts a client that knows nothing yet. */
export async function start(
  kind: Kind,
  name: string,
  { server, desktop, chromium, folder }: Surroundings,
  settings: Settings,
): Promise<Participant> {
  switch (kind) {
    case "app": {
      const args = ["--server", server.socketUrl, "--test-devices"];
      return App.start(desktop, name, folder(name), args);
    }
    case "Chromium":
      return Person.open(chromium, server, name);
    case "Firefox":
      return openFirefox(server, name, settings);
  }
}
