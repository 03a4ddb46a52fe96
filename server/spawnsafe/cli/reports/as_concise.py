"""One line for each finding."""

from collections.abc import Iterable, Iterator

import click

from spawnsafe.cli.reports.entry import Entry, Names
from spawnsafe.cli.reports.text import COLORS, place

FOR_PEOPLE = True


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield each entry as one line."""
    for entry in entries:
        yield headline(entry, names)


def headline(entry: Entry, names: Names) -> str:
    """Return an entry in one line."""
    severity = click.style(entry.severity.value, fg=COLORS[entry.severity], bold=True)
    where = click.style(place(entry, entry.path, entry.span, names), bold=True)
    return f"{where}: {severity}[{entry.rule}] {entry.problem}"
