import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** What goes wrong, and what must happen then: `cargo xtask faults`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  outputDir: "../results/faults",
  globalSetup: "../support/isolated.ts",
  timeout: 180_000,
  reporter: [["list"], ["./table.ts"]],
});
