import type { Driver } from "./driver.ts";
import type { Participant } from "./participant.ts";
import { countReceived, type Received } from "./peers.ts";
import { until } from "./until.ts";

/** Somebody at a client that Playwright cannot drive. */
export class DrivenPerson<D extends Driver = Driver> implements Participant {
  readonly name: string;
  readonly session: D;

  constructor(name: string, session: D) {
    this.name = name;
    this.session = session;
  }

  async signIn(): Promise<void> {
    await this.session.fill("Your name", this.name);
    await this.session.press("Sign in");
    await this.reads("Online");
  }

  async call(name: string): Promise<void> {
    await this.session.press(`Call ${name} with video`);
  }

  async answer(from: string): Promise<void> {
    await this.reads(`${from} is calling`);
    await this.session.press("Answer");
  }

  async hangUp(): Promise<void> {
    await this.session.press("Hang up");
  }

  async dismiss(): Promise<void> {
    await this.session.press("Close");
    await until("the ended call is out of sight", async () => {
      return (await this.session.find("button", "Close")) === undefined;
    });
  }

  async reads(text: string): Promise<void> {
    await this.session.untilText(text);
  }

  async received(): Promise<Received> {
    return this.run(countReceived);
  }

  async run<T>(work: () => T): Promise<Awaited<T>> {
    return this.session.run(work);
  }

  async reached(stage: string, since: number, deadlineMs?: number): Promise<number> {
    const script = `return performance.getEntriesByName(${JSON.stringify(`ringdove:${stage}`)})
      .map((mark) => performance.timeOrigin + mark.startTime).find((at) => at >= ${since})`;
    return until(
      `${this.name} reaches ${stage}`,
      async () => {
        const at = await this.session.execute(script);
        return typeof at === "number" ? at : undefined;
      },
      deadlineMs,
    );
  }

  async expectReleased(): Promise<void> {
    await until(`nothing is left open at ${this.name}`, async () => {
      return (await this.received()).connections === 0;
    });
  }

  async leave(): Promise<void> {
    await this.session.close();
  }
}
