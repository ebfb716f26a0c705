import type { Host } from "./host";

/** Opens the host that fits where the page runs. The app never loads the browser's core. */
export async function openHost(): Promise<Host> {
  if ("__TAURI_INTERNALS__" in window) {
    const { openTauriHost } = await import("./tauri");
    return openTauriHost();
  }
  const { openBrowserHost } = await import("./browser");
  return openBrowserHost();
}
