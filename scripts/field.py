"""Runs `spawnsafe check` on packages that many people use, and tells what is new since findings were last reviewed.

    python scripts/field.py [PACKAGE]... [--report FILE]

The packages of field/packages.txt are installed, each alone and without what it depends on, into a cache folder
outside the project (`SPAWNSAFE_FIELD`, else `~/.cache/spawnsafe-field`); nothing in them is run. `stdlib` is the
standard library of this Python, its tests included. field/verdicts.jsonl tells for findings that somebody has read
whether they are right, wrong or unsure, and why; a finding is known by its package, file, rule and line of code, so
it stays known when lines move. The report has the counts, the seconds, and the findings that are not known, with
their code. Exit status: 1 if a finding of `error` or `warning` is not known or known to be wrong, or a package ends in
trouble or takes too long.
"""

import argparse
import json
import os
import subprocess
import sys
import sysconfig
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FIELD = Path(__file__).with_name("field")
PACKAGES = FIELD / "packages.txt"
VERDICTS = FIELD / "verdicts.jsonl"
CACHE = Path(os.environ.get("SPAWNSAFE_FIELD", Path.home() / ".cache" / "spawnsafe-field"))

STDLIB = "stdlib"
LIMIT = 60.0
"""CPU seconds that a package may take."""
DEADLINE = 10 * LIMIT
"""Seconds after which a check is ended: other programs may have had the processor meanwhile."""
CONTEXT = 2
"""Lines of code shown around a finding."""
JUDGED = ("error", "warning")
"""Severities that fail a user's run, so a wrong one fails this run too."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, by what makes it the same one in the next run."""

    package: str
    path: str
    rule: str
    text: str
    """The line of code, without the blanks around it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A finding as the command line told it."""

    found: Found
    severity: str
    file: Path
    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How checking a package went: CPU seconds, what was found, and what went wrong."""

    package: str
    seconds: float
    entries: Sequence[Entry] = ()
    trouble: str = ""


def main() -> int:
    """Fetch, check and report; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("packages", nargs="*", help="Only these; all by default.")
    parser.add_argument("--report", type=Path, default=CACHE / "report.md", help="Where the report is written.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="How many packages to check at a time.")
    arguments = parser.parse_args()
    wanted = [*_pinned(), STDLIB] if not arguments.packages else arguments.packages
    verdicts = _verdicts()
    with ThreadPoolExecutor(arguments.jobs) as pool:
        checked = []
        for result in pool.map(_check, wanted):
            print(f"{result.seconds:6.1f} s {len(result.entries):4} {result.package} {result.trouble}", flush=True)
            checked.append(result)
    arguments.report.parent.mkdir(parents=True, exist_ok=True)
    arguments.report.write_text("\n".join(_report(checked, verdicts)) + "\n", encoding="utf-8")
    print(f"The report is {arguments.report}")
    return int(any(_is_bad(result, verdicts) for result in checked))


def _pinned() -> dict[str, str]:
    """Return the packages with their requirements, such as `dask==2026.8.0`."""
    rows = PACKAGES.read_text(encoding="utf-8").split()
    return {row.partition("==")[0]: row for row in rows}


def _verdicts() -> dict[Found, str]:
    """Return what was decided about the findings that somebody has read."""
    rows = map(json.loads, VERDICTS.read_text(encoding="utf-8").splitlines())
    return {Found(row["package"], row["path"], row["rule"], row["text"]): row["verdict"] for row in rows}


def _check(package: str) -> Checked:
    try:
        top, paths = _fetch(package)
    except subprocess.CalledProcessError as error:
        return Checked(package, 0.0, trouble=f"is not to be had: {error.stderr.decode(errors='replace').strip()}")
    command = [sys.executable, "-m", "spawnsafe", "check", "--isolated", "--output-format", "json", *paths]
    output = CACHE / f"{package}.json"
    with output.open("wb") as stdout, (CACHE / f"{package}.err").open("wb") as stderr:
        process = subprocess.Popen(command, cwd=top, stdout=stdout, stderr=stderr)  # noqa: S603 - our own words
        timer = threading.Timer(DEADLINE, process.kill)
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = usage.ru_utime + usage.ru_stime
    if process.returncode not in (0, 1):
        words = Path(stderr.name).read_text(encoding="utf-8", errors="replace").strip().splitlines()
        trouble = f"ended with {process.returncode}: {words[-1] if words else 'no word'}"
    else:
        trouble = f"took more than {LIMIT:.0f} s" if seconds > LIMIT else ""
    try:
        rows = json.loads(output.read_bytes())
    except ValueError:
        rows = []
    return Checked(package, seconds, [_entry(package, top, row) for row in rows], trouble)


def _fetch(package: str) -> tuple[Path, list[str]]:
    """Return the folder of a package and what to check in it; install it there if it is not yet."""
    if package == STDLIB:
        top = Path(sysconfig.get_path("stdlib"))
        return top, sorted(path.name for path in top.iterdir() if path.suffix == ".py" or _is_package(path))
    top = CACHE / package
    if not top.exists():
        part = CACHE / f"{package}.part"
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
        subprocess.run([*pip, "--target", part, _pinned()[package]], check=True, capture_output=True)  # noqa: S603
        part.rename(top)
    return top, ["."]


def _is_package(path: Path) -> bool:
    return path.name not in ("site-packages", "dist-packages") and (path / "__init__.py").exists()


def _entry(package: str, top: Path, row: dict[str, Any]) -> Entry:
    file = top / row["path"]
    line = row["range"]["start"]["line"]
    text = _lines(file)[line - 1].strip()
    found = Found(package, file.relative_to(top).as_posix(), row["rule"], text)
    return Entry(found, row["severity"], file, line, row["problem"])


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").split("\n")


def _is_bad(checked: Checked, verdicts: dict[Found, str]) -> bool:
    judged = (entry for entry in checked.entries if entry.severity in JUDGED)
    return bool(checked.trouble) or any(verdicts.get(entry.found, "wrong") == "wrong" for entry in judged)


def _report(checked: Sequence[Checked], verdicts: dict[Found, str]) -> Iterator[str]:
    entries = [entry for result in checked for entry in result.entries]
    yield f"# Field run of {time.strftime('%Y-%m-%d')}\n"
    yield f"{len(checked)} packages, {len(entries)} findings, {sum(result.seconds for result in checked):.0f} s\n"
    yield from _counts("rule", entries, verdicts)
    yield from _counts("package", entries, verdicts)
    yield "\n## Seconds\n"
    for result in sorted(checked, key=lambda result: -result.seconds):
        yield f"- {result.seconds:.1f} {result.package} {result.trouble}".rstrip()
    yield "\n## Not reviewed yet\n"
    for entry in entries:
        if entry.found not in verdicts:
            yield from _shown(entry)


def _counts(name: str, entries: Iterable[Entry], verdicts: dict[Found, str]) -> Iterator[str]:
    """Yield a table of the findings by an attribute of theirs, and by what was decided about them."""
    columns = ("right", "wrong", "unsure", "new")
    counts: dict[str, Counter[str]] = {}
    for entry in entries:
        row = counts.setdefault(getattr(entry.found, name), Counter())
        row[verdicts.get(entry.found, "new")] += 1
    yield f"\n## By {name}\n"
    yield f"| {name} | {' | '.join(columns)} |"
    yield f"| --- {'| ---: ' * len(columns)}|"
    for key, row in sorted(counts.items()):
        yield f"| {key} | {' | '.join(str(row[column]) for column in columns)} |"


def _shown(entry: Entry) -> Iterator[str]:
    """Yield a finding with its code, and the row that would tell the next run about it."""
    lines = _lines(entry.file)
    start = max(0, entry.line - 1 - CONTEXT)
    yield f"### {entry.file}:{entry.line}: {entry.severity}[{entry.found.rule}]\n"
    yield f"{entry.problem}\n"
    yield "```python"
    for number, line in enumerate(lines[start : entry.line + CONTEXT], start + 1):
        yield f"{'>' if number == entry.line else ' '} {line}"
    yield "```\n"
    yield f"    {json.dumps(asdict(entry.found) | {'verdict': '', 'why': ''}, ensure_ascii=False)}\n"


if __name__ == "__main__":
    sys.exit(main())
