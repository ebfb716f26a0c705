import { networkInterfaces } from "node:os";
import { output } from "../app/processes.ts";

/**
 * The setup of tests that make networks, for which npm starts them in namespaces of their own: so
 * nothing of the machine is touched, and whatever way they end, the kernel takes all of it away.
 */
export default async function isolate(): Promise<void> {
  if (Object.values(networkInterfaces()).flat().length > 0) {
    throw new Error("not in a network namespace of its own; start it with `npm run`");
  }
  await output("ip", ["link", "set", "lo", "up"], process.env);
  await output("mkdir", ["-p", "/run/netns"], process.env);
  await output("mount", ["-t", "tmpfs", "tmpfs", "/run/netns"], process.env);
}
