"""Time `spawnsafe check` over a tree of files beside `ruff check`, which reads and parses them all with one rule.

    python scripts/bench/trees.py [--rounds 5] [--timeout 600] TREE...

The runs are interleaved, so that what else the machine does meets all alike, and compared as ratios of medians. Cold
is without anything kept, warm with what the run before kept. Beside these stands what one file costs over `python -c
pass`.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

RUFF = ("ruff", "check", "--isolated", "--no-cache", "--exit-zero", "--quiet", "--select", "PLW1509")
SPAWNSAFE = (sys.executable, "-m", "spawnsafe", "check", "--isolated", "--exit-zero", "--output-format", "concise")
ONE_FILE = {
    "without processes": "import os\n\nprint(os.getpid())\n",
    "with processes": (
        "from multiprocessing import Pool\n\n\ndef work(n):\n    return n\n\n\n"
        'if __name__ == "__main__":\n    with Pool() as pool:\n        print(pool.map(work, range(9)))\n'
    ),
}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the clock and of the processors that a run took."""

    wall: float
    cpu: float


def main() -> None:
    """Time the trees that are named, and one file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("trees", nargs="*", type=Path, metavar="TREE")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--timeout", type=float, default=600, help="seconds that a run may take")
    given = parser.parse_args()
    for tree in given.trees:
        costs = time_tree(tree, given.rounds, given.timeout)
        print(f"{tree}: {sum(1 for _ in tree.rglob('*.py'))} files")
        for name, cost in costs.items():
            told = f"{cost.cpu / costs['ruff'].cpu:5.2f} x CPU {cost.wall / costs['ruff'].wall:5.2f} x wall of ruff"
            print(f"  {name:8} CPU {cost.cpu:7.3f} s  wall {cost.wall:7.3f} s  {told}")
    for name, cost in time_one_file(given.rounds, given.timeout).items():
        print(f"one file {name}: {cost.cpu * 1000:4.0f} ms CPU, {cost.wall * 1000:4.0f} ms wall over python -c pass")


def time_tree(tree: Path, rounds: int, timeout: float) -> dict[str, Cost]:
    """Return what `ruff`, `cold` and `warm` cost on a tree, each the median of some rounds."""
    runs: dict[str, list[Cost]] = {"ruff": [], "cold": [], "warm": []}
    with tempfile.TemporaryDirectory() as kept:
        for _ in range(rounds):
            runs["ruff"].append(_time([*RUFF, str(tree)], timeout))
            shutil.rmtree(kept)
            for name in ("cold", "warm"):
                runs[name].append(_time([*SPAWNSAFE, "--cache-dir", kept, str(tree)], timeout))
    return {name: _median(costs) for name, costs in runs.items()}


def time_one_file(rounds: int, timeout: float) -> dict[str, Cost]:
    """Return what each of `ONE_FILE` costs more than starting Python, with nothing kept."""
    runs: dict[str, list[Cost]] = {name: [] for name in ("", *ONE_FILE)}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            runs[""].append(_time([sys.executable, "-c", "pass"], timeout))
            for name, text in ONE_FILE.items():
                path = Path(folder, f"{name.partition(' ')[0]}.py")
                path.write_text(text, encoding="utf-8")
                runs[name].append(_time([*SPAWNSAFE, "--no-cache", str(path)], timeout))
    least = _median(runs.pop(""))
    medians = {name: _median(costs) for name, costs in runs.items()}
    return {name: Cost(cost.wall - least.wall, cost.cpu - least.cpu) for name, cost in medians.items()}


def _time(command: Sequence[str], timeout: float) -> Cost:
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, timeout=timeout, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - ours
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _median(costs: Sequence[Cost]) -> Cost:
    return Cost(median(cost.wall for cost in costs), median(cost.cpu for cost in costs))


if __name__ == "__main__":
    main()
