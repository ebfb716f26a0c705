import type { Person } from "../generated/protocol";
import { Model } from "./model";

/** From how many people on a search box helps more than it takes room. */
const SEARCH_FROM = 9;

export interface PeopleView {
  /** Without oneself. */
  readonly everybody: readonly Person[];
  /** Those who match the search. */
  readonly shown: readonly Person[];
  readonly search: string;
  readonly searchable: boolean;
}

/** Who is there. */
export class People extends Model<PeopleView> {
  constructor() {
    super({ everybody: [], shown: [], search: "", searchable: false });
  }

  apply(people: readonly Person[]): void {
    this.#filter(people, this.view.search);
  }

  search(text: string): void {
    this.#filter(this.view.everybody, text);
  }

  #filter(everybody: readonly Person[], search: string): void {
    const searchable = everybody.length >= SEARCH_FROM;
    const wanted = searchable ? fold(search.trim()) : "";
    const shown =
      wanted === "" ? everybody : everybody.filter(({ name }) => fold(name).includes(wanted));
    this.show({ everybody, shown, search, searchable });
  }
}

/** So that "rene" finds "René". */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}
