import type { Progress } from "./call.ts";
import type { Kind } from "./kinds.ts";

/** The name under which a test hands its row to the table. */
export const ROW = "row";

/** What came of the calls of one pairing. */
export interface Row {
  readonly caller: Kind;
  readonly callee: Kind;
  readonly calls: Progress[];
}
