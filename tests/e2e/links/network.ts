import { networkInterfaces } from "node:os";
import type { Place } from "../app/app.ts";
import { output } from "../app/processes.ts";
import { Link } from "./link.ts";

const NAMES = ["alice", "bob"] as const;
/** The device of the bad link, in each namespace. */
const MEDIA = "media";

/**
 * Two network namespaces. Each has a cable to the test, for signaling and the driver, and an end of
 * a bad link to the other. Nothing forwards between the cables, so that media finds no other way.
 *
 * `npm run links` puts the test itself into a namespace, and so nothing of the machine is touched,
 * and whatever way the test ends, the kernel takes all of this away.
 */
export class Network {
  readonly link: Link;

  private constructor(link: Link) {
    this.link = link;
  }

  static async open(conditions: string, log: string): Promise<Network> {
    if (Object.values(networkInterfaces()).flat().length > 0) {
      throw new Error("not in a network namespace of its own; start it with `npm run links`");
    }
    await output("mkdir", ["-p", "/run/netns"], process.env);
    await output("mount", ["-t", "tmpfs", "tmpfs", "/run/netns"], process.env);
    await ip("link set lo up");
    for (const [index, name] of NAMES.entries()) {
      await ip(`netns add ${name}`);
      await ip(`-n ${name} link set lo up`);
      await ip(`link add to-${name} type veth peer name signaling netns ${name}`);
      await ip(`address add ${address(index, 1)}/24 dev to-${name}`);
      await ip(`link set to-${name} up`);
      await ip(`-n ${name} address add ${address(index, 2)}/24 dev signaling`);
      await ip(`-n ${name} link set signaling up`);
    }
    const [alice, bob] = NAMES;
    const link = await Link.open([alice, MEDIA, bob, MEDIA], conditions, log);
    for (const [name, own, other] of [
      [alice, 1, 2],
      [bob, 2, 1],
    ] as const) {
      await ip(`-n ${name} address add 10.88.0.${own} peer 10.88.0.${other} dev ${MEDIA}`);
      await ip(`-n ${name} link set ${MEDIA} up`);
    }
    return new Network(link);
  }

  /** Where an app of the first or the second namespace runs. */
  place(index: 0 | 1): Place {
    return {
      prefix: ["ip", "netns", "exec", NAMES[index]],
      address: address(index, 2),
      env: { PEER_CONNECTION_LOOPBACK: "0" },
    };
  }

  /** How an app there reaches a server that the test runs. */
  serverUrl(index: 0 | 1, port: number): string {
    return `ws://${address(index, 1)}:${port}/`;
  }

  async close(): Promise<void> {
    await this.link.close();
  }
}

function address(index: number, host: 1 | 2): string {
  return `10.77.${index + 1}.${host}`;
}

async function ip(command: string): Promise<void> {
  await output("ip", command.split(" "), process.env);
}
