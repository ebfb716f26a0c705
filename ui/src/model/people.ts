import type { Person } from "../generated/protocol";
import { Model } from "./model";

/** From how many people on a search box helps more than it takes room. */
const SEARCH_FROM = 9;

export interface PeopleView {
  /** How many are there, without oneself. */
  readonly total: number;
  /** Those who match the search. */
  readonly shown: readonly Person[];
  readonly search: string;
  readonly searchable: boolean;
}

/** Who is there. */
export class People extends Model<PeopleView> {
  #people: readonly Person[] = [];

  constructor() {
    super({ total: 0, shown: [], search: "", searchable: false });
  }

  apply(people: readonly Person[]): void {
    this.#people = people;
    this.#filter(this.view.search);
  }

  search(text: string): void {
    this.#filter(text);
  }

  isHere(name: string): boolean {
    return this.#people.some((person) => person.name === name);
  }

  #filter(search: string): void {
    const searchable = this.#people.length >= SEARCH_FROM;
    const wanted = fold(search.trim());
    const shown =
      searchable && wanted !== ""
        ? this.#people.filter((person) => fold(person.name).includes(wanted))
        : this.#people;
    this.show({ total: this.#people.length, shown, search, searchable });
  }
}

/** So that "rene" finds "René". */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
