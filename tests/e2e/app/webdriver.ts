import { Driver, type Role } from "../support/driver.ts";
import { until } from "../support/until.ts";
import type { Process } from "./processes.ts";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Which elements can have a role without saying so (HTML-AAM). */
const NATIVE = {
  alertdialog: "[role=alertdialog]",
  button: "button, [role=button]",
  list: "ul, ol, [role=list]",
  status: "output, [role=status]",
  textbox: "input, textarea, [role=textbox]",
} as const satisfies Record<Role, string>;

/**
 * One running app, seen through W3C WebDriver: elements are found by role and accessible name, and
 * pressed with the driver's own mouse.
 */
export class Session extends Driver {
  readonly #base: string;
  readonly #driver: Process;
  readonly #pages = new Map<string, string>();

  private constructor(base: string, driver: Process) {
    super();
    this.#base = base;
    this.#driver = driver;
  }

  static async open(
    driver: Process,
    root: string,
    binary: string,
    args: readonly string[],
  ): Promise<Session> {
    await until("driver listens", async () => (await fetch(`${root}/status`)).ok);
    const browser = { "webkitgtk:browserOptions": { binary, args } };
    const { sessionId } = (await call("POST", `${root}/session`, {
      capabilities: { alwaysMatch: browser },
    })) as { sessionId: string };
    return new Session(`${root}/session/${sessionId}`, driver);
  }

  /** Turns to the window that shows `page`. */
  async window(page: "index.html" | "prompt.html"): Promise<void> {
    const known = this.#pages.get(page);
    if (known !== undefined) {
      await this.#call("POST", "/window", { handle: known });
      return;
    }
    await until(`a window shows ${page}`, async () => {
      for (const handle of (await this.#call("GET", "/window/handles")) as string[]) {
        await this.#call("POST", "/window", { handle });
        const { pathname } = new URL((await this.#call("GET", "/url")) as string);
        if (pathname === `/${page}` || (page === "index.html" && /^\/?$/.test(pathname))) {
          this.#pages.set(page, handle);
          return true;
        }
      }
      return false;
    });
  }

  override async press(name: string): Promise<void> {
    await until(`button "${name}" can be pressed`, async () => {
      const button = await this.find("button", name);
      if (button === undefined) {
        return false;
      }
      await this.#call("POST", `/element/${button}/click`, {});
      return true;
    });
  }

  override async fill(name: string, text: string): Promise<void> {
    await until(`text box "${name}" takes text`, async () => {
      const box = await this.find("textbox", name);
      if (box === undefined) {
        return false;
      }
      await this.#call("POST", `/element/${box}/clear`, {});
      await this.#call("POST", `/element/${box}/value`, { text });
      return true;
    });
  }

  /** The element with this role and accessible name that can be seen. */
  override async find(role: Role, name?: string): Promise<string | undefined> {
    const elements = (await this.#call("POST", "/elements", {
      using: "css selector",
      value: NATIVE[role],
    })) as Record<string, string>[];
    for (const element of elements) {
      const id = element[ELEMENT];
      if (id === undefined) {
        continue;
      }
      const path = `/element/${id}`;
      const label = await this.#call("GET", `${path}/computedlabel`);
      if (
        (name === undefined || label === name) &&
        (await this.#call("GET", `${path}/displayed`))
      ) {
        return id;
      }
    }
    return undefined;
  }

  override async execute(script: string): Promise<unknown> {
    return this.#call("POST", "/execute/sync", { script, args: [] });
  }

  /** Ends the app and its driver, whatever state they are in. */
  override async close(): Promise<void> {
    await this.#call("DELETE", "").catch(() => undefined);
    await this.#driver.stop();
  }

  #call(method: string, path: string, body?: unknown): Promise<unknown> {
    return call(method, this.#base + path, body);
  }
}

async function call(method: string, url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    signal: AbortSignal.timeout(60_000),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { value } = (await response.json()) as { value: unknown };
  if (!response.ok) {
    throw new Error(`${method} ${new URL(url).pathname}: ${JSON.stringify(value)}`);
  }
  return value;
}
