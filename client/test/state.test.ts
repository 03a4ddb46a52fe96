import assert from "node:assert/strict";
import { test } from "node:test";
import { debugInfo, item, type State, type Status } from "../src/state";

const RUNNING: State = {
  kind: "running",
  launch: {
    from: "bundle",
    python: { command: ["/home/jo/env/bin/python"], version: [3, 12], installed: true },
  },
};
const STATUS: Status = {
  version: "0.1.0",
  python: "3.12.1",
  interpreter: "/home/jo/env/bin/python",
  targets: "on every platform with Python 3.11 to 3.15",
};

test("what runs is shown with its version, its Python and where it comes from", () => {
  assert.deepEqual(item(RUNNING, STATUS), {
    text: "spawnsafe 0.1.0",
    detail: "bundled, Python 3.12.1",
    severity: "information",
    busy: false,
  });
});

test("an older server, which says nothing of itself, is shown as running too", () => {
  const { text, detail } = item(RUNNING, undefined);
  assert.deepEqual([text, detail], ["spawnsafe", "bundled, Python 3.12"]);
});

test("a failure stands out, and says what is wrong", () => {
  const { detail, severity } = item(
    { kind: "failed", message: "pip did not reach its package index." },
    undefined,
  );
  assert.deepEqual([detail, severity], ["pip did not reach its package index.", "error"]);
});

test("what takes long is shown as busy", () => {
  assert.ok(item({ kind: "starting" }, undefined).busy);
  assert.ok(item({ kind: "installing" }, undefined).busy);
});

test("a report says all that matters, and not who the user is", () => {
  const text = debugInfo({
    extension: "0.1.0",
    editor: "Visual Studio Code 1.139.1",
    system: "linux 6.1.0 x64",
    strategy: "fromEnvironment",
    state: RUNNING,
    status: STATUS,
    environment: "/home/jo/project/.venv/bin/python",
    settings: { targets: ["linux-3.14"] },
    home: "/home/jo",
  });
  assert.match(text, /^- Server: 0\.1\.0, bundled, Python 3\.12\.1$/m);
  assert.match(text, /^- Project's environment: ~\/project\/\.venv\/bin\/python$/m);
  assert.match(text, /"linux-3\.14"/);
  assert.doesNotMatch(text, /\bjo\b/);
});
