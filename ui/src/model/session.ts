import type { LinkView, Notice } from "../generated/app";
import type { ErrorCode } from "../generated/protocol";
import type { Host, Remembered } from "../host/host";
import { readServer } from "./address";
import { Model } from "./model";

export interface SessionView {
  /** Null until the host has answered for the first time. */
  readonly link: LinkView | null;
  /** The name and server of the last sign-in; fills the form. */
  readonly remembered: Remembered;
  /** What was wrong with the last sign-in. */
  readonly problem: SignInProblem | null;
}

export type SignInProblem = ErrorCode | "server_invalid";

/** Who one is, and the link to the server. */
export class Session extends Model<SessionView> {
  readonly #host: Host;
  /** Whether a server can be chosen: in a browser it is the one that the page came from. */
  readonly choosesServer: boolean;

  constructor(host: Host) {
    super({ link: null, remembered: { name: null, server: null }, problem: null });
    this.#host = host;
    this.choosesServer = host.kind === "app";
  }

  /** Where the server's address is an invitation link, its code goes before the typed one. */
  signIn(name: string, typedServer: string, typedInvite: string): void {
    const typed = this.choosesServer ? readServer(typedServer) : null;
    const server = typed?.server ?? null;
    const code = typed?.invite ?? typedInvite.trim();
    this.show({ ...this.view, remembered: { name, server }, problem: null });
    this.#host.dispatch({ kind: "signIn", server, name, invite: code === "" ? null : code });
  }

  /** Becomes a further device of an account, at a typed server or the present one. */
  takeLink(text: string, typedServer: string | null): void {
    const typed = this.choosesServer && typedServer !== null && typedServer.trim() !== "";
    const server = typed ? readServer(typedServer).server : null;
    const { remembered } = this.view;
    this.show({
      ...this.view,
      remembered: { ...remembered, server: server ?? remembered.server },
      problem: null,
    });
    this.#host.dispatch({ kind: "takeLink", text, server });
  }

  signOut(): void {
    this.#host.dispatch({ kind: "signOut" });
  }

  rename(name: string): void {
    this.#host.dispatch({ kind: "rename", name });
  }

  applyRemembered(remembered: Remembered): void {
    this.show({ ...this.view, remembered });
  }

  applyLink(link: LinkView): void {
    const problem = link.phase === "signedOut" ? (link.error ?? this.view.problem) : null;
    // An account's name comes with the link to it, and a new one with the next renaming.
    const name = link.phase === "online" ? link.name : this.view.remembered.name;
    this.show({ ...this.view, link, problem, remembered: { ...this.view.remembered, name } });
  }

  /** Takes what concerns the sign-in form; returns false for what is to be shown elsewhere. */
  applyNotice(notice: Notice): boolean {
    if (this.view.link?.phase !== "signedOut") {
      return false;
    }
    switch (notice.kind) {
      case "nameInvalid":
        this.show({ ...this.view, problem: "name_invalid" });
        return true;
      case "serverError":
        this.show({ ...this.view, problem: notice.code });
        return true;
      case "serverInvalid":
        this.show({ ...this.view, problem: "server_invalid" });
        return true;
      case "callRefused":
      case "callRefusedUnseen":
      case "deviceRefused":
      case "keyChanged":
      case "linkElsewhere":
      case "linkInvalid":
      case "listFull":
      case "notSent":
        return false;
    }
  }
}
