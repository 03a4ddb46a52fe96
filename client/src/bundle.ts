/** What the extension brings along: the wheel of spawnsafe, the versions that it was tested with, and pip. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The folder that `scripts/bundle.py` fills. */
export interface Bundle {
  readonly folder: string;
  /** Changes with everything that is installed. */
  readonly key: string;
  /** The names of files in the folder. */
  readonly pip: string;
  readonly requirements: string;
}

export function readBundle(folder: string): Bundle {
  return { folder, ...JSON.parse(readFileSync(join(folder, "bundle.json"), "utf8")) };
}
