"""A JSON list of all findings, in ASCII."""

import json
from collections.abc import Iterable, Iterator

from spawnsafe.cli.reports.entry import Entry, Names
from spawnsafe.source import Point, Span

FOR_PEOPLE = False


def write(entries: Iterable[Entry], names: Names) -> Iterator[str]:
    """Yield the list."""
    yield json.dumps([as_object(entry, names) for entry in entries], indent=2)


def as_object(entry: Entry, names: Names) -> dict[str, object]:
    """Return an entry as what JSON can hold."""
    return {
        "rule": entry.rule,
        "severity": entry.severity.value,
        "path": names[entry.path],
        "range": _range(entry.span),
        "problem": entry.problem,
        "help": entry.help,
        "start_methods": list(entry.troubles),
        "troubles": {method: trouble.value for method, trouble in entry.troubles.items()},
        "targets": list(entry.targets),
        "notes": [
            {"path": names[note.path], "range": _range(note.span), "message": note.message} for note in entry.notes
        ],
        "fixes": [
            {
                "title": fix.title,
                "safe": fix.safe,
                "edits": [
                    {"path": names[edit.path], "range": _range(edit.edit.span), "text": edit.edit.text}
                    for edit in fix.edits
                ],
            }
            for fix in entry.fixes
        ],
        "url": entry.url,
    }


def _range(span: Span) -> dict[str, dict[str, int]]:
    return {"start": _point(span.start), "end": _point(span.end)}


def _point(point: Point) -> dict[str, int]:
    return {"line": point.line + 1, "column": point.column + 1}
