import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** Calls between two real apps over bad links: `npm run links -w tests/e2e`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  outputDir: "../results/links",
  globalSetup: "../support/isolated.ts",
  timeout: 480_000,
  use: {},
});
