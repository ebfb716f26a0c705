import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** What is heard at both ends, over sound cards that are none: `npm run sound -w tests/e2e`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  outputDir: "../results/sound",
  timeout: 240_000,
  use: {},
});
