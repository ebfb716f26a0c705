import { output } from "./processes.ts";

/** Writes what a voice of espeak-ng says as a WAVE file. */
export async function speech(file: string, voice: string, text: string): Promise<void> {
  await output("espeak-ng", ["-v", voice, "-a", "120", "-w", file, text], process.env);
}

/** Said without a pause, as nobody could. */
export const CHATTER = "we ring and talk and laugh and ring again ".repeat(20);
