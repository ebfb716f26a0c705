import { fileURLToPath } from "node:url";
import { createServer } from "vite";

/** Where the media harness is, and how to end serving it. */
export interface ServedHarness {
  readonly address: string;
  close(): Promise<void>;
}

/** Serves `media-harness.html`, which is no part of any build, on a free port. */
export async function serveHarness(): Promise<ServedHarness> {
  const server = await createServer({
    root: fileURLToPath(new URL(".", import.meta.url)),
    configFile: fileURLToPath(new URL("vite.config.ts", import.meta.url)),
    logLevel: "warn",
    server: { port: 0, strictPort: false, hmr: false, watch: null },
  });
  await server.listen();
  const origin = server.resolvedUrls?.local[0];
  if (origin === undefined) throw new Error("the harness is served nowhere");
  return {
    address: new URL("media-harness.html", origin).href,
    close: () => server.close(),
  };
}
