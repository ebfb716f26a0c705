import { defineConfig } from "vitest/config";

/** One classic script without imports, which the app runs before any script of the page. */
export default defineConfig({
  build: {
    lib: {
      entry: "src/index.ts",
      formats: ["iife"],
      name: "ringdovePeerConnection",
      fileName: () => "peer-connection.js",
    },
    target: "es2022",
  },
  test: { include: ["src/**/*.test.ts"] },
});
