import { until } from "./until.ts";

/** What elements are looked for by. */
export type Role = "alertdialog" | "button" | "list" | "status" | "textbox";

/** A client's page as W3C WebDriver shows it: elements are found by role and accessible name. */
export abstract class Driver {
  /** Presses the button of this name as soon as that is possible. */
  abstract press(name: string): Promise<void>;

  /** Types into the text box of this name as soon as that is possible. */
  abstract fill(name: string, text: string): Promise<void>;

  /** The element with this role and accessible name that can be seen. */
  abstract find(role: Role, name?: string): Promise<unknown>;

  /** Runs the body of a function in the page. */
  abstract execute(script: string): Promise<unknown>;

  /** Ends the client, whatever state it is in. */
  abstract close(): Promise<void>;

  /** Runs a function of ours in the page. */
  async run<T>(work: () => T): Promise<Awaited<T>> {
    return (await this.execute(`return (${work.toString()})()`)) as Awaited<T>;
  }

  /** All the text that can be seen. */
  async text(): Promise<string> {
    return (await this.execute("return document.body.innerText")) as string;
  }

  async untilText(wanted: RegExp | string, deadlineMs?: number): Promise<string> {
    let last = "";
    try {
      return await until(
        `text ${String(wanted)}`,
        async () => {
          last = await this.text();
          if (typeof wanted === "string") return last.includes(wanted) && wanted;
          return wanted.exec(last)?.[0];
        },
        deadlineMs,
      );
    } catch (error) {
      throw new Error(`the page says ${JSON.stringify(last)}`, { cause: error });
    }
  }
}
