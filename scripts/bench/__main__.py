"""Times spawnsafe beside other tools, and writes what came out to docs/benchmarks.md.

Run by `nox -s bench`, which installs the others. Numbers of one run can be compared with each other: tools take turns
on the same files. Those of different machines, or of different days, cannot.
"""

import argparse
import os
import platform
import shutil
import statistics
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

import editing
import programs
import report
import servers
import trees

DOCS = Path(__file__).parents[2] / "docs"
OURS = (sys.executable, "-m", "spawnsafe", "server")
SERVERS = {
    "spawnsafe": OURS,
    "ruff": ("ruff", "server"),
    "zuban": ("zuban", "server"),
    "ty": ("ty", "server"),
    "pyright": ("pyright-langserver", "--stdio"),
    "pylsp": ("pylsp",),
    "jedi-language-server": ("jedi-language-server",),
}
PACKAGES = ("spawnsafe", "ruff", "zuban", "ty", "pyright", "python-lsp-server", "jedi-language-server")


def main() -> None:
    """Measure everything, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--edits", type=int, default=20, help="of each server in each round")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 5_000, 20_000], help="lines of a program")
    parser.add_argument("--long", type=int, default=5_000, help="edits of a long session")
    parser.add_argument("--modules", type=int, default=2_000, help="of a large project")
    parser.add_argument("--tree", type=Path, action="append", default=[], help="beside the standard library")
    parser.add_argument("--output", type=Path, default=DOCS)
    options = parser.parse_args()
    parts = [f"# Benchmarks\n\n{_machine()}"]
    with tempfile.TemporaryDirectory() as folder:
        parts += _in_editors(Path(folder), options)
        parts += _long_sessions(options)
        parts += _on_trees(Path(folder), options)
    (options.output / "benchmarks.md").write_text("\n\n".join(parts) + "\n")


def _machine() -> str:
    tools = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"Measured by `nox -s bench` on {platform.system()} {platform.machine()} with {os.cpu_count()} CPUs and "
        f"CPython {platform.python_version()}: {tools}. The tools take turns on the same files, and numbers are "
        "medians; only those of one run can be compared. When it began, "
        f"{os.getloadavg()[0]:.1f} other processes wanted a CPU."
    )


def _in_editors(folder: Path, options: argparse.Namespace) -> Iterator[str]:
    measured = {}
    for size in options.sizes:
        path = folder / f"lines_{size}" / "program.py"
        path.parent.mkdir()
        path.write_text(programs.program(size))
        measured[size] = servers.measure(SERVERS, path, rounds=options.rounds, edits=options.edits)
        print(f"{size} lines:", {name: [*times.row()] for name, times in measured[size].items()}, flush=True)
    report.curve(measured, options.output / "edit.svg")
    yield (
        "## In the editor\n\nA program that uses pools in many places is opened. In its middle, in a function that has "
        "nothing to do with them, a space is typed behind a comment and deleted again; then a letter at the end of a "
        "name that is returned. Times of edits are medians, and what 95 % of them take at most.\n\n"
        "![Milliseconds from an edit to fresh findings, by the length of the program](edit.svg)"
    )
    for size, times in measured.items():
        rows = [(name, *each.row()) for name, each in times.items()]
        yield f"### {size:,} lines\n\n{report.table(servers.HEAD, rows)}"


def _long_sessions(options: argparse.Namespace) -> Iterator[str]:
    held = editing.memory(OURS, options.long, files=50)
    rows = [(moment, servers.number(megabytes)) for moment, megabytes in held]
    yield f"## Memory of the server\n\n{report.table(('moment', 'MB'), rows)}"
    times = sorted(editing.across(OURS, options.edits * options.rounds, options.modules))
    middle, slow = statistics.median(times), times[len(times) * 95 // 100]
    yield (
        f"## An edit that another file sees\n\nIn a project of {options.modules:,} modules, from an edit of a helper "
        "to fresh findings of the open file that sends its function to a pool: "
        f"{servers.number(middle)} ms, for 95 % of edits {servers.number(slow)} ms."
    )


def _on_trees(folder: Path, options: argparse.Namespace) -> Iterator[str]:
    library = folder / "library"
    _copy(Path(sysconfig.get_path("stdlib")), library)
    rows = []
    for name, tree in {"the standard library": library, **{each.name: each for each in options.tree}}.items():
        costs = trees.time_tree(tree, options.rounds, timeout=600)
        ruff = costs["ruff"]
        rows += [
            (f"{way}, {name} ({sum(1 for _ in tree.rglob('*.py')):,} files)", *_seconds(cost), *_ratios(cost, ruff))
            for way, cost in costs.items()
        ]
        print(*rows, sep="\n", flush=True)
    head = ("tree", "s of the clock", "s of the CPUs", "clock, ruff = 1", "CPUs, ruff = 1")
    yield (
        "## On the command line\n\n`ruff check --no-cache --select PLW1509` beside `spawnsafe check` without what an "
        f"earlier run has kept (cold) and with it (warm).\n\n{report.table(head, rows)}"
    )
    costs = trees.time_one_file(5 * options.rounds, timeout=60)
    rows = [(name, f"{1000 * cost.wall:,.0f}", f"{1000 * cost.cpu:,.0f}") for name, cost in costs.items()]
    head = ("one file", "ms of the clock", "ms of the CPUs")
    yield f"More than `python -c pass`, with nothing kept:\n\n{report.table(head, rows)}"


def _copy(folder: Path, to: Path) -> None:
    """Copy the Python files of a folder, without the packages that are installed there."""
    left_out = shutil.ignore_patterns("site-packages", "__pycache__")
    shutil.copytree(folder, to, ignore=left_out, copy_function=_copy_python)


def _copy_python(source: str, to: str) -> None:
    if source.endswith(".py"):
        shutil.copyfile(source, to)


def _seconds(cost: trees.Cost) -> Iterable[str]:
    return f"{cost.wall:.2f}", f"{cost.cpu:.2f}"


def _ratios(cost: trees.Cost, other: trees.Cost) -> Iterable[str]:
    return f"{cost.wall / other.wall:.2f}", f"{cost.cpu / other.cpu:.2f}"


if __name__ == "__main__":
    main()
