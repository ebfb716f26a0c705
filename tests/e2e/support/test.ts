import { test as base } from "@playwright/test";
import { Person, type PersonOptions } from "./person.ts";
import { Server } from "./server.ts";

interface Fixtures {
  /** More arguments for the server. */
  readonly serverArgs: readonly string[];
  /** A server of the test's own. */
  readonly server: Server;
  /** Somebody who has opened the web client in a profile of their own. */
  readonly visitor: (name: string, options?: PersonOptions) => Promise<Person>;
  /** A visitor who has signed in. */
  readonly person: (name: string, options?: PersonOptions) => Promise<Person>;
}

/** Tests with a real server and people at real pages. */
export const test = base.extend<Fixtures>({
  serverArgs: [[], { option: true }],
  server: async ({ serverArgs }, use) => {
    const server = await Server.start({ args: serverArgs });
    await use(server);
    await server.stop();
  },
  visitor: async ({ browser, server }, use) => {
    const opened: Person[] = [];
    await use(async (name, options) => {
      const person = await Person.open(browser, server, name, options);
      opened.push(person);
      return person;
    });
    for (const person of opened) await person.leave();
  },
  person: async ({ visitor }, use) => {
    await use(async (name, options) => {
      const person = await visitor(name, options);
      await person.signIn();
      return person;
    });
  },
});

export { expect } from "@playwright/test";
