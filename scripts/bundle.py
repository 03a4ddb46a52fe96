"""Fill dist/bundled with what the VS Code extension installs into its private environment.

These are our wheel, the exact versions of all that it needs (client/bundle/requirements.txt, written by `nox -s lock`),
and pip, which not every Python can put into an environment. bundle.json tells the extension what lies there.
"""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BUNDLED = ROOT / "dist" / "bundled"
PINNED = ROOT / "client" / "bundle"


def main() -> int:
    """Make the folder anew."""
    shutil.rmtree(BUNDLED, ignore_errors=True)
    _pip("wheel", "--no-deps", "--wheel-dir", str(BUNDLED), str(ROOT))
    _pip("download", "--no-deps", "--require-hashes", "--dest", str(BUNDLED), "-r", str(PINNED / "pip.txt"))
    [wheel], [pip] = BUNDLED.glob("spawnsafe-*.whl"), BUNDLED.glob("pip-*.whl")
    version = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["version"]
    if wheel.name.split("-")[1] != version:
        print(f"package.json has version {version}, but the wheel is {wheel.name}", file=sys.stderr)
        return 1
    ours = f"./{wheel.name} --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    requirements = (PINNED / "requirements.txt").read_text(encoding="utf-8") + ours
    (BUNDLED / "requirements.txt").write_text(requirements, encoding="utf-8", newline="\n")
    bundle = {
        "key": hashlib.sha256(requirements.encode()).hexdigest(),
        "pip": pip.name,
        "requirements": "requirements.txt",
    }
    (BUNDLED / "bundle.json").write_text(json.dumps(bundle, indent=2) + "\n", encoding="utf-8")
    return 0


def _pip(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=True)  # noqa: S603  # our own arguments


if __name__ == "__main__":
    sys.exit(main())
