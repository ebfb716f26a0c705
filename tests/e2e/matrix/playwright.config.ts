import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** Calls between every two kinds of client: `npm run matrix -w @ringdove/e2e`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  outputDir: "../results/matrix",
  reporter: [["list"], ["./table.ts"]],
});
