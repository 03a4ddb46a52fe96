/** The private virtual environment in which the bundled spawnsafe runs. */

import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Bundle } from "./bundle";
import type { Failure } from "./failure";
import { whyItFailed } from "./pip";
import { type Command, isSupported, type Python, probe } from "./probe";
import { run, type Watch } from "./run";
import type { Storage } from "./storage";

const PYTHON = process.platform === "win32" ? join("Scripts", "python.exe") : join("bin", "python");

/** Whatever pip's configuration says, packages go into the environment. */
const ENVIRONMENT = { PIP_USER: "0", PIP_NO_INPUT: "1", PIP_DISABLE_PIP_VERSION_CHECK: "1" };

export class PrivateEnvironment {
  private readonly name: string;

  /** `wish` is the command that the user set, of which the environment is made alone; empty if there is none. */
  constructor(
    private readonly storage: Storage,
    private readonly bundle: Bundle,
    wish: readonly string[],
    private readonly proxy?: string,
  ) {
    const hash = createHash("sha256").update(JSON.stringify([bundle.key, wish]));
    this.name = `env-${hash.digest("hex").slice(0, 12)}`; // short, since Windows limits the length of paths
  }

  /** Its Python, if it is there and works; what older versions left behind is removed then. */
  async find(): Promise<Python | undefined> {
    await this.storage.use(this.name);
    const found = await probe([join(this.storage.path(this.name), PYTHON)]);
    if (!isSupported(found) || !found.installed) return undefined;
    void this.storage.cleanUp();
    return found;
  }

  /** Makes it out of the given Python, and finds it. */
  async make(base: Command, watch: Watch): Promise<Python | Failure> {
    const partial = await this.storage.begin();
    const venv = await run([...base, "-I", "-m", "venv", "--without-pip", partial], watch);
    if (watch.signal.aborted) return { kind: "cancelled" };
    if (!venv.succeeded) return { kind: "no venv", command: base, reason: lastWords(venv.output) };
    const pip = await run([join(partial, PYTHON), "-I", ...this.pip()], watch, {
      cwd: this.bundle.folder,
      env: { ...process.env, ...ENVIRONMENT, ...(this.proxy && { PIP_PROXY: this.proxy }) },
    });
    if (watch.signal.aborted) return { kind: "cancelled" };
    if (!pip.succeeded) return whyItFailed(pip.output);
    await this.storage.complete(partial, this.name, async () => (await this.find()) !== undefined);
    return (await this.find()) ?? { kind: "no venv", command: base, reason: "What it made does not run." };
  }

  /**
   * The bundled pip, since Debian's Python has none to put into an environment. Names and hashes of all packages
   * are given, so there is nothing to resolve; nothing is built, since few have what that takes; and of the many
   * modules, Python compiles those that it imports, when it does.
   */
  private pip(): string[] {
    const program = join(this.bundle.folder, this.bundle.pip, "pip");
    const what = ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", this.bundle.requirements];
    const how = ["--no-compile", "--retries", "2", "--timeout", "20", "--progress-bar", "off"];
    return [program, "install", ...what, ...how];
  }
}

/** What Python said last, without the name that it goes by. */
function lastWords(output: readonly string[]): string {
  const words = output.findLast((line) => line.trim())?.trim() ?? "it said nothing";
  return words.replace(/^\S+: (?=No module named)/, "");
}
