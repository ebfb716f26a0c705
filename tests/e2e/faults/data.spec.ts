/** What happens to a server whose data, disk or clock fails. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { output } from "../app/processes.ts";
import { built } from "../support/project.ts";
import { Server } from "../support/server.ts";
import { until } from "../support/until.ts";
import { Person } from "../support/person.ts";
import { expect, test } from "./fault.ts";

test("F18 disk full on the server", async ({ browser, line }, info) => {
  const disk = info.outputPath("disk");
  mkdirSync(disk, { recursive: true });
  await output("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], process.env);
  const server = await Server.start({ data: disk });
  const open = (name: string): Promise<Person> => Person.open(browser, server, name);
  const [alice, bob] = [await open("Alice"), await open("Bob")];
  for (const person of [alice, bob]) await person.signIn();
  await alice.call("Bob");
  await bob.answer("Alice");
  for (const person of [alice, bob]) await person.expectMedia("video");

  fill(disk);
  const carol = await open("Carol");
  await carol.typeName();
  await expect(
    carol.page.getByText(/^The server has a fault and cannot sign you in now/),
  ).toBeVisible();
  line.happened("a new name is refused with a reason");
  for (const person of [alice, bob]) await person.expectMedia("video", await person.received());
  line.happened("the call goes on");
  await alice.hangUp();
  await bob.reads("Alice hung up.");
  await alice.startOver();
  line.happened("a known name signs in");
  await alice.call("Bob");
  await bob.answer("Alice");
  for (const person of [alice, bob]) await person.expectMedia("video");
  line.happened("a new call works");
  await carol.leave();

  const written = server.log.length;
  await alice.page.waitForTimeout(2000);
  line.atMost("lines of log in 2 s without anybody new", 0, server.log.length - written, "times");
  for (const person of [alice, bob]) await person.leave();
  await server.stop();
  await output("umount", [disk], process.env);
});

test("F19 database damaged", async ({ line }, info) => {
  const data = info.outputPath("data");
  mkdirSync(data, { recursive: true });
  const server = await Server.start({ data });
  const database = join(data, "ringdove.db");
  const copies = (): string[] => readdirSync(data).filter((name) => name.includes(".copy-"));
  await until("a copy is kept", () => copies().length === 1);
  line.happened("a copy is kept");
  await server.kill();
  for (const file of [database, `${database}-wal`]) {
    writeFileSync(file, readFileSync(file).fill(0xff, 100));
  }

  const refused = await run(["--listen", "127.0.0.1:0", "--database", database]);
  line.holds("refuses to start with status 78", refused.status === 78);
  const command = /`(rm .*?)`/.exec(refused.said)?.[1];
  line.holds("tells the command that restores", command !== undefined);
  await output("sh", ["-c", command ?? "false"], process.env);
  await server.restart();
  line.happened("starts with the copy");
  await server.stop();
});

/** Fills a disk to its last byte. */
function fill(disk: string): void {
  for (let size = 65_536; size >= 1; size = size >> 1) {
    try {
      for (;;) writeFileSync(join(disk, "filling"), Buffer.alloc(size), { flag: "a" });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
}

/** Runs a server that is expected to end by itself. */
async function run(args: readonly string[]): Promise<{ status: number | null; said: string }> {
  const server = spawn(built("ringdove-server"), args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [server.stdout, server.stderr]) {
    stream.on("data", (text: Buffer) => (said += text.toString()));
  }
  const limit = setTimeout(() => server.kill("SIGKILL"), 10_000);
  const status = await new Promise<number | null>((resolve) => {
    server.once("close", resolve);
  });
  clearTimeout(limit);
  return { status, said };
}
