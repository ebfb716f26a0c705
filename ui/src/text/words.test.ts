import { describe, expect, test } from "vitest";
import type { EndedSide } from "../generated/app";
import type { Role } from "../generated/protocol";
import { de } from "./de";
import { en } from "./en";
import { PICTURES } from "./pictures";
import { clock } from "./time";

const SIDES: readonly EndedSide[] = ["me", "peer", "server"];
const ROLES: readonly Role[] = ["caller", "callee"];

describe.each([
  ["English", en],
  ["German", de],
])("%s", (_, words) => {
  test("every text says something", () => {
    for (const [path, text] of texts(words, "")) {
      expect(text.trim(), path).not.toBe("");
    }
  });

  test("every end of a call has words, whoever ended it", () => {
    for (const [reason, say] of Object.entries(words.ended.reason)) {
      for (const by of SIDES) {
        for (const role of ROLES) {
          const { title, advice } = say({ by, role, name: "Bob" });
          expect(title, `${reason} by ${by}`).toMatch(/^\S.*\.$/);
          expect(advice, `${reason} by ${by}`).toMatch(/^$|^\S.*\.$/);
        }
      }
    }
  });

  test("each picture has a name of its own", () => {
    const names = words.security.pictures;
    expect([names.length, new Set(names).size]).toEqual([64, 64]);
    expect([PICTURES.length, new Set(PICTURES).size]).toEqual([64, 64]);
  });

  test("names are put in as they are", () => {
    expect(words.incoming.title("<b>Bob</b>")).toContain("<b>Bob</b>");
  });
});

test("the languages differ in every sentence", () => {
  const german = new Map(texts(de, ""));
  const same = [...texts(en, "")].filter(
    ([path, text]) => text.includes(" ") && german.get(path) === text,
  );
  expect(same).toEqual([]);
});

test.each([
  [0, "0:00"],
  [187, "3:07"],
  [3_765, "1:02:45"],
])("%i seconds read %s", (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

function* texts(value: unknown, path: string): Generator<[path: string, text: string]> {
  if (typeof value === "string") {
    yield [path, value];
  } else if (typeof value === "function" && !path.includes(".reason.")) {
    yield [path, String(Reflect.apply(value, undefined, ["Bob"]))];
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield* texts(inner, `${path}.${key}`);
    }
  }
}
