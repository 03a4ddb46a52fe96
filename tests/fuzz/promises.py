"""What holds for every text, however odd. Each function raises AssertionError, or what the tool raised, if it does not.

A text stands for a file that is open in an editor, in a folder that does not exist, beside others that it may import.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lsprotocol import types

from spawnsafe.check import Diagnostic, Policy, check, fixes
from spawnsafe.findings import Fix
from spawnsafe.hints import hints
from spawnsafe.hover import hover
from spawnsafe.lenses import lenses
from spawnsafe.lsp.convert import Codec
from spawnsafe.lsp.documents import Document
from spawnsafe.model import Module, Project, supported_targets
from spawnsafe.refactorings import refactorings
from spawnsafe.repair import Repairs
from spawnsafe.source import Edit, Point, Span, Text, apply_edits

FOLDER = Path("/nowhere/project").absolute()
MAIN = FOLDER / "main.py"
UNITS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
"""The position encodings, with the bytes of a unit."""
_HINTS = ("chunksize", "start-method")
_MOST_POINTS = 40


def answers(text: str, others: Mapping[str, str] | None = None) -> Module:
    """Whatever is asked of a text is answered, and every place in an answer is in the text."""
    module = _project({**(others or {}), MAIN.name: text}).module(MAIN)
    found = check(module, Policy(), with_followers=True)
    for diagnostic in found:
        _stands_in(module, diagnostic.finding.span)
        for fix in fixes(module, diagnostic):
            _edited(module, fix)
    whole = Span(Point(0, 0), module.text.point(len(text)))
    for hint in hints(module, whole, _HINTS, supported_targets()):
        _stands_in(module, Span(hint.at, hint.at))
    for lens in lenses(module):
        _stands_in(module, lens.span)
    for point in _points(module, found):
        if answer := hover(module, point):
            assert answer.markdown
            _stands_in(module, answer.span)
        for each in refactorings(module, Span(point, point)):
            _edited(module, each.fix)
    return module


def shows_places(text: str) -> None:
    """A client finds in its own text what the server marks in its, in every encoding."""
    module = _project({MAIN.name: text}).module(MAIN)
    spans = [each.finding.span for each in check(module, Policy())]
    lines = _lines(text)
    for name, size in UNITS.items():
        codec = Codec(types.PositionEncodingKind(name))
        for span in spans:
            for point in (span.start, span.end):
                line = module.text.line(point.line)
                assert line == lines[point.line]
                units = codec.units(line, point.column)
                head = line[: point.column].encode(_codec_of(name), "surrogatepass")
                assert units * size == len(head)
                assert codec.column(line, units) == point.column


def follows(texts: Sequence[str], others: Mapping[str, str] | None = None) -> None:
    """After any edits a text has the findings that it has when it is opened, if all of it parses."""
    files = {**(others or {}), MAIN.name: texts[0]}
    project = _project(files)
    for text in texts:
        project.open(MAIN, text)
        now = _told(project.module(MAIN))
        fresh = _project({**files, MAIN.name: text}).module(MAIN)
        if not list(fresh.problems):
            assert now == _told(fresh), text


def edits_as_the_client(text: str, edits: Sequence[Edit]) -> str:
    """Edits that a client sends leave the text that it has, in every encoding; return that."""
    result = text
    for edit in edits:
        before = result
        result = apply_edits(Text(before), [edit])
        for name in UNITS:
            codec = Codec(types.PositionEncodingKind(name))
            document = Document(MAIN.as_uri(), before, 1, "python", codec)
            start, end = (_position(Text(before), point, codec) for point in (edit.span.start, edit.span.end))
            document.apply_change(types.TextDocumentContentChangePartial(types.Range(start, end), edit.text))
            assert document.source == result, (name, before, edit)
    return result


def repairs(text: str, others: Mapping[str, str] | None = None) -> int:
    """Safe fixes leave a program that still compiles, and suppressing comments as well; return how many there were."""
    files = {**(others or {}), MAIN.name: text}
    fixed = 0
    for step in (Repairs.repair, Repairs.ignore):
        project = _Files(files)
        done = Repairs(project, lambda _: True)
        step(done, MAIN)
        fixed += done.fixed.total()
        for path, after in done.after.items():
            before = done.before[path]
            assert not _compiles(before) or _compiles(after), after
            problems = list(project.module(path).problems)
            assert len(problems) <= len(list(_project({path.name: before}).module(path).problems)), problems
    return fixed


class _Files:
    """The files of a program as a repair wants them."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._project = _project(files)

    def module(self, path: Path) -> Module:
        return self._project.module(path)

    def policy(self, _: Path) -> Policy:
        return Policy()

    def overlay(self, path: Path, text: str | None) -> None:
        self._project.open(path, self._files[path.name] if text is None else text)


def _project(files: Mapping[str, str]) -> Project:
    project = Project()
    for name, text in files.items():
        project.open(FOLDER / name, text)
    return project


def _told(module: Module) -> list[tuple[object, ...]]:
    found = check(module, Policy(), with_followers=True)
    return [
        (each.rule.code, each.severity, each.targets, each.notes, each.finding.span, each.finding.problem)
        for each in found
    ]


def _stands_in(module: Module, span: Span) -> None:
    assert Point(0, 0) <= span.start <= span.end, span
    for point in (span.start, span.end):
        assert module.text.point(module.text.offset(point)) == point, span


def _edited(module: Module, fix: Fix) -> None:
    """A fix has edits, which lie in the text and do not overlap."""
    assert fix.title
    edits = [each.edit for each in fix.edits if each.path == module.path]
    for edit in edits:
        _stands_in(module, edit.span)
    apply_edits(module.text, edits)


def _points(module: Module, found: Sequence[Diagnostic]) -> Iterator[Point]:
    """Yield the places of findings, and others all over the text."""
    yield from (each.finding.span.start for each in found[:_MOST_POINTS])
    length = len(module.text.string)
    for offset in range(0, length + 1, max(1, length // _MOST_POINTS)):
        yield module.text.point(offset)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _codec_of(encoding: str) -> str:
    return encoding if encoding == "utf-8" else f"{encoding}-le"


def _position(text: Text, point: Point, codec: Codec) -> types.Position:
    return types.Position(point.line, codec.units(text.line(point.line), point.column))


def _compiles(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text.removeprefix("\ufeff"), "main.py", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
