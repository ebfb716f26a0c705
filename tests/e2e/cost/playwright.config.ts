import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

// The app logs as it does for people, and not each step: that costs as well.
process.env["RINGDOVE_LOG"] ??= "info";

/** What a call costs the app, and what Chromium: `npm run cost -w @ringdove/e2e`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  outputDir: "../results/cost",
  use: {},
});
