import { defineConfig } from "@playwright/test";
import { CHROMIUM, FLAGS } from "./chromium";

export default defineConfig({
  testDir: ".",
  outputDir: "../../node_modules/.media-results",
  workers: 1,
  timeout: 60_000,
  forbidOnly: process.env["CI"] !== undefined,
  reporter: [["list"]],
  use: { launchOptions: { executablePath: CHROMIUM, args: [...FLAGS] } },
});
