import { inviteIn } from "../model/address";

/** The code of the invitation link that opened this page. */
export function pageInvite(): string | null {
  return inviteIn(window.location.hash.slice(1));
}

/** Where this page came from, also behind a path prefix. */
export function pageAddress(): string {
  return new URL(".", window.location.href).href;
}
