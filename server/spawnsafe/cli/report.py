"""What a run found, as text for people and as JSON for programs.

Lines and columns are 1-based in every report; columns count code points.
"""

import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import click

from spawnsafe.check import Diagnostic, Severity
from spawnsafe.findings import Fix, Note
from spawnsafe.model import Module, Target, Trouble
from spawnsafe.source import Point, Span, Text

COLORS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFORMATION: "blue"}
MAX_WIDTH = 160
"""How many characters of a source line are shown; of a longer one, those around the span."""
TAB = "    "


@dataclass(frozen=True, slots=True)
class Names:
    """How paths are written: as they were given, others relative to the working folder if they lie in it."""

    given: Mapping[Path, str]

    def __getitem__(self, path: Path) -> str:
        """Return the name of an absolute path."""
        if path in self.given:
            return self.given[path]
        return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that a report tells: a diagnostic, or that a file does not parse."""

    rule: str
    severity: Severity
    path: Path
    text: Text
    """The text of the file."""
    span: Span
    problem: str
    help: str
    troubles: Mapping[str, Trouble] = field(default_factory=dict)
    """What one sees of it, by the start methods under which it bites."""
    targets: Sequence[str] = ()
    notes: Sequence[Note] = ()
    fixes: Sequence[Fix] = ()
    url: str | None = None

    @property
    def is_fixable(self) -> bool:
        """Whether `--fix` would try to repair it."""
        return bool(self.fixes) and self.fixes[0].safe


def syntax_entry(module: Module) -> Entry | None:
    """Return the entry for the first part of a file that does not parse; None if all do."""
    problem = min(module.problems, key=lambda problem: problem.offset, default=None)
    if problem is None:
        return None
    return Entry(
        rule="syntax-error",
        severity=Severity.ERROR,
        path=module.path,
        text=module.text,
        span=module.text.span(problem.offset, problem.offset),
        problem=f"This part does not parse, so it is not checked: {problem.reason}.",
        help="Correct the syntax.",
    )


def entry(module: Module, diagnostic: Diagnostic, fixes: Sequence[Fix]) -> Entry:
    """Return the entry for a diagnostic of a file."""
    finding = diagnostic.finding
    return Entry(
        rule=diagnostic.rule.code,
        severity=diagnostic.severity,
        path=diagnostic.path,
        text=module.text,
        span=finding.span,
        problem=finding.problem,
        help=finding.help,
        troubles={name: finding.trouble_under(method) for name, method in finding.when.methods.by_name.items()},
        targets=[str(target) for target in diagnostic.targets],
        notes=diagnostic.notes,
        fixes=fixes,
        url=diagnostic.rule.page.as_uri(),
    )


def full(entry: Entry, names: Names) -> str:
    """Return an entry with its source line, the span underlined, its help and its notes."""
    source, before, marks = _excerpt(entry.text, entry.span)
    number = str(entry.span.start.line + 1)
    gutter = " " * len(number)
    bar = click.style("|", fg="cyan")
    lines = [
        concise(entry, names),
        f"{gutter} {bar}",
        f"{click.style(number, fg='cyan')} {bar} {source}".rstrip(),
        f"{gutter} {bar} {before}{click.style(marks, fg=COLORS[entry.severity])}",
        f"{gutter} = {click.style('help', bold=True)}: {entry.help}",
        *(f"{gutter} = {click.style('note', bold=True)}: {_note(entry, note, names)}" for note in entry.notes),
    ]
    return "\n".join(lines) + "\n"


def concise(entry: Entry, names: Names) -> str:
    """Return an entry in one line."""
    severity = click.style(entry.severity.value, fg=COLORS[entry.severity], bold=True)
    place = click.style(_place(entry.path, entry.span, names), bold=True)
    return f"{place}: {severity}[{entry.rule}] {entry.problem}"


def as_json(entries: Sequence[Entry], names: Names) -> str:
    """Return entries as a JSON list, in ASCII."""
    return json.dumps([_json(entry, names) for entry in entries], indent=2)


Format: TypeAlias = Callable[[Entry, Names], str]

TEXT_FORMATS: Mapping[str, Format] = {"full": full, "concise": concise}


def grouped(entries: Sequence[Entry], goal: Target, show: Format, names: Names) -> Iterator[str]:
    """Yield what moving to a target brings, under headings that say what one sees of it there."""
    for trouble in (*Trouble, None):
        group = [entry for entry in entries if _trouble_on(entry, goal) is trouble]
        if group:
            yield click.style(f"{_HEADINGS[trouble]}: {_counted(len(group), 'place')}", bold=True)
            yield from (show(entry, names) for entry in group)


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


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _place(path: Path, span: Span, names: Names) -> str:
    return f"{names[path]}:{span.start.line + 1}:{span.start.column + 1}"


def _note(entry: Entry, note: Note, names: Names) -> str:
    is_here = (note.path, note.span) == (entry.path, entry.span)
    return note.message if is_here else f"{_place(note.path, note.span, names)}: {note.message}"


def _excerpt(text: Text, span: Span) -> tuple[str, str, str]:
    """Return a span's first line as it is shown, the blanks before the span, and the marks below it."""
    line = text.line(span.start.line)
    is_cut = span.end.line > span.start.line
    start, end = span.start.column, len(line) if is_cut else span.end.column
    left = max(0, min(start - MAX_WIDTH // 4, len(line) - MAX_WIDTH))
    right = left + MAX_WIDTH
    head = "…" if left else ""
    before, marked, after = (
        _shown(part) for part in (line[left:start], line[start : min(end, right)], line[end:right])
    )
    tail = "…" if right < len(line) else ""
    marks = "^" * max(1, _width(marked)) + (f" to line {span.end.line + 1}" if is_cut else "")
    return f"{head}{before}{marked}{after}{tail}", " " * _width(head + before), marks


def _shown(text: str) -> str:
    """Return text as a terminal can show it: tabs as blanks, control characters as pictures of them."""
    return text.replace("\t", TAB).translate(_PICTURES)


_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421} | dict.fromkeys(range(0x80, 0xA0), "�")


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def _json(entry: Entry, names: Names) -> dict[str, object]:
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
