import { defineConfig } from "@playwright/test";
import everything from "../playwright.config.ts";

/** The media engine alone, in a real browser, without a server: `npx playwright test -c media`. */
export default defineConfig({ ...everything, testDir: ".", outputDir: "../results/media" });
