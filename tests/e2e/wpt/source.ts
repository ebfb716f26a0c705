/**
 * The Web Platform Tests, as Firefox carries them: from the source package of Firefox in the
 * package sources that this machine has. Kept in `target`, and nowhere else.
 */
import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/project.ts";

const CACHE = join(ROOT, "target", "wpt");
const PACKAGE = "firefox-esr";
const SOURCES = "/etc/apt/sources.list.d/debian.sources";
/** What the tests of WebRTC load, and what Firefox expects of them. */
const PARTS = [
  "tests/common/*",
  "tests/interfaces/*",
  "tests/media/*",
  "tests/mediacapture-streams/*",
  "tests/resources/*",
  "tests/webrtc/*",
  "meta/webrtc/*",
];

/** The folder with `tests` and `meta` of this version of the package; brought here if need be. */
export async function testsOf(version: string): Promise<string> {
  const folder = join(CACHE, `${PACKAGE}-${version}`);
  if (existsSync(folder)) return folder;
  const download = join(CACHE, "download");
  mkdirSync(join(download, "lists", "partial"), { recursive: true });
  // The sources of the very packages that the machine is installed from.
  const sources = readFileSync(SOURCES, "utf8").replace(/^Types: deb$/gm, "Types: deb-src");
  writeFileSync(join(download, "all.sources"), sources);
  await apt(download, ["update"]);
  await apt(download, ["source", "--download-only", "--tar-only", `${PACKAGE}=${version}`]);
  const archive = readdirSync(download).find((name) => name.endsWith(".orig.tar.xz"));
  if (archive === undefined) throw new Error(`${PACKAGE} ${version} has no source archive`);
  const unpacked = join(download, "unpacked");
  mkdirSync(unpacked, { recursive: true });
  const parts = PARTS.map((part) => `*/testing/web-platform/${part}`);
  const options = ["--strip-components=3", "--wildcards", ...parts];
  await run("tar", ["-xJf", join(download, archive), "-C", unpacked, ...options], CACHE);
  renameSync(unpacked, folder);
  rmSync(download, { recursive: true });
  return folder;
}

async function apt(folder: string, args: readonly string[]): Promise<void> {
  const options = [
    `Dir::Etc::sourcelist=${join(folder, "all.sources")}`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::lists=${join(folder, "lists")}`,
    "APT::Sandbox::User=root",
  ];
  await run("apt-get", ["-q", ...options.flatMap((option) => ["-o", option]), ...args], folder);
}

/** What a program prints is shown: the download takes a while. */
async function run(program: string, args: readonly string[], folder: string): Promise<void> {
  const child = spawn(program, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  if (status !== 0) throw new Error(`${program} ended with ${String(status)}`);
}
