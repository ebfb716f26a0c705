// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deviceSeed } from "./deviceSeed";

let locks: Set<string>;

beforeEach(() => {
  locks = new Set();
  vi.stubGlobal("navigator", { locks: { request } });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  localStorage.clear();
  sessionStorage.clear();
});

test("the first tab has the lasting key, again after a reload", async () => {
  const first = await deviceSeed();
  expect(first.seed).toMatch(/^[\w-]{43}$/);
  expect(first.storage).toBe(localStorage);
  reload();
  sessionStorage.clear();
  expect((await deviceSeed()).seed).toBe(first.seed);
});

test("a second tab has a key of its own, again after a reload", async () => {
  const first = await deviceSeed();
  const second = await deviceSeed();
  expect(second.seed).not.toBe(first.seed);
  expect(second.storage).toBe(sessionStorage);
  reload();
  locks.add("ringdove-identity");
  expect((await deviceSeed()).seed).toBe(second.seed);
});

test("a duplicate of the second tab, with a copy of its storage, has another key", async () => {
  await deviceSeed();
  const second = await deviceSeed();
  expect((await deviceSeed()).seed).not.toBe(second.seed);
});

test("without locks every tab has the lasting key", async () => {
  vi.stubGlobal("navigator", {});
  expect(await deviceSeed()).toEqual(await deviceSeed());
});

test("without storage the key ends with the page", async () => {
  const own = Object.getOwnPropertyDescriptor(globalThis, "localStorage") ?? {};
  const forbidden = (): never => {
    throw new DOMException("forbidden", "SecurityError");
  };
  Object.defineProperty(globalThis, "localStorage", { configurable: true, get: forbidden });
  const seed = await deviceSeed().finally(() => {
    Object.defineProperty(globalThis, "localStorage", own);
  });
  expect(seed).toEqual({ seed: expect.stringMatching(/^[\w-]{43}$/) as string, storage: null });
});

/** A lock is held until the page goes; who cannot get one is turned away when its wait is over. */
function request(
  name: string,
  _options: { signal: AbortSignal },
  granted: () => Promise<never>,
): Promise<never> {
  if (locks.has(name)) {
    return Promise.reject(new DOMException("too late", "TimeoutError"));
  }
  locks.add(name);
  return granted();
}

function reload(): void {
  locks.clear();
}
