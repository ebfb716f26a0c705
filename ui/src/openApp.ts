import { getByRole } from "@testing-library/dom";
import { flushSync, mount, unmount } from "svelte";
import { afterEach, beforeEach, vi } from "vitest";
import App from "./App.svelte";
import { FakeMedia } from "./gallery/fakeMedia";
import type { Command } from "./generated/app";
import { FakeHost, type FakeStart } from "./host/fake";
import { Ringdove } from "./model/ringdove";

/** For tests: the whole app over a fake host, gone again after each test. */
let app: Record<string, unknown> | undefined;

beforeEach(() => {
  // jsdom has no layout, so every screen is a narrow one.
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: false,
    media: query,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
});

afterEach(async () => {
  if (app !== undefined) {
    await unmount(app);
  }
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

/** Opens it. */
export async function open(
  start: FakeStart,
  supported = true,
): Promise<{ commands: readonly Command[]; host: FakeHost; media: FakeMedia }> {
  const host = new FakeHost(start);
  const media = new FakeMedia(supported);
  const ringdove = new Ringdove(host, () => media);
  await ringdove.start();
  app = mount(App, { target: document.body, props: { ringdove } });
  flushSync();
  return { commands: host.commands, host, media };
}

/** The button that a screen reader calls so. */
export function button(name: string): HTMLElement {
  return getByRole(document.body, "button", { name });
}
