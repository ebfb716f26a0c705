import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds the workspace's `Cargo.toml`. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** A program that cargo built, without optimisation unless `RINGDOVE_PROFILE` says `release`. */
export function built(name: string): string {
  const target = resolve(ROOT, process.env["CARGO_TARGET_DIR"] ?? "target");
  return join(
    target,
    process.env["RINGDOVE_PROFILE"] ?? "debug",
    process.platform === "win32" ? `${name}.exe` : name,
  );
}
