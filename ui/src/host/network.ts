/** Calls `changed` when the operating system has other network addresses than before. */
export function watchNetwork(changed: () => void): void {
  window.addEventListener("online", changed);
  const { connection } = navigator as Navigator & { readonly connection?: NetworkInformation };
  if (!connection) return;
  // The event also comes for new estimates of the speed, which say nothing of addresses.
  let before = connection.type;
  const onChange = (): void => {
    const { type } = connection;
    if (type === before) return;
    before = type;
    if (type !== "none") changed();
  };
  connection.addEventListener("change", onChange);
}

/** W3C Network Information, where there is one; `type` is told on mobile systems only. */
interface NetworkInformation extends EventTarget {
  readonly type?: string;
}
