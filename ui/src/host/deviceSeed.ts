/** How long a page that is being reloaded may take to let go of its lock. */
const LOCK_WAIT_MS = 300;
const SEED_BYTES = 32;
const LASTING_LOCK = "ringdove-identity";
const SEED_ITEM = "ringdove.seed";
const TAB_ITEM = "ringdove.tab";

/** The secret of this device, and where else to keep what belongs to it. */
export interface DeviceSeed {
  /** 32 bytes as unpadded base64url. */
  readonly seed: string;
  /** Null where the browser keeps nothing. */
  readonly storage: Storage | null;
}

/**
 * Gives each tab a key of its own, so that two tabs of one browser can call each other.
 *
 * The first tab takes the browser's lasting key. A further tab takes a key that ends with it; it
 * stays over a reload, but is not shared with a duplicate of the tab, which copies its storage.
 */
export async function deviceSeed(): Promise<DeviceSeed> {
  const lasting = storageOf(() => localStorage);
  if (await holds(LASTING_LOCK)) {
    return { seed: keptSeed(lasting), storage: lasting };
  }
  const tab = storageOf(() => sessionStorage);
  const known = tab?.getItem(TAB_ITEM) ?? null;
  if (known === null || !(await holds(`${LASTING_LOCK}-${known}`))) {
    const fresh = crypto.randomUUID();
    await holds(`${LASTING_LOCK}-${fresh}`);
    tab?.removeItem(SEED_ITEM);
    keep(tab, TAB_ITEM, fresh);
  }
  return { seed: keptSeed(tab), storage: tab };
}

/** Keeps a value where the browser lets us; it is only missed at the next start. */
export function keep(storage: Storage | null, item: string, value: string): void {
  try {
    storage?.setItem(item, value);
  } catch (error) {
    console.warn(`${item} is not kept`, error);
  }
}

/** Takes a lock for as long as the page lives; false if another page has it. */
async function holds(name: string): Promise<boolean> {
  // Only a secure page has locks. Elsewhere one key must do: a second tab then replaces the first.
  if (!("locks" in navigator)) {
    return true;
  }
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(LOCK_WAIT_MS);
    navigator.locks
      .request(name, { signal }, () => {
        resolve(true);
        return new Promise<never>(() => undefined);
      })
      .catch(() => {
        resolve(false);
      });
  });
}

function keptSeed(storage: Storage | null): string {
  const kept = storage?.getItem(SEED_ITEM) ?? null;
  if (kept !== null) {
    return kept;
  }
  const bytes = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
  const base64 = btoa(String.fromCharCode(...bytes));
  const seed = base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  keep(storage, SEED_ITEM, seed);
  return seed;
}

function storageOf(open: () => Storage): Storage | null {
  try {
    return open();
  } catch {
    // The user forbids storage: the key ends with the page.
    return null;
  }
}
