/** Serves the tests to one window, takes what they report and names the next one. */
import { createReadStream, existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { reporter } from "./reporter.ts";

/** What a page says of one file of tests. */
export interface Report {
  /** Path and query of the file. */
  readonly file: string;
  readonly status: string;
  readonly message: string | null;
  readonly subtests: readonly Subtest[];
}

export interface Subtest {
  readonly name: string;
  readonly status: string;
  readonly message: string | null;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".webm": "video/webm",
  ".mp4": "video/mp4",
};

export class TestServer {
  readonly #folder: string;
  /** A script that each page runs first. */
  readonly #script: string | null;
  readonly #server: Server;
  #reported: ((report: Report) => void) | null = null;
  /** A page that is done and waits for where to go. */
  #waiting: ServerResponse | null = null;

  private constructor(folder: string, script: string | null) {
    this.#folder = folder;
    this.#script = script;
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => {
        response.writeHead(500).end();
      });
    });
  }

  static async start(folder: string, script: string | null): Promise<TestServer> {
    const server = new TestServer(folder, script);
    await new Promise<void>((resolve) => server.#server.listen(0, "localhost", resolve));
    return server;
  }

  url(file: string): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}/${file}`;
  }

  /** What the page of this file reports. */
  report(file: string): Promise<Report> {
    return new Promise((resolve) => {
      this.#reported = (report) => {
        if (report.file === `/${file}`) resolve(report);
      };
    });
  }

  /** Sends the waiting page to a file; false where none waits. */
  send(file: string): boolean {
    if (!this.#waiting) return false;
    this.#waiting.end(JSON.stringify(this.url(file)));
    this.#waiting = null;
    return true;
  }

  /** The window is gone. */
  forget(): void {
    this.#waiting?.destroy();
    this.#waiting = null;
  }

  close(): void {
    this.forget();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method === "POST" && pathname === "/-/report") {
      const text = await body(request);
      response.once("close", () => {
        if (this.#waiting === response) this.#waiting = null;
      });
      this.#waiting = response;
      this.#reported?.(JSON.parse(text) as Report);
      return;
    }
    const own = OWN[pathname];
    if (own !== undefined) {
      head(response, ".js").end(own);
      return;
    }
    const file = join(this.#folder, normalize(decodeURIComponent(pathname)));
    if (!existsSync(file) || !statSync(file).isFile()) {
      response.writeHead(404).end();
    } else if (this.#script !== null && extname(file) === ".html") {
      head(response, ".html").end(withScript(readFileSync(file, "utf8"), this.#script));
    } else {
      createReadStream(file).pipe(head(response, extname(file)));
    }
  }
}

const OWN: Readonly<Record<string, string>> = {
  "/resources/testharnessreport.js": `(${reporter.toString()})();`,
  // The window grants what the tests would ask a driver for.
  "/resources/testdriver-vendor.js": `
    test_driver_internal.set_permission = () => Promise.resolve();
    test_driver_internal.click = (element) => Promise.resolve(element.click());
  `,
};

function head(response: ServerResponse, extension: string): ServerResponse {
  const type = TYPES[extension] ?? "application/octet-stream";
  return response.writeHead(200, { "content-type": type, "cache-control": "no-store" });
}

function withScript(html: string, script: string): string {
  const doctype = /^\s*<!doctype html>/i.exec(html)?.[0] ?? "";
  return `${doctype}<script>${script}</script>${html.slice(doctype.length)}`;
}

async function body(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
