"""What is told of all findings together: headings, counts and the last line."""

from collections import Counter
from collections.abc import Iterator, Sequence

import click

from spawnsafe.check import Severity
from spawnsafe.cli.reports.entry import Entry
from spawnsafe.model import Target, Trouble


def grouped(entries: Sequence[Entry], goal: Target) -> Iterator[tuple[str, list[Entry]]]:
    """Yield what moving to a target brings, under headings that say what one sees of it there."""
    for trouble in (*Trouble, None):
        group = [entry for entry in entries if _trouble_on(entry, goal) is trouble]
        if group:
            yield click.style(f"{_HEADINGS[trouble]}: {_counted(len(group), 'place')}", bold=True), group


_HEADINGS = {
    Trouble.HANGS: "Hangs",
    Trouble.FAILS: "Raises an exception",
    Trouble.CRASHES: "Crashes in the worker, and the program goes on without it",
    Trouble.RESPAWNS: "Starts workers endlessly",
    Trouble.LOSES: "Goes wrong without a word",
    None: "Not checked",
}


def _trouble_on(entry: Entry, target: Target) -> Trouble | None:
    """Return what one sees of an entry on a target; None if it is no mistake with processes."""
    (method,) = target.default.names
    return entry.troubles.get(method) or next(iter(entry.troubles.values()), None)


def statistics(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield how often each rule found something, the most frequent first, and how many of it `--fix` repairs."""
    counts = Counter(entry.rule for entry in entries)
    width = len(str(max(counts.values(), default=0)))
    for rule, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        fixable = sum(entry.is_fixable for entry in entries if entry.rule == rule)
        yield f"{count:{width}} {rule}" + (f" ({fixable} can be fixed with --fix)" if fixable else "")


def summary(entries: Sequence[Entry], files: int, *, is_repaired: bool = False, goal: Target | None = None) -> str:
    """Return what a run found in so many files, in one line that offers fixes unless they were applied.

    With a `goal`, that is what moving there brings.
    """
    new, place = ("new ", f" on {goal}") if goal else ("", "")
    if not files:
        return "No Python files checked"
    if not entries:
        return f"No {new}problems{place} found in {_counted(files, 'file')}"
    counts = Counter(entry.severity for entry in entries)
    words = {
        Severity.ERROR: ("error", "errors"),
        Severity.WARNING: ("warning", "warnings"),
        Severity.INFORMATION: ("piece of advice", "pieces of advice"),
    }
    parts = [
        _counted(counts[severity], *(new + word for word in words[severity])) for severity in words if counts[severity]
    ]
    listed = " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))
    text = f"{listed}{place} in {_counted(len({entry.path for entry in entries}), 'file')}"
    fixable = sum(entry.is_fixable for entry in entries)
    return text if is_repaired or not fixable else f"{text}; {fixable} can be fixed with --fix"


def fixed(problems: int, files: int, verb: str = "Fixed") -> str:
    """Return how many problems were repaired, in one line."""
    return f"{verb} {_counted(problems, 'problem')} in {_counted(files, 'file')}"


def kept(findings: int, path: str) -> str:
    """Return how many findings a baseline has, in one line."""
    return f"{path} has {_counted(findings, 'finding')}"


def stale(findings: int, path: str) -> str:
    """Return how many findings of a baseline there are no more, in one line."""
    told = "1 finding that is gone" if findings == 1 else f"{findings} findings that are gone"
    return f"{path} has {told}; --update-baseline forgets what is gone"


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
