import type { LinkTrouble } from "../generated/app";
import type { Language } from "./current.svelte";
import { localeOf } from "./time";
import type { Words } from "./words";

/** Says what is wrong with a server. */
export function troubleText(trouble: LinkTrouble, words: Words, language: Language): string {
  if (trouble.kind !== "certificateExpired") {
    return words.link.trouble[trouble.kind];
  }
  const { certificateExpired } = words.link.trouble;
  const date = new Intl.DateTimeFormat(localeOf(language), { dateStyle: "long" });
  return certificateExpired(trouble.at === null ? null : date.format(trouble.at));
}
