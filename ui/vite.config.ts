import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

/** Two pages: the app's main window (and the web client), and the app's incoming-call prompt. */
export default defineConfig(({ mode }) => ({
  plugins: [svelte({ configFile: false })],
  // Works at any path, so that a server behind a path prefix can hand it out.
  base: "./",
  build: {
    // The content security policy allows no inline code.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    outDir: mode === "gallery" ? "dist-gallery" : "dist",
    rolldownOptions: {
      input: mode === "gallery" ? ["gallery.html"] : ["index.html", "prompt.html"],
    },
  },
  server: { port: 5173, strictPort: true },
  resolve: mode === "test" ? { conditions: ["browser"] } : {},
  // A busy machine takes its time; a test that hangs still fails.
  test: { include: ["src/**/*.test.ts"], testTimeout: 30_000 },
}));
