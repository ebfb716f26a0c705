import { describe, expect, it } from "vitest";
import { TaskQueue } from "./queue";

describe("TaskQueue", () => {
  it("runs each task after the one before is done", async () => {
    const log: string[] = [];
    const queue = new TaskQueue(10, () => undefined);
    // The longer ones come first: only the order of coming may count.
    for (const [name, steps] of [
      ["first", 5],
      ["second", 3],
      ["third", 1],
    ] as const) {
      queue.add(async () => {
        log.push(`${name} starts`);
        for (let step = 0; step < steps; step += 1) await Promise.resolve();
        log.push(`${name} ends`);
      });
    }
    await queue.idle();
    expect(log).toEqual([
      "first starts",
      "first ends",
      "second starts",
      "second ends",
      "third starts",
      "third ends",
    ]);
  });

  it("goes on after a task that failed, and tells of it", async () => {
    const failures: unknown[] = [];
    const queue = new TaskQueue(10, (error) => failures.push(error));
    const error = new Error("broken");
    let ran = false;
    queue.add(() => Promise.reject(error));
    queue.add(() => {
      ran = true;
      return Promise.resolve();
    });
    await queue.idle();
    expect(failures).toEqual([error]);
    expect(ran).toBe(true);
  });

  it("refuses tasks beyond its limit, and takes them again when there is room", async () => {
    const queue = new TaskQueue(2, () => undefined);
    const task = (): Promise<void> => Promise.resolve();
    expect([queue.add(task), queue.add(task), queue.add(task)]).toEqual([true, true, false]);
    await queue.idle();
    expect(queue.add(task)).toBe(true);
  });
});
