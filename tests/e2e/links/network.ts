import { chmodSync, writeFileSync } from "node:fs";
import type { Place } from "../app/app.ts";
import { output } from "../app/processes.ts";
import { Link } from "./link.ts";

const NAMES = ["alice", "bob"] as const;
/** The device of the bad link, in each namespace. */
const MEDIA = "media";
/** The cable to the test, in each namespace. */
const CABLE = "signaling";

/** The first or the second namespace. */
export type Index = 0 | 1;

/**
 * Two network namespaces. Each has a cable to the test, with an address for the driver and one for
 * signaling, and an end of a bad link to the other. Nothing forwards between the cables, so that
 * media finds no other way. Needs the setup of `support/isolated.ts`.
 */
export class Network {
  readonly link: Link;
  /** How often each end has moved. */
  readonly #moves: [number, number] = [0, 0];

  private constructor(link: Link) {
    this.link = link;
  }

  static async open(conditions: string, log: string): Promise<Network> {
    for (const [index, name] of NAMES.entries()) {
      await ip(`netns add ${name}`);
      await ip(`-n ${name} link set lo up`);
      await ip(`link add to-${name} type veth peer name ${CABLE} netns ${name}`);
      await ip(`link set to-${name} up`);
      await ip(`-n ${name} link set ${CABLE} up`);
      for (const subnet of [DRIVER, SIGNALING]) {
        await ip(`address add ${address(subnet, index, 1)}/24 dev to-${name}`);
        await ip(`-n ${name} address add ${address(subnet, index, 2)}/24 dev ${CABLE}`);
      }
    }
    const [alice, bob] = NAMES;
    const link = await Link.open([alice, MEDIA, bob, MEDIA], conditions, log);
    const network = new Network(link);
    for (const index of [0, 1] as const) {
      await ip(`-n ${NAMES[index]} address add ${network.#media(index)}/16 dev ${MEDIA}`);
      await ip(`-n ${NAMES[index]} link set ${MEDIA} up`);
    }
    return network;
  }

  /** Where an app of the first or the second namespace runs. */
  place(index: Index): Place {
    return {
      prefix: ["ip", "netns", "exec", NAMES[index]],
      address: address(DRIVER, index, 2),
      env: { PEER_CONNECTION_LOOPBACK: "0" },
    };
  }

  /** How a client there reaches a server that the test runs. */
  host(index: Index): string {
    return address(SIGNALING, index, 1);
  }

  /** Writes a script that runs a program there. */
  script(index: Index, program: string, file: string): string {
    writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${NAMES[index]} '${program}' "$@"\n`);
    chmodSync(file, 0o755);
    return file;
  }

  /** Takes the addresses away from an end and gives it others, as another network would. */
  async move(index: Index): Promise<void> {
    const name = NAMES[index];
    const old = [this.#media(index), this.#signaling(index)];
    this.#moves[index] += 1;
    await ip(`-n ${name} address del ${old[0]}/16 dev ${MEDIA}`);
    await ip(`-n ${name} address del ${old[1]}/24 dev ${CABLE}`);
    await ip(`-n ${name} address add ${this.#media(index)}/16 dev ${MEDIA}`);
    await ip(`-n ${name} address add ${this.#signaling(index)}/24 dev ${CABLE}`);
  }

  async close(): Promise<void> {
    await this.link.close();
    for (const name of NAMES) {
      await ip(`link del to-${name}`);
      await ip(`netns del ${name}`);
    }
  }

  #media(index: Index): string {
    return `10.88.${index + 1}.${this.#moves[index] + 2}`;
  }

  #signaling(index: Index): string {
    return address(SIGNALING, index, this.#moves[index] + 2);
  }
}

/** Subnets of the cables. */
const [DRIVER, SIGNALING] = ["10.77", "10.78"];

function address(subnet: string, index: number, host: number): string {
  return `${subnet}.${index + 1}.${host}`;
}

async function ip(command: string): Promise<void> {
  await output("ip", command.split(" "), process.env);
}
