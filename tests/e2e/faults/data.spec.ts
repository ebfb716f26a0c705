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

test("F17 wall clock jumps -2 h, +1 y", async ({ browser, line }, info) => {
  const clock = info.outputPath("clock");
  mkdirSync(info.outputDir, { recursive: true });
  writeFileSync(clock, "+0");
  const listed = await output("dpkg", ["--listfiles", "libfaketime"], process.env);
  const library = listed.split("\n").find((file) => file.endsWith("/libfaketime.so.1")) ?? "";
  const env = {
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: clock,
    FAKETIME_NO_CACHE: "1",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  const server = await Server.start({ env });
  const [alice, bob] = [
    await Person.open(browser, server, "Alice"),
    await Person.open(browser, server, "Bob"),
  ];
  for (const person of [alice, bob]) await person.signIn();
  const said = async (): Promise<number> => {
    await alice.say("What time is it?");
    return until("the chat is dated", async () => {
      const times = await alice.page.locator("time").all();
      const last = await times.at(-1)?.getAttribute("datetime");
      return last === null || last === undefined ? undefined : Date.parse(last);
    });
  };
  let changes = 0;
  for (const jump of ["-2h", "+365d"]) {
    await alice.call("Bob");
    await expect(alice.page.getByText("Ringing …")).toBeVisible();
    writeFileSync(clock, jump);
    await alice.page.waitForTimeout(2000);
    if (!(await bob.incoming("Alice").isVisible())) changes += 1;
    await bob.answer("Alice");
    for (const person of [alice, bob]) await person.expectMedia("video");
    writeFileSync(clock, "+0");
    await alice.page.waitForTimeout(2000);
    for (const person of [alice, bob]) {
      if (!(await person.link.textContent())?.includes("Online")) changes += 1;
      await person.expectMedia("video", await person.received());
    }
    await alice.hangUp();
    await bob.reads("Alice hung up.");
    for (const person of [alice, bob]) await person.dismiss();
  }
  line.atMost("rings, links and calls that changed", 0, changes, "times");
  // Without this, no clock may have jumped at all.
  writeFileSync(clock, "+365d");
  const days = ((await said()) - Date.now()) / 86_400_000;
  line.holds("the server's clock did jump", days > 360);
  for (const person of [alice, bob]) await person.leave();
  await server.stop();
});

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
