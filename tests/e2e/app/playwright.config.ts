import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** The real app on a desktop that nobody sees: `npm run app -w tests/e2e`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  outputDir: "../results/app",
  timeout: 120_000,
  use: {},
});
