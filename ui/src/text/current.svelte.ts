import { de } from "./de";
import { en } from "./en";
import type { Words } from "./words";

/** The languages, each with its own name for itself. */
export const LANGUAGES = { en: "English", de: "Deutsch" } as const;

export type Language = keyof typeof LANGUAGES;

const KEY = "ringdove.language";

const current = $state<{ language: Language }>({ language: first() });

/** The words of the chosen language. Reading them in a component follows the choice. */
export function words(): Words {
  return current.language === "de" ? de : en;
}

export function language(): Language {
  return current.language;
}

/** Chooses a language for this page, and for the next start. */
export function choose(language: Language): void {
  apply(language);
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // A browser that stores nothing still speaks the language until the page is closed.
  }
}

/** Follows the choice made in another window. */
export function followOtherWindows(): void {
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === KEY && isLanguage(newValue)) {
      apply(newValue);
    }
  });
}

function apply(language: Language): void {
  current.language = language;
  document.documentElement.lang = language;
}

function first(): Language {
  const language = stored() ?? fromBrowser();
  document.documentElement.lang = language;
  return language;
}

function stored(): Language | null {
  try {
    const value = localStorage.getItem(KEY);
    return isLanguage(value) ? value : null;
  } catch {
    return null;
  }
}

function fromBrowser(): Language {
  for (const tag of navigator.languages) {
    const base = tag.split("-")[0]?.toLowerCase() ?? "";
    if (isLanguage(base)) {
      return base;
    }
  }
  return "en";
}

export function isLanguage(value: string | null): value is Language {
  return value !== null && Object.hasOwn(LANGUAGES, value);
}
