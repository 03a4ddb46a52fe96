"""Shows the main job on the examples: what is found, how it is repaired, and that the repaired programs run.

The examples themselves are left alone; a copy of them is repaired and run.
"""

import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from spawnsafe.run import Outcome, run

EXAMPLES = Path(__file__).parent.parent / "examples"
METHODS = ("fork", "spawn", "forkserver")
DEADLINE = 10.0


def main() -> int:
    """Run the demonstration; return 0 if every repaired program ran under every start method."""
    with tempfile.TemporaryDirectory(prefix="spawnsafe-demo-") as name:
        folder = Path(name, "examples")
        shutil.copytree(EXAMPLES, folder, ignore=shutil.ignore_patterns("__pycache__"))
        _title("Findings: spawnsafe check examples")
        _spawnsafe(folder, "check", folder.name)
        _title("As they are, under each start method")
        _show(folder)
        _title("The repairs: spawnsafe check --diff examples")
        _spawnsafe(folder, "check", "--diff", folder.name)
        _spawnsafe(folder, "check", "--fix", folder.name)
        _title("Repaired, under each start method")
        return 0 if _show(folder) else 1


def _title(text: str) -> None:
    print(f"\n=== {text}\n", flush=True)


def _spawnsafe(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "spawnsafe", *arguments], cwd=folder.parent, check=False)  # noqa: S603


def _show(folder: Path) -> bool:
    """Print how each program ends under each start method; return whether all ran."""
    programs = sorted(folder.glob("*.py"))
    jobs = [(program, method) for program in programs for method in METHODS]
    with ThreadPoolExecutor(len(METHODS)) as pool:
        outcomes = list(pool.map(lambda job: _run(*job), jobs))
    for (program, method), outcome in zip(jobs, outcomes, strict=True):
        print(f"{program.name:20} {method:11} {_told(outcome)}", flush=True)
    return all(outcome.status == 0 and not outcome.raised for outcome in outcomes)


def _run(program: Path, method: str) -> Outcome:
    return run([program.name], python=Path(sys.executable), method=method, cwd=program.parent, timeout=DEADLINE)


def _told(outcome: Outcome) -> str:
    names = ", ".join(dict.fromkeys(raised.type for raised in outcome.raised))
    if outcome.hung:
        return f"does not end; workers raise {names}" if names else "does not end"
    return f"fails: {names}" if names or outcome.status else f"prints {outcome.stdout.strip()}"


if __name__ == "__main__":
    sys.exit(main())
