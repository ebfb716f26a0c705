import type { CallScreen } from "../model/call";
import { words } from "../text/current.svelte";
import doveRinging from "../assets/dove-ringing.svg";
import { notify } from "./notification";

const FLASH_MS = 800;

/** Draws the eye to an incoming call while the page is hidden: title, icon, notification. */
export class Attention {
  readonly #notifies: boolean;
  readonly #title = document.title;
  readonly #icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  readonly #iconHref = this.#icon?.href ?? "";
  #flashing: ReturnType<typeof setInterval> | undefined;
  #takeAway: (() => void) | undefined;
  #caller: string | null = null;

  /** `notifies`: not in the app, where the operating system does it. */
  constructor(notifies: boolean) {
    this.#notifies = notifies;
    document.addEventListener("visibilitychange", () => {
      this.#update();
    });
  }

  apply(screen: CallScreen | null): void {
    const caller = screen?.call.phase === "ringing" ? screen.call.peer.name : null;
    if (caller !== this.#caller) {
      this.#caller = caller;
      this.#stop();
      this.#update();
    }
  }

  #update(): void {
    if (this.#caller === null || !document.hidden) {
      this.#stop();
    } else if (this.#flashing === undefined) {
      this.#start(this.#caller);
    }
  }

  #start(caller: string): void {
    const title = words().title.ringing(caller);
    let lit = false;
    const flash = (): void => {
      lit = !lit;
      document.title = lit ? title : this.#title;
      if (this.#icon !== null) {
        this.#icon.href = lit ? doveRinging : this.#iconHref;
      }
    };
    flash();
    this.#flashing = setInterval(flash, FLASH_MS);
    if (this.#notifies) {
      this.#takeAway = notify(title, words().incoming.answer);
    }
  }

  #stop(): void {
    clearInterval(this.#flashing);
    this.#flashing = undefined;
    this.#takeAway?.();
    this.#takeAway = undefined;
    document.title = this.#title;
    if (this.#icon !== null) {
      this.#icon.href = this.#iconHref;
    }
  }
}
