import { expect, test } from "vitest";
import type { Person } from "../generated/protocol";
import { People } from "./people";

test("a few people are shown without a search box", () => {
  const people = new People();
  people.apply(named("Ada", "Bob"));
  people.search("ada");

  expect(people.view.searchable).toBe(false);
  expect(people.view.shown).toHaveLength(2);
});

test("a search finds parts of names, whatever their case and accents, and follows the list", () => {
  const people = new People();
  people.apply(named("Ada", "Bob", "Cy", "Dan", "Eve", "Flo", "Gus", "Hal", "René"));
  people.search(" REN");
  expect(people.view.shown.map(({ name }) => name)).toEqual(["René"]);

  people.apply(named("Ada", "Bob", "Cy", "Dan", "Eve", "Flo", "Gus", "Hal", "Ren", "René"));
  expect(people.view.shown.map(({ name }) => name)).toEqual(["Ren", "René"]);
});

function named(...names: string[]): Person[] {
  return names.map((name) => ({ name, kind: "user" }));
}
