import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** What a call costs the app, and what Chromium: `npm run cost -w @ringdove/e2e`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  outputDir: "../results/cost",
  use: {},
});
