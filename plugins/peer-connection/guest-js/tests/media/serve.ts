import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";

/** Where the harness is, what a page that nobody drives reports, and how to end it. */
export interface ServedHarness {
  readonly address: string;
  readonly report: Promise<string>;
  close(): Promise<void>;
}

/** Serves the harness on a free port. */
export async function serveHarness(): Promise<ServedHarness> {
  let told: (report: string) => void = () => undefined;
  const report = new Promise<string>((resolve) => {
    told = resolve;
  });
  const server = await createServer({
    root: fileURLToPath(new URL("../..", import.meta.url)),
    configFile: false,
    logLevel: "warn",
    // The folder of the packages may be a link into another checkout.
    cacheDir: join(tmpdir(), "peer-connection-media-tests"),
    optimizeDeps: { noDiscovery: true },
    server: { port: 0, hmr: false, watch: null },
    plugins: [
      {
        name: "report",
        configureServer({ middlewares }) {
          middlewares.use("/report", (request, response) => {
            const parts: Buffer[] = [];
            request.on("data", (part: Buffer) => parts.push(part));
            request.on("end", () => {
              response.end();
              told(Buffer.concat(parts).toString());
            });
          });
        },
      },
    ],
  });
  await server.listen();
  const origin = server.resolvedUrls?.local[0];
  if (origin === undefined) {
    throw new Error("the harness is served nowhere");
  }
  return {
    address: new URL("tests/media/harness.html", origin).href,
    report,
    close: () => server.close(),
  };
}
