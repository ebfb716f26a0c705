import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** The media engine alone, in a real browser, without a server: `npx playwright test -c media`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  // Each run empties its folder, and that of the other tests is theirs.
  outputDir: "../../../target/media-results",
});
