import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { output, Process } from "./processes.ts";
import { SoundCard } from "./soundCard.ts";
import { CHATTER, speech } from "./speech.ts";
import { until } from "../support/until.ts";

/** A notification as the notification service keeps it. */
export interface Notification {
  readonly summary: string;
  readonly body: string;
}

interface DunstHistory {
  readonly data: readonly (readonly {
    readonly summary: { readonly data: string };
    readonly body: { readonly data: string };
  }[])[];
}

interface Part {
  stop(): Promise<void>;
}

/**
 * A desktop of its own, out of sight: X server, window manager, session bus, notification service,
 * sound server. Nothing of the machine's own desktop is touched.
 */
export class Desktop {
  readonly env: NodeJS.ProcessEnv;
  readonly results: string;
  /** The process of the X server. */
  readonly screen: number;
  readonly #parts: readonly Part[];

  private constructor(
    env: NodeJS.ProcessEnv,
    results: string,
    screen: number,
    parts: readonly Part[],
  ) {
    this.env = env;
    this.results = results;
    this.screen = screen;
    this.#parts = parts;
  }

  static async open(
    results: string,
    { notifications = true }: { notifications?: boolean } = {},
  ): Promise<Desktop> {
    mkdirSync(results, { recursive: true });
    const parts: Part[] = [];
    try {
      return await Desktop.#start(results, notifications, parts);
    } catch (error) {
      await stop(parts);
      throw error;
    }
  }

  /** Whatever has begun is in `parts`. */
  static async #start(results: string, notifications: boolean, parts: Part[]): Promise<Desktop> {
    const begun = <P extends Part>(part: P): P => {
      parts.unshift(part);
      return part;
    };
    const folder = begun(new Folder());
    // The webview's test devices have a microphone of this name, which is heard by way of this one.
    const sound = begun(await SoundCard.open(folder.path, { name: "Mock audio device 1" }));
    // Without a pause, since silence is not sent, and what is not sent is never missing.
    const chatter = join(folder.path, "chatter.wav");
    await speech(chatter, "en-gb", CHATTER);
    sound.repeat(chatter);
    const bus = begun(
      new Announcer(
        "dbus-daemon",
        [
          notifications ? "--session" : `--config-file=${plainBus(folder.path)}`,
          "--nofork",
          "--nopidfile",
          "--print-address=1",
          // A socket with a path can be reached from other network namespaces too.
          `--address=unix:dir=${tmpdir()}`,
        ],
        process.env,
      ),
    );
    // Without `-noreset` the server starts anew when the last program leaves, as the first that
    // looks in does.
    const screen = ["-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"];
    const xvfb = begun(new Announcer("Xvfb", ["-displayfd", "1", ...screen], process.env));
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      ...sound.env,
      DISPLAY: `:${await xvfb.firstLine}`,
      DBUS_SESSION_BUS_ADDRESS: await bus.firstLine,
      // A machine without a graphics card: no wait for one.
      LIBGL_ALWAYS_SOFTWARE: "1",
      GDK_BACKEND: "x11",
      LANG: "C.UTF-8",
      // Both ends of a call are on this machine, which may have no other network address.
      PEER_CONNECTION_LOOPBACK: "1",
      // Nobody's own settings: those of the packages hold.
      XDG_CONFIG_HOME: join(results, "no-settings"),
    };
    delete env["WAYLAND_DISPLAY"];
    const log = (name: string) => join(results, `${name}.log`);
    begun(new Process("openbox", [], env, log("openbox")));
    if (notifications) begun(new Process("dunst", ["-conf", "/dev/null"], env, log("dunst")));
    const desktop = new Desktop(env, results, xvfb.pid, parts);
    await until("window manager runs", async () =>
      (await desktop.#run("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")).includes("window id"),
    );
    if (notifications) {
      await until("notification service runs", async () =>
        (await desktop.#run("dunstctl", "is-paused")).includes("false"),
      );
    }
    return desktop;
  }

  async close(): Promise<void> {
    await stop(this.#parts);
  }

  async screenshot(name: string): Promise<void> {
    await this.#run("import", "-window", "root", join(this.results, `${name}.png`));
  }

  /** Waits until a person can see more of a window than its bare background. */
  async untilPainted(window: string): Promise<void> {
    const file = join(this.results, "window.png");
    await until("the window is painted", async () => {
      await this.#run("import", "-window", window, file);
      return Number(await this.#run("identify", "-format", "%k", file)) > 50;
    });
    rmSync(file);
  }

  /** The notifications on the screen and those that are gone from it, newest first. */
  async notifications(): Promise<Notification[]> {
    // Only the history can be listed, so what is on the screen is sent there first.
    await this.#run("dunstctl", "close-all");
    const history = JSON.parse(await this.#run("dunstctl", "history")) as DunstHistory;
    return history.data.flat().map(({ summary, body }) => ({
      summary: summary.data,
      body: body.data,
    }));
  }

  async displayedNotifications(): Promise<number> {
    return Number(await this.#run("dunstctl", "count", "displayed"));
  }

  /** The X window with this title that can be seen. */
  async visibleWindow(title: string): Promise<string | undefined> {
    const args = ["search", "--onlyvisible", "--name", `^${title}$`];
    const found = await this.#run("xdotool", ...args).catch(() => "");
    return found.split("\n").find((id) => id !== "");
  }

  /** The X window of a program that shows a single one. */
  async windowOf(pid: number): Promise<string | undefined> {
    const args = ["search", "--onlyvisible", "--all", "--pid", String(pid), "--name", "."];
    const found = await this.#run("xdotool", ...args).catch(() => "");
    return found.split("\n").find((id) => id !== "");
  }

  /** The window that gets what is typed: as the window manager says, and as the X server does. */
  async focus(): Promise<{ readonly active: string; readonly keyboard: string }> {
    return {
      active: await this.#run("xdotool", "getactivewindow"),
      keyboard: await this.#run("xdotool", "getwindowfocus"),
    };
  }

  async activate(window: string): Promise<void> {
    await this.#run("xdotool", "windowactivate", "--sync", window);
  }

  async minimise(window: string): Promise<void> {
    await this.#run("xdotool", "windowminimize", "--sync", window);
  }

  async type(text: string): Promise<void> {
    await this.#run("xdotool", "type", "--delay", "20", text);
  }

  /** Closes a window as a person does; to the program this is its close button. */
  async closeWindow(window: string): Promise<void> {
    await this.activate(window);
    await this.#run("xdotool", "key", "alt+F4");
  }

  /** Windows from the bottom to the top. */
  async stacking(): Promise<number[]> {
    const line = await this.#run("xprop", "-root", "_NET_CLIENT_LIST_STACKING");
    return [...line.matchAll(/0x[0-9a-f]+/g)].map(([id]) => Number(id));
  }

  async area(window: string): Promise<{ x: number; y: number; width: number; height: number }> {
    const geometry = await this.#run("xdotool", "getwindowgeometry", "--shell", window);
    const value = (key: string) => Number(new RegExp(`^${key}=(-?\\d+)$`, "m").exec(geometry)?.[1]);
    return { x: value("X"), y: value("Y"), width: value("WIDTH"), height: value("HEIGHT") };
  }

  #run(program: string, ...args: string[]): Promise<string> {
    return output(program, args, this.env);
  }
}

/** Writes the settings of a session bus that starts no services by itself. */
function plainBus(folder: string): string {
  const file = join(folder, "bus.conf");
  writeFileSync(
    file,
    `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
      "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
    <busconfig>
      <type>session</type>
      <listen>unix:dir=${tmpdir()}</listen>
      <policy context="default">
        <allow send_destination="*" eavesdrop="true"/>
        <allow eavesdrop="true"/>
        <allow own="*"/>
      </policy>
    </busconfig>`,
  );
  return file;
}

async function stop(parts: readonly Part[]): Promise<void> {
  for (const part of parts) await part.stop();
}

/** Near the root, since the path of a socket must be short. */
class Folder {
  readonly path = mkdtempSync(join(tmpdir(), "ringdove-desktop-"));

  stop(): Promise<void> {
    rmSync(this.path, { recursive: true, force: true });
    return Promise.resolve();
  }
}

/** A program that says on its first line where it can be found. */
class Announcer {
  readonly firstLine: Promise<string>;
  readonly #child: ChildProcess;

  constructor(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "ignore"] });
    this.#child = child;
    this.firstLine = new Promise((resolve, reject) => {
      createInterface(child.stdout).once("line", resolve);
      child.once("error", reject);
      child.once("exit", () => {
        reject(new Error(`${program} ended at once`));
      });
    });
    this.firstLine.catch(() => undefined);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.#child.spawnfile} did not start`);
    return this.#child.pid;
  }

  stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    return Promise.resolve();
  }
}
