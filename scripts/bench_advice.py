"""Measures what the advice changes: tasks sent, bytes pickled, memory held. Nothing is timed, so any machine will do.

Each way runs in a process of its own. The numbers, as a table and as bars, go to `server/spawnsafe/advice`.
"""

import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import connection, get_context, queues
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "server/spawnsafe/advice"
ITEMS, LINES, SIZE, WORKERS = 20_000, 5_000, 10_000, 4
TABLE = list(range(200_000))

sent: list[int] = []
at_start: list[int] = []
"""The bytes of arguments that go to the workers when they start."""


class Counting(ForkingPickler):
    """Notes how many bytes go to the workers with each task."""

    @classmethod
    def dumps(cls, obj: object, protocol: int | None = None) -> memoryview:
        """Pickle a task, and count it; what tells workers to stop is none."""
        written = super().dumps(obj, protocol)
        if obj is not None:
            sent.append(len(written))
        return written


def double(number: int) -> int:
    """Do little."""
    return number * 2


def upper(line: str) -> str:
    """Give back as much as comes in."""
    return line.upper()


def look_up(table: list[int], number: int) -> int:
    """Take a large object along."""
    return table[number]


kept: list[int] = []


def keep(table: list[int]) -> None:
    """Keep a large object in the worker."""
    kept.extend(table)


def look_up_kept(number: int) -> int:
    """Use what the worker has."""
    return kept[number]


def lines() -> Iterator[str]:
    """Yield as a file would."""
    for number in range(LINES):
        yield f"{number:{SIZE}}"


def _pool(method: str, function: Callable[..., object], items: object, **options: int) -> None:
    with get_context("spawn").Pool(WORKERS) as pool:
        for _ in getattr(pool, method)(function, items, **options):
            pass


def _executor(function: Callable[..., object], items: range, **options: int) -> None:
    with ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn")) as executor:
        for _ in executor.map(function, items, **options):
            pass


def _initialized() -> None:
    at_start.append(WORKERS * len(ForkingPickler.dumps(TABLE)))
    with get_context("spawn").Pool(WORKERS, keep, (TABLE,)) as pool:
        sum(pool.imap(look_up_kept, range(100)))


SMALL, FEW = range(ITEMS), range(100)
WAYS: Mapping[str, Mapping[str, Callable[[], None]]] = {
    "tasks": {
        "Pool.map": lambda: _pool("map", double, SMALL),
        "Pool.imap": lambda: _pool("imap", double, SMALL),
        "Pool.imap, chunksize=100": lambda: _pool("imap", double, SMALL, chunksize=100),
        "ProcessPoolExecutor.map": lambda: _executor(double, SMALL),
        "ProcessPoolExecutor.map, chunksize=100": lambda: _executor(double, SMALL, chunksize=100),
    },
    "memory": {
        "Pool.map": lambda: _pool("map", upper, lines()),
        "Pool.imap": lambda: _pool("imap", upper, lines()),
        "Pool.imap, chunksize=100": lambda: _pool("imap", upper, lines(), chunksize=100),
        "ProcessPoolExecutor.map": lambda: _executor(upper, lines()),  # type: ignore[arg-type]
    },
    "bytes": {
        "imap with a partial": lambda: _pool("imap", partial(look_up, TABLE), FEW),
        "imap with a partial, chunksize=7": lambda: _pool("imap", partial(look_up, TABLE), FEW, chunksize=7),
        "map with a partial": lambda: _pool("map", partial(look_up, TABLE), FEW),
        "initializer": _initialized,
    },
}
TITLES = {
    "tasks": (f"{ITEMS:,} small items for {WORKERS} workers: tasks sent", "tasks"),
    "memory": (f"{LINES:,} lines of {SIZE // 1000} kB, results taken one by one: most memory held, in MB", "megabytes"),
    "bytes": ("a list of 200,000 numbers used by 100 tasks: MB pickled for the workers", "megabytes"),
}


def measure(topic: str, way: str) -> dict[str, float]:
    """Run one way, and return what was counted."""
    for module in (connection, queues):
        module._ForkingPickler = Counting  # type: ignore[attr-defined]  # noqa: SLF001 - what pickles tasks
    tracemalloc.start()
    WAYS[topic][way]()
    _, peak = tracemalloc.get_traced_memory()
    return {"tasks": len(sent), "megabytes": peak / 1e6 if topic == "memory" else sum(sent + at_start) / 1e6}


def bars(title: str, numbers: Mapping[str, float]) -> str:
    """Return a picture of horizontal bars."""
    height, most = 26 * len(numbers) + 34, max(numbers.values())
    rows = [
        f'<text x="290" y="{y + 13}" text-anchor="end">{name}</text>'
        f'<rect x="300" y="{y}" width="{max(320 * number / most, 1):.1f}" height="18" fill="#4a7fb5"/>'
        f'<text x="{306 + 320 * number / most:.1f}" y="{y + 13}">{number:,.1f}</text>'.replace(".0</text>", "</text>")
        for y, (name, number) in zip(range(34, height, 26), numbers.items(), strict=True)
    ]
    style = 'font-family="sans-serif" font-size="12" fill="#888"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="700" height="{height}" {style}>'
    return "\n".join((head, f'<text x="10" y="18" font-size="13">{title}</text>', *rows, "</svg>\n"))


def main() -> None:
    """Measure every way; write the table and the pictures."""
    version = ".".join(map(str, sys.version_info[:3]))
    parts = [f"# What the advice changes, measured\n\nCounted by `nox -s bench-advice` with CPython {version}."]
    for topic, ways in WAYS.items():
        title, unit = TITLES[topic]
        found = {}
        for way in ways:
            done = subprocess.run(  # noqa: S603 - it is this script
                [sys.executable, __file__, topic, way], capture_output=True, check=True, text=True
            )
            found[way] = json.loads(done.stdout)
            print(f"{topic}: {way}: {found[way]}")
        (FOLDER / f"{topic}.svg").write_text(bars(title, {way: each[unit] for way, each in found.items()}))
        what = "MB held" if topic == "memory" else "MB pickled"
        table = [f"| way | tasks | {what} |", "| --- | ---: | ---: |"]
        table += [f"| {way} | {each['tasks']:,} | {each['megabytes']:,.1f} |" for way, each in found.items()]
        parts.append(f"## {title[0].upper()}{title[1:]}\n\n![{title}]({topic}.svg)\n\n" + "\n".join(table))
    (FOLDER / "measured.md").write_text("\n\n".join(parts) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(*sys.argv[1:])))
    else:
        main()
