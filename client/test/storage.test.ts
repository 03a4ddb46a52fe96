import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Storage } from "../src/storage";
import { folder, write } from "./programs";

/** The process id of a window that is closed. */
const CLOSED = spawnSync("true").pid;

const works = async () => true;
const broken = async () => false;

/** What stands for an environment: a folder with a file that says who made it. */
async function begin(storage: Storage, maker: string): Promise<string> {
  const partial = await storage.begin();
  write(join(partial, "maker"), maker);
  return partial;
}

const maker = (storage: Storage) => readFileSync(join(storage.path("env-1"), "maker"), "utf8");

test("an environment has its name only when it is complete", async () => {
  const storage = new Storage(join(folder(), "not", "there", "yet"));
  const partial = await begin(storage, "me");
  assert.ok(!existsSync(storage.path("env-1")));
  await storage.complete(partial, "env-1", broken);
  assert.equal(maker(storage), "me");
});

test("what an interrupted installation left behind is not built upon", async () => {
  const storage = new Storage(folder());
  const interrupted = await begin(storage, "me");
  assert.equal(await storage.begin(), interrupted);
  assert.ok(!existsSync(interrupted));
});

test("of two windows, the second takes what the first has made", async () => {
  const path = folder();
  const [first, second] = [new Storage(path, process.pid), new Storage(path, process.ppid)];
  const [one, other] = [await begin(first, "first"), await begin(second, "second")];
  await first.complete(one, "env-1", broken);
  await second.complete(other, "env-1", works);
  assert.equal(maker(first), "first");
  assert.deepEqual(readdirSync(path), ["env-1"]);
});

test("a broken environment is replaced", async () => {
  const storage = new Storage(folder());
  write(join(storage.path("env-1"), "maker"), "somebody long ago");
  await storage.complete(await begin(storage, "me"), "env-1", broken);
  assert.equal(maker(storage), "me");
});

test("what no open window uses is removed", async () => {
  const path = folder();
  const [here, elsewhere, closed] = [process.pid, process.ppid, CLOSED].map((pid) => new Storage(path, pid));
  assert.ok(here && elsewhere && closed);
  for (const name of ["env-new", "env-older", "env-oldest"]) mkdirSync(here.path(name));
  await here.use("env-new");
  await elsewhere.use("env-older");
  await closed.use("env-oldest");
  await begin(elsewhere, "another window");
  await begin(closed, "a crashed window");
  await here.cleanUp();
  const left = [
    "env-new",
    `env-new.${process.pid}`,
    "env-older",
    `env-older.${process.ppid}`,
    `partial.${process.ppid}`,
  ];
  assert.deepEqual(readdirSync(path).toSorted(), left.toSorted());
});

test("where there is nothing, nothing is removed", async () => {
  await new Storage(join(folder(), "missing")).cleanUp();
});
