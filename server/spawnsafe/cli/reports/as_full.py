"""Each finding with its source line, its help and its notes."""

from collections.abc import Iterable, Iterator

import click

from spawnsafe.cli.reports.as_concise import headline
from spawnsafe.cli.reports.entry import Entry, Names
from spawnsafe.cli.reports.text import COLORS, excerpt, place
from spawnsafe.findings import Note

FOR_PEOPLE = True


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield each entry as a paragraph."""
    for entry in entries:
        yield paragraph(entry, names)


def paragraph(entry: Entry, names: Names) -> str:
    """Return an entry with its source line, the span underlined, its help and its notes."""
    text, span = entry.shown
    source, before, marks = excerpt(text, span)
    number = str(span.start.line + 1)
    gutter = " " * len(number)
    bar = click.style("|", fg="cyan")
    lines = [
        headline(entry, names),
        f"{gutter} {bar}",
        f"{click.style(number, fg='cyan')} {bar} {source}".rstrip(),
        f"{gutter} {bar} {before}{click.style(marks, fg=COLORS[entry.severity])}",
        f"{gutter} = {click.style('help', bold=True)}: {entry.help}",
        *(f"{gutter} = {click.style('note', bold=True)}: {_told(entry, note, names)}" for note in entry.notes),
    ]
    return "\n".join(lines) + "\n"


def _told(entry: Entry, note: Note, names: Names) -> str:
    is_here = (note.path, note.span) == (entry.path, entry.span)
    return note.message if is_here else f"{place(entry, note.path, note.span, names)}: {note.message}"
