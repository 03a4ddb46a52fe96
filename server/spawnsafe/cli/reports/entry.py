"""What reports tell: entries, and how their paths are written.

Lines and columns are 1-based in every report; columns count code points.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spawnsafe.check import Diagnostic, Severity
from spawnsafe.findings import Fix, Note
from spawnsafe.model import Trouble
from spawnsafe.settings import is_repository
from spawnsafe.source import Span, Text

if TYPE_CHECKING:
    from spawnsafe.model import Module
    from spawnsafe.syntax.notebook import Cell, NotebookFile


@dataclass(frozen=True, slots=True)
class Names:
    """How paths are written: as they were given, others relative to the working folder if they lie in it."""

    given: Mapping[Path, str]

    def __getitem__(self, path: Path) -> str:
        """Return the name of an absolute path."""
        if path in self.given:
            return self.given[path]
        return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)

    def in_repository(self, path: Path) -> str:
        """Return a path as programs on other machines want it: with slashes, from the top of the repository.

        That is the repository of the working folder, or the working folder if there is none; paths outside stay
        absolute.
        """
        here = Path.cwd()
        top = next((folder for folder in (here, *here.parents) if is_repository(folder)), here)
        return (path.relative_to(top) if path.is_relative_to(top) else path).as_posix()


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
    file: "NotebookFile | None" = None
    """The file, if it is a notebook's; the text is that of its code cells, one after the other."""

    def locate(self, path: Path, span: Span) -> "tuple[Cell | None, Span]":
        """Return the cell in which a span of this file or another one begins, None if there are none, and where."""
        return self.file.notebook.locate(span) if self.file and path == self.path else (None, span)

    def in_file(self, path: Path, span: Span) -> tuple[range, bool]:
        """Return the 0-based lines of a file at which a span stands, and whether its columns are those of the file."""
        if self.file is not None and path == self.path:
            return self.file.lines_of(span), False
        return range(span.start.line, span.end.line + 1), True

    @property
    def shown(self) -> tuple[Text, Span]:
        """The text in which the span is shown: the file's, or that of a cell."""
        cell, inside = self.locate(self.path, self.span)
        return (self.text, inside) if cell is None else (Text(cell.text), inside)

    @property
    def is_fixable(self) -> bool:
        """Whether `--fix` would try to repair it."""
        return bool(self.fixes) and self.fixes[0].safe


def syntax_entry(module: "Module") -> Entry | None:
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


def entry_of(module: "Module", diagnostic: Diagnostic, fixes: Sequence[Fix]) -> Entry:
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


def fingerprinted(entries: Iterable[Entry], names: Names) -> Iterator[tuple[Entry, str]]:
    """Yield each entry with a name that it keeps when lines move, made of its path, rule and problem."""
    import hashlib  # noqa: PLC0415 - slow to import, and seldom needed

    seen: Counter[tuple[str, str, str]] = Counter()
    for each in entries:
        identity = (names.in_repository(each.path), each.rule, each.problem)
        seen[identity] += 1
        told = "\0".join((*identity, str(seen[identity])))
        yield each, hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()
