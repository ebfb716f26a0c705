import { createContext } from "svelte";
import type { Ringdove } from "../model/ringdove";

/** The models behind the screens. */
export const [useRingdove, provideRingdove] = createContext<Ringdove>();
