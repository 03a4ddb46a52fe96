"""Times `spawnsafe check` on trees of files beside `ruff check`, which reads and parses them all with one rule.

Cold is without anything kept, warm with what the run before kept. Beside these stands what one file costs over `python
-c pass`.
"""

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
