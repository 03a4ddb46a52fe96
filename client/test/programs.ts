/** Interpreters for the tests: real Python behind a script, and scripts that behave like a bad one. */

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after } from "node:test";
import type { Command } from "../src/probe";

/** A folder of the test's own, removed when the tests of the file are done. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "spawnsafe-client-"));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function write(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

/** An executable shell script. */
export function script(...lines: string[]): Command {
  const path = write(join(folder(), "python"), ["#!/bin/sh", ...lines, ""].join("\n"));
  chmodSync(path, 0o755);
  return [path];
}

/** A Python ≥ 3.11 outside any virtual environment, since those have no user site directory. */
export const realPython = execFileSync(
  process.env.PYTHON ?? "python3",
  ["-c", "import sys; print(sys._base_executable)"],
  { encoding: "utf8" },
).trim();

/** The version of the real Python, found in another way than by the code under test. */
export const realVersion = execFileSync(realPython, ["--version"], { encoding: "utf8" })
  .replace("Python ", "")
  .split(".")
  .slice(0, 2)
  .map(Number);

/** A real Python in which the package `spawnsafe` is installed: for the home folder's user, as pip does it. */
export function pythonWithSpawnsafe(): Command {
  const home = folder();
  const site = execFileSync(realPython, ["-m", "site", "--user-site"], {
    encoding: "utf8",
    env: { ...process.env, HOME: home, PYTHONUSERBASE: "" },
  }).trim();
  write(join(site, "spawnsafe", "__init__.py"), "raise SystemExit('imported')\n");
  return script(`HOME=${home} exec ${realPython} "$@"`);
}
