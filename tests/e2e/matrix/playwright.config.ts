import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** Calls between every two kinds of client: `npm run matrix -w @ringdove/e2e`. */
export default defineConfig({
  ...everything,
  testDir: ".",
  outputDir: "../results/matrix",
  // The page's process of WebKitGTK crashes now and then (docs/platforms.md). The table counts each
  // try, and a pairing that fails twice has another fault.
  retries: process.env["CI"] === undefined ? 0 : 1,
  reporter: [["list"], ["./table.ts"]],
});
