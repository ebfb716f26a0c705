import type { Host } from "./host";

/** Opens the host that fits where the page runs. The app never loads the browser's core. */
export async function openHost(): Promise<Host> {
  if ("__TAURI_INTERNALS__" in window) {
    const { openTauriHost } = await import("./tauri");
    return openTauriHost();
  }
  return open("./browser.ts", "openBrowserHost");
}

const hosts = import.meta.glob<Record<string, () => Promise<Host>>>(["./browser.ts"]);

async function open(path: string, name: string): Promise<Host> {
  const module = await hosts[path]?.();
  const opener = module?.[name];
  if (opener === undefined) {
    throw new Error(`this build has no ${path}`);
  }
  return opener();
}
