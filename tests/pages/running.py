"""Runs a page's programs, and says where Python does not bear the page out.

The programs are run by the interpreter of the tests. Those for which a page tells Python versions apart are also
run by the interpreters that the environment variable SPAWNSAFE_PYTHONS names, divided as in PATH; with
SPAWNSAFE_PAGES=all, all are.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import lru_cache
from pathlib import Path

from cells import on_disk
from outcomes import METHODS, Row, Version

from spawnsafe.run import Outcome, run
from spawnsafe.symptoms import recognize

AT_ONCE = 4
"""So many programs run at a time; most of them wait."""
_endless = threading.Lock()
"""Held by a program that starts workers endlessly: one at a time, for it keeps the machine busy."""


def refutations(
    files: Mapping[str, str], command: tuple[str, ...], rows: tuple[Row, ...], folder: Path, rule: str | None = None
) -> str:
    """Run a program by every interpreter under every start method; say which rows are wrong, and why.

    Exceptions are those of `rule`, which must be found by them.
    """
    cwd = folder / "program"
    for path, text in files.items():
        file = cwd / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(on_disk(path, text), encoding="utf-8")

    def problem(python: Path, method: str) -> str:
        version = _version(python)
        where = f"Python {'.'.join(map(str, version))}, {method}"
        holding = [row for row in rows if row.holds_for(method, version)]
        if len(holding) != 1:
            return f"{where}: {len(holding)} rows speak of this"
        (row,) = holding
        for deadline in row.deadlines:
            with _endless if row.endless else nullcontext():
                outcome = run(command, python=python, method=method, cwd=cwd, timeout=deadline)
            problems = row.refuted_by(outcome) or _unrecognized(outcome, rule)
            if not problems:
                return ""
        return f"{where}: not '{row.outcome}', since {problems}\n{_shown(outcome)}"

    tells_apart = any(row.python for row in rows) or os.environ.get("SPAWNSAFE_PAGES") == "all"
    pythons = _pythons() if tells_apart else [Path(sys.executable)]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        problems = threads.map(
            lambda pair: problem(*pair), [(python, method) for python in pythons for method in METHODS]
        )
        return "\n".join(filter(None, problems))


def _unrecognized(outcome: Outcome, rule: str | None) -> str:
    """Return that the exceptions of a run do not lead to a rule; nothing if they do."""
    codes = {found.code for match in recognize(outcome.stderr) for found in match.rules}
    return f"its exceptions lead to {codes or 'no rule'}" if rule and outcome.raised and rule not in codes else ""


def _shown(outcome: Outcome) -> str:
    status = "still running" if outcome.hung else f"exit status {outcome.status}"
    return f"{status}\nstandard output:\n{outcome.stdout[:2000]}\nstandard error:\n{outcome.stderr[:4000]}"


@lru_cache
def _pythons() -> list[Path]:
    others = os.environ.get("SPAWNSAFE_PYTHONS", "").split(os.pathsep)
    by_version = {_version(Path(python)): Path(python) for python in [*filter(None, others), sys.executable]}
    return list(by_version.values())


@lru_cache
def _version(python: Path) -> Version:
    program = "import sys; print(*sys.version_info[:3])"
    return tuple(map(int, subprocess.check_output([python, "-c", program], text=True).split()))
