import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Bundle } from "../src/bundle";
import { PrivateEnvironment } from "../src/private-environment";
import type { Command } from "../src/probe";
import type { Watch } from "../src/run";
import { Storage } from "../src/storage";
import { folder, realPython, realVersion, script, write } from "./programs";

const PYTHON: Command = [realPython];

/** Stands for pip: it says what it was asked, and puts a package `spawnsafe` beside the Python that runs it. */
const PIP = `
import sys, sysconfig, pathlib
print("Collecting", *sys.argv[1:])
if pathlib.Path("offline").exists():
    sys.exit("ERROR: NewConnectionError")
package = pathlib.Path(sysconfig.get_path("purelib"), "spawnsafe")
package.mkdir(parents=True)
(package / "__init__.py").touch()
`;

function bundle(key = "1"): Bundle {
  const path = folder();
  write(join(path, "pip.whl", "pip", "__main__.py"), PIP);
  return { folder: path, key, pip: "pip.whl", requirements: "requirements.txt" };
}

function watching(signal = new AbortController().signal): Watch & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, signal, onLine: (line) => lines.push(line) };
}

test("an environment is made with the bundled pip, and found again", async () => {
  const storage = new Storage(folder());
  const files = bundle();
  const watch = watching();
  const own = new PrivateEnvironment(storage, files, []);
  assert.equal(await own.find(), undefined);
  const made = await own.make(PYTHON, watch);
  assert.ok("installed" in made && made.installed, JSON.stringify(made));
  assert.deepEqual(made.version, realVersion);
  assert.ok(made.command[0].startsWith(storage.folder));
  assert.match(watch.lines.join("\n"), /--require-hashes.*-r requirements\.txt/);
  assert.deepEqual(await new PrivateEnvironment(storage, files, []).find(), made);
});

test("what another version of the extension made is left alone while a window uses it, and removed then", async () => {
  const path = folder();
  const [here, elsewhere] = [new Storage(path), new Storage(path, process.ppid)];
  const older = new PrivateEnvironment(elsewhere, bundle("1"), []);
  await older.make(PYTHON, watching());
  const newer = new PrivateEnvironment(here, bundle("2"), []);
  await newer.make(PYTHON, watching());
  assert.ok(await older.find());
  for (const mark of readdirSync(path).filter((name) => name.endsWith(`.${process.ppid}`)))
    rmSync(join(path, mark));
  await here.cleanUp();
  assert.equal(readdirSync(path).filter((name) => /^env-\w+$/.test(name)).length, 1);
  assert.ok(await newer.find());
});

test("what the user set gets an environment of its own", async () => {
  const storage = new Storage(folder());
  const files = bundle();
  await new PrivateEnvironment(storage, files, []).make(PYTHON, watching());
  assert.equal(await new PrivateEnvironment(storage, files, [realPython]).find(), undefined);
});

test("one whose Python is gone, or whose packages are, is made anew", async () => {
  const storage = new Storage(folder());
  const own = new PrivateEnvironment(storage, bundle(), []);
  const made = await own.make(PYTHON, watching());
  assert.ok("command" in made && "version" in made);
  rmSync(made.command[0]);
  symlinkSync("/no/such/python", made.command[0]);
  assert.equal(await own.find(), undefined);
  const again = await own.make(PYTHON, watching());
  assert.deepEqual(again, made);
});

test("without a network nothing is left that looks complete", async () => {
  const storage = new Storage(folder());
  const files = bundle();
  const own = new PrivateEnvironment(storage, files, []);
  write(join(files.folder, "offline"), "");
  const failure = await own.make(PYTHON, watching());
  assert.deepEqual(failure, { kind: "not installed", cause: "network", reason: "NewConnectionError" });
  assert.equal(await own.find(), undefined);
  rmSync(join(files.folder, "offline"));
  assert.ok("installed" in (await own.make(PYTHON, watching())));
});

test("a Python without the module venv says so", async () => {
  const minimal = script(`echo "$0: No module named venv" >&2`, "exit 1");
  const failure = await new PrivateEnvironment(new Storage(folder()), bundle(), []).make(minimal, watching());
  assert.deepEqual(failure, {
    kind: "no venv",
    command: minimal,
    reason: "No module named venv",
  });
});

test("what is cancelled ends at once", async () => {
  const slow = script("exec sleep 20");
  const controller = new AbortController();
  const own = new PrivateEnvironment(new Storage(folder()), bundle(), []);
  const making = own.make(slow, watching(controller.signal));
  setTimeout(() => controller.abort(), 100);
  const began = Date.now();
  assert.deepEqual(await making, { kind: "cancelled" });
  assert.ok(Date.now() - began < 10_000);
});

test("pip's own settings for the user do not lead it elsewhere", async () => {
  process.env.PIP_USER = "1";
  try {
    const files = bundle();
    write(
      join(files.folder, "pip.whl", "pip", "__main__.py"),
      `import os\nprint(os.environ["PIP_USER"])\n${PIP}`,
    );
    const watch = watching();
    await new PrivateEnvironment(new Storage(folder()), files, []).make(PYTHON, watch);
    assert.ok(watch.lines.includes("0"));
    assert.ok(existsSync(files.folder));
  } finally {
    delete process.env.PIP_USER;
  }
});

test("two windows that make it at once both get it", async () => {
  const path = folder();
  const files = bundle();
  const windows = [process.pid, process.ppid].map(
    (pid) => new PrivateEnvironment(new Storage(path, pid), files, []),
  );
  const [one, other] = await Promise.all(windows.map((own) => own.make(PYTHON, watching())));
  assert.ok(one && "installed" in one, JSON.stringify(one));
  assert.deepEqual(one, other);
  assert.deepEqual(
    readdirSync(path).filter((name) => name.startsWith("partial")),
    [],
  );
});
