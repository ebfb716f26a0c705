import { defineConfig } from "@playwright/test";
import { launchOptions } from "./support/chromium.ts";

export default defineConfig({
  testDir: "web",
  outputDir: "results",
  // Tests measure how soon things happen; two at once on two cores would measure each other.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  forbidOnly: process.env["CI"] !== undefined,
  reporter: [["list"]],
  // A trace would slow down what is measured; `--trace on` asks for one.
  use: { launchOptions: launchOptions({ headless: true }), screenshot: "only-on-failure" },
});
