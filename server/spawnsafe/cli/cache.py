"""What was found in files before, kept on disk and told again as long as nothing has changed that it follows from.

What is found in a file follows from that file, from those that import it, directly or not, and from all that these
import. So a change counts for whatever is imported, directly or not, by the changed file or by one that imports it.
Files and folders that come or go can change what any import means, and count for all.
"""

import json
import os
import sys
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import spawnsafe
from spawnsafe.check import Severity
from spawnsafe.cli.outputs import write_whole
from spawnsafe.cli.reports.entry import Entry
from spawnsafe.cli.workspace import Workspace
from spawnsafe.findings import FileEdit, Fix, Note
from spawnsafe.model import Survey, Trouble
from spawnsafe.settings import SOURCES
from spawnsafe.source import Edit, Point, Span, Text

if TYPE_CHECKING:
    from spawnsafe.cli.patch import Original

FOLDER = ".spawnsafe_cache"


@dataclass
class _Record:
    """What is kept, but for what is needed only after a change: `_Links`."""

    version: str
    """What else it follows from: the tool, the Python, the settings and the environment."""
    files: dict[str, list[int]] = field(default_factory=dict)
    """When each file that was looked at was modified, its size and a checksum."""
    folders: dict[str, int] = field(default_factory=dict)
    """When each folder that was looked at was modified."""
    tops: dict[str, bool] = field(default_factory=dict)
    """Which of the folders around begin a project."""
    checked: list[str] = field(default_factory=list)
    found: dict[str, list[Any]] = field(default_factory=dict)
    """What was found in the files in which something was."""


@dataclass
class _Links:
    """Which files import which, and which names in each folder count."""

    imports: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)


class Cache:
    """What is known of the files of one project, kept in a file of a folder that is made if need be.

    A file that is missing or broken counts as empty, and one that cannot be written is given up silently.
    """

    def __init__(self, folder: Path, told: str, survey: Survey, given: Collection[Path]) -> None:
        """Read it; `told` is what settings and options say, `given` are the files that are to be checked."""
        self._survey = survey
        self._folder = folder
        self._file = folder / f"{zlib.crc32(told.encode('utf-8', 'surrogatepass')):08x}.json"
        self._version = "\0".join((told, *_tool(), repr(survey.environment and survey.environment.state)))
        self._record = self._read()
        self._stale = self._find_stale(list(map(str, given)))
        self._checked = set(self._record.checked)
        self._found: dict[str, list[Any]] = {}

    @classmethod
    def of(cls, workspace: Workspace, given: Sequence[Path], folder: Path | None) -> Self:
        """Return the cache of the project of files; without a folder it lies in the project's.

        That is the folder with the settings or the repository; the working folder, where there is neither.
        """
        settings = workspace.settings_of(given[0].parent)
        is_project = any((settings.folder / name).exists() for name in (*SOURCES, ".git"))
        folder = folder or (settings.folder if is_project else Path.cwd()) / FOLDER
        return cls(folder, workspace.told(given[0].parent), workspace.survey(given[0]), given)

    def get(self, path: Path) -> list[Entry] | None:
        """Return what is found in a file; None if that is not known, or not any more."""
        name = str(path)
        if name in self._stale or name not in self._checked:
            return None
        rows = self._record.found.get(name)
        if not rows:
            return []
        from spawnsafe.cli.patch import Original  # noqa: PLC0415 - in most files nothing is found

        with suppress(OSError, UnicodeDecodeError, SyntaxError):
            original = Original.read(path)
            return [_entry(path, original, row) for row in rows]
        return None

    def put(self, path: Path, entries: Iterable[Entry]) -> None:
        """Note what is found in a file."""
        self._found[str(path)] = [_row(entry) for entry in entries]

    def write(self) -> None:
        """Keep what was noted beside what still holds."""
        if not self._found:
            return
        old, survey, listed = self._record, self._survey, self._survey.finder.listed()
        held = {name for name in old.checked if name not in self._stale}
        found = {name: rows for name, rows in old.found.items() if name in held} | self._found
        imports = {name: each for name, each in self._links.imports.items() if name not in self._changed}
        for path, each in survey.edges():
            imports[str(path)] = sorted({*imports.get(str(path), ()), *map(str, each)})
        record = _Record(
            self._version,
            old.files
            | {str(path): [stamp.modified, stamp.size, checksum] for path, stamp, checksum in survey.stamps()},
            old.folders | {folder: modified for folder, (modified, _) in listed.items()},
            old.tops | survey.finder.tops(),
            sorted(held.union(self._found)),
            {name: rows for name, rows in found.items() if rows},
        )
        links = _Links(imports, self._links.names | {folder: names for folder, (_, names) in listed.items()})
        with suppress(OSError):
            _make(self._folder)
            write_whole(self._file, "\n".join(json.dumps(asdict(part)) for part in (record, links)) + "\n")

    def _read(self) -> _Record:
        """Return what is kept if it can be read, and nothing that it follows from but files has changed."""
        with suppress(OSError, ValueError, TypeError, AttributeError), self._file.open(encoding="utf-8") as file:
            record = _Record(**json.loads(file.readline()))
            self._unread = file.read()
            moved = [folder for folder, modified in record.folders.items() if _modified(folder) != modified]
            is_top = self._survey.finder.is_top
            is_same = record.version == self._version and all(is_top(each) == was for each, was in record.tops.items())
            if is_same and self._unread.endswith("\n") and not any(map(self._has_other_names, moved)):
                return record
        self._unread = ""
        return _Record(self._version)

    def _has_other_names(self, folder: str) -> bool:
        return self._survey.finder.names(folder) != self._links.names.get(folder)

    @cached_property
    def _links(self) -> _Links:
        with suppress(ValueError, TypeError):
            return _Links(**json.loads(self._unread))
        self._record = _Record(self._version)  # without links, nothing is known of what a change counts for
        return _Links()

    def _find_stale(self, given: Sequence[str]) -> set[str]:
        """Return the files for which a change counts."""
        known = self._record.files
        self._changed = {name for name, told in known.items() if _has_changed(name, *told)}
        self._changed.update(name for name in given if name not in known)
        if not self._changed or not known:
            return self._changed
        imports = {name: set(each) for name, each in self._links.imports.items()}
        for name in self._changed:
            imports.setdefault(name, set()).update(map(str, self._survey.imports(Path(name))))
        importers: dict[str, set[str]] = {}
        for name, each in imports.items():
            for imported in each:
                importers.setdefault(imported, set()).add(name)
        return _reached(_reached(self._changed, importers), imports)


def _reached(names: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Return names, and those to which edges lead from them."""
    pending = list(names)
    seen = set(pending)
    while pending:
        new = {each for each in edges.get(pending.pop(), ()) if each not in seen}
        seen |= new
        pending += new
    return seen


def _has_changed(name: str, modified: int, size: int, checksum: int) -> bool:
    stamp = _stamp(name)
    if stamp == [modified, size]:
        return False
    if stamp is None or stamp[1] != size:
        return True
    try:
        return zlib.crc32(Path(name).read_bytes()) != checksum
    except OSError:
        return True


def _stamp(name: str) -> list[int] | None:
    try:
        status = os.stat(name)  # noqa: PTH116 - a third of the time of Path.stat, for thousands of files
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]


def _modified(folder: str) -> int:
    stamp = _stamp(folder)
    return stamp[0] if stamp else 0


def _tool() -> Iterator[str]:
    """Yield what tells this tool from another: where it is, its version, and its files where they are worked on."""
    folder = Path(spawnsafe.__file__).parent
    yield from (spawnsafe.__version__, str(folder), sys.version)
    if folder.parent.name not in ("site-packages", "dist-packages"):
        stamps = [_stamp(str(path)) for path in sorted(folder.rglob("*.py"))]
        yield str(zlib.crc32(repr(stamps).encode()))


def _make(folder: Path) -> None:
    """Make a cache folder that git and backups leave out."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in ((".gitignore", "*\n"), ("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n")):
        if not (folder / name).exists():
            (folder / name).write_text(text, encoding="utf-8")


# --- entries as JSON


def _row(entry: Entry) -> list[Any]:
    return [
        entry.rule,
        entry.severity.value,
        _numbers(entry.span),
        entry.problem,
        entry.help,
        {name: trouble.value for name, trouble in entry.troubles.items()},
        list(entry.targets),
        [[note.message, str(note.path), _numbers(note.span)] for note in entry.notes],
        [
            [fix.title, [[str(each.path), _numbers(each.edit.span), each.edit.text] for each in fix.edits], fix.safe]
            for fix in entry.fixes
        ],
        entry.url,
    ]


def _entry(path: Path, original: "Original", row: Sequence[Any]) -> Entry:
    rule, severity, span, problem, help_, troubles, targets, notes, fixes, url = row
    return Entry(
        rule=rule,
        severity=Severity(severity),
        path=path,
        text=Text(original.text),
        span=_span(span),
        problem=problem,
        help=help_,
        troubles={name: Trouble(value) for name, value in troubles.items()},
        targets=targets,
        notes=tuple(Note(message, Path(where), _span(at)) for message, where, at in notes),
        fixes=[
            Fix(title, tuple(FileEdit(Path(where), Edit(_span(at), text)) for where, at, text in edits), safe)
            for title, edits, safe in fixes
        ],
        url=url,
        file=original.file,
    )


def _numbers(span: Span) -> list[int]:
    return [span.start.line, span.start.column, span.end.line, span.end.column]


def _span(numbers: Sequence[int]) -> Span:
    line, column, last, end = numbers
    return Span(Point(line, column), Point(last, end))
