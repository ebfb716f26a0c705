import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { proportional } from "../support/memory.ts";
import { Meter, type Reception } from "../support/meter.ts";
import { idleTime, processorTime, processTree } from "../support/processTree.ts";
import type { Client } from "./client.ts";

/** What some time of a call cost one client, and what it got for it. */
export interface Cost {
  readonly name: string;
  /** Seconds of the processor's time per second. */
  readonly processor: number;
  /** In MiB, before and after. */
  readonly memory: readonly [number, number];
  readonly seen: Reception;
}

/** What it cost the clients of a call, and what else the processors did; each as above. */
export interface Costs {
  readonly clients: readonly Cost[];
  /** The X server that shows the clients. */
  readonly screen: number;
  readonly idle: number;
  /** The tests, their server and drivers, and what else is at work here. */
  readonly others: number;
}

export async function measure(
  clients: readonly Client[],
  screen: number,
  seconds: number,
  log: (name: string) => string,
): Promise<Costs> {
  const meters: Meter[] = [];
  for (const { person } of clients) meters.push(await Meter.start(person, log(person.name)));
  // Looking at the memory stops a process for a while: not within the time that is measured.
  const memoryBefore = memory(clients);
  const before = look(clients, screen);
  await sleep(seconds * 1000);
  const after = look(clients, screen);
  const memoryAfter = memory(clients);

  const per = (of: (times: Times) => number): number =>
    (of(after) - of(before)) / ((after.at - before.at) / 1000);
  const costs: Cost[] = [];
  for (const [index, meter] of meters.entries()) {
    costs.push({
      name: meter.person.name,
      processor: per((times) => times.clients[index] ?? NaN),
      memory: [memoryBefore[index] ?? NaN, memoryAfter[index] ?? NaN],
      seen: (await meter.take()).since(before.at).until(after.at),
    });
  }
  const [screenTime, idle] = [per((times) => times.screen), per((times) => times.idle)];
  const clientsTime = costs.reduce((sum, it) => sum + it.processor, 0);
  const others = cpus().length - idle - clientsTime - screenTime;
  return { clients: costs, screen: screenTime, idle, others };
}

/** What was used of the processors up to a moment, in seconds. */
interface Times {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly clients: readonly number[];
  readonly screen: number;
  readonly idle: number;
}

function look(clients: readonly Client[], screen: number): Times {
  return {
    at: Date.now(),
    clients: clients.map(({ main }) => processorTime(processTree(main))),
    screen: processorTime([screen]),
    idle: idleTime(),
  };
}

function memory(clients: readonly Client[]): number[] {
  return clients.map(({ main }) => proportional(processTree(main)));
}
