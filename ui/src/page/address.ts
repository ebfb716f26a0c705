/** Where this page came from, also behind a path prefix. */
export function pageAddress(): string {
  return new URL(".", window.location.href).href;
}
