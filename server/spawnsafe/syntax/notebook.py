"""Notebooks: their code cells as one text, the way from there back to the cells, and into the file they came from."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property
from itertools import accumulate
from typing import Any, Self, TypeAlias

from spawnsafe.source import Edit, Point, Span, Text, apply_edits, difference, split_lines
from spawnsafe.syntax.magics import blanked

SUFFIX = ".ipynb"


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell; `index` is its 0-based number among all cells of the notebook."""

    index: int
    text: str

    @property
    def label(self) -> str:
        """What people call it, who count from 1."""
        return f"cell {self.index + 1}"


@dataclass(frozen=True)
class Notebook:
    """The code cells of a notebook, in order. Each begins a line of the text that they make together."""

    cells: tuple[Cell, ...]

    @classmethod
    def of_text(cls, text: str) -> Self:
        """Return the notebook of which only that text is known; none of it, if it is the notebook's file itself."""
        return cls(() if re.match(r'\s*\{\s*(?:"|\Z)', text) else (Cell(0, text),))

    @cached_property
    def text(self) -> str:
        """All cells as one text."""
        return "".join(f"{cell.text}\n" for cell in self.cells)

    @cached_property
    def code(self) -> str:
        """The same with blanks for what is not Python."""
        return "".join(f"{blanked(cell.text)}\n" for cell in self.cells)

    @cached_property
    def firsts(self) -> list[int]:
        """The line of the text at which each cell begins."""
        lengths = (len(split_lines(cell.text)) for cell in self.cells)
        return list(accumulate(lengths, initial=0))[:-1]

    def cell_at(self, line: int) -> int:
        """Return which of the code cells, counted from 0, a line of the text is in."""
        return max(0, bisect_right(self.firsts, line) - 1)

    def locate(self, span: Span) -> tuple[Cell, Span]:
        """Return the cell in which a span begins, and the part of the span in it, by the lines of the cell."""
        number = self.cell_at(span.start.line)
        cell, first = self.cells[number], self.firsts[number]
        lines = split_lines(cell.text)
        last = Point(len(lines) - 1, len(lines[-1]))
        start, end = (Point(point.line - first, point.column) for point in (span.start, span.end))
        return cell, Span(min(start, last), min(end, last))

    def with_text(self, text: str) -> "Notebook":
        """Return the notebook after its text has become another one.

        New lines between two cells belong to the upper one, unless a blank line parts them from the lower one. Blank
        lines at the edges of cells come and go with what stands there.
        """
        if text == self.text:
            return self
        if not self.cells:
            return Notebook.of_text(text)
        parts: list[list[str]] = [[] for _ in self.cells]
        old, new = split_lines(self.text), split_lines(text)
        matcher = SequenceMatcher(None, old, new, autojunk=False)
        for kind, start, end, first, last in matcher.get_opcodes():
            if kind == "insert":
                parts[self._owner(start, new[first:last])] += new[first:last]
            else:
                for offset, line in enumerate(new[first:last]):
                    parts[self.cell_at(min(start + offset, end - 1))].append(line)
        changed = zip(self.cells, ("".join(part) for part in parts), strict=True)
        return Notebook(
            tuple(replace(cell, text=_trimmed(part.removesuffix("\n"), cell.text)) for cell, part in changed)
        )

    def changes(self, edits: Iterable[Edit]) -> list[tuple[Cell, Edit]]:
        """Return what edits of the text change in cells, by the lines of each. Raises ValueError if edits overlap."""
        after = self.with_text(apply_edits(Text(self.text), edits))
        pairs = zip(self.cells, after.cells, strict=True)
        return [(old, edit) for old, new in pairs if (edit := difference(Text(old.text), new.text))]

    def _owner(self, line: int, lines: Sequence[str]) -> int:
        """Return the cell that gets lines inserted above a line of the text."""
        number = self.cell_at(line)
        is_at_edge = number and line == self.firsts[number]
        is_apart = not lines[-1].strip()
        return number - 1 if is_at_edge and not (is_apart and self._takes_lines_above(number)) else number

    def _takes_lines_above(self, number: int) -> bool:
        return not self.cells[number].text.lstrip().startswith("%%")


@dataclass(frozen=True)
class NotebookFile:
    """The text of a notebook's file, and what it says."""

    text: str
    notebook: Notebook

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a file of format 3 or later; cells in other languages than Python are left out. Raises SyntaxError."""
        if not text.strip():
            return cls(text, Notebook(()))
        try:
            document = json.loads(text.removeprefix("\ufeff"))
        except ValueError as error:
            line = getattr(error, "lineno", None)
            raise SyntaxError(f"line {line} is no JSON" if line else "this is no JSON") from None
        except RecursionError:
            raise SyntaxError("this JSON is too deeply nested") from None
        if not isinstance(document, Mapping) or not ("cells" in document or "worksheets" in document):
            raise SyntaxError("this JSON is no notebook")
        is_ours = _is_python(_language(document))
        return cls(text, Notebook(tuple(_code_cells(list(_cells(document))) if is_ours else ())))

    def written(self, notebook: Notebook) -> str:
        """Return the file's text with the cells of a changed notebook; of the rest no character changes."""
        before = {cell.index: cell.text for cell in self.notebook.cells}
        after = {cell.index: cell.text for cell in notebook.cells}
        pieces, done = list[str](), 0
        for index, start, end in self._sources:
            if before.get(index) != after.get(index):
                pieces += self.text[done:start], self._written_source(self.text[start:end], after[index])
                done = end
        return "".join((*pieces, self.text[done:]))

    def lines_of(self, span: Span) -> range:
        """Return the 0-based lines of the file in which a span of the cells' text stands."""
        cell, inside = self.notebook.locate(span)
        return range(self.line_of(cell, inside.start.line), self.line_of(cell, inside.end.line) + 1)

    def line_of(self, cell: Cell, line: int) -> int:
        """Return the 0-based line of the file in which a line of a cell stands."""
        start, end = next((start, end) for index, start, end in self._sources if index == cell.index)
        source = json.loads(self.text[start:end])
        seen, at = 0, start
        if isinstance(source, list):
            for (first, _), part in zip(_items(self.text, start), source, strict=True):
                at = first
                seen += part.count("\n")
                if seen > line:
                    break
        return self.text.count("\n", 0, at)

    def _written_source(self, old: str, new: str) -> str:
        """Return a cell's text as JSON, in the way in which its old text is written."""
        if not old.startswith("["):
            return self._written_string(new)
        lines = split_lines(new)
        strings = [self._written_string(line) for line in (lines if lines[-1] else lines[:-1])]
        layout = _LIST.fullmatch(old)
        before, after = (layout["before"], layout["after"]) if layout and layout["items"] else ("", "")
        return f"[{before}{(',' + (before or ' ')).join(strings)}{after}]"

    def _written_string(self, text: str) -> str:
        return json.dumps(text, ensure_ascii=self.text.isascii() and "\\u" in self.text)

    @cached_property
    def _sources(self) -> list[tuple[int, int, int]]:
        """The number of each cell, and the extent of its text's JSON in the file."""
        text = self.text
        top = dict(_members(text, text.index("{")))
        sheets = _objects(text, top["worksheets"]) if "worksheets" in top else [top]
        cells = [cell for sheet in sheets for cell in _objects(text, sheet["cells"])]
        named = ((index, cell.get("source") or cell.get("input")) for index, cell in enumerate(cells))
        return [(index, *extent) for index, extent in named if extent]


# --- what a notebook's JSON says ---------------------------------------------------------------------------


def _cells(document: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the cells of a notebook; before format 4 they lie in worksheets."""
    for sheet in _listed(document, "worksheets") if "worksheets" in document else [document]:
        yield from _listed(sheet, "cells")


def _listed(owner: object, name: str) -> list[Any]:
    found = owner.get(name) if isinstance(owner, Mapping) else None
    return found if isinstance(found, list) else []


def _code_cells(cells: Sequence[Any]) -> Iterator[Cell]:
    for index, cell in enumerate(cells):
        if isinstance(cell, Mapping) and cell.get("cell_type") == "code":
            source = cell.get("source", cell.get("input", ""))
            language = cell.get("language") or _at(cell, "metadata", "vscode", "languageId")
            if _is_python(language):
                yield Cell(index, "".join(map(str, source)) if isinstance(source, list) else str(source))


def _language(document: object) -> object:
    """Return the language that a notebook says its cells are in; None if it does not say."""
    names = (("language_info", "name"), ("kernelspec", "language"), ("kernel_info", "language"))
    return next(filter(None, (_at(document, "metadata", *path) for path in names)), None)


def _at(value: object, *path: str) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _is_python(language: object) -> bool:
    return language is None or str(language).lower() in ("python", "ipython", "python3", "sage")


# --- where its values stand --------------------------------------------------------------------------------

_Extent: TypeAlias = tuple[int, int]
_LIST = re.compile(r"\[(?P<before>\s*)(?P<items>.*?)(?P<after>\s*)\]", re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n]*")
_scan = json.JSONDecoder().raw_decode


def _objects(text: str, array: _Extent) -> list[dict[str, _Extent]]:
    """Return the objects in an array, by name the extents of their values."""
    return [dict(_members(text, start)) for start, _ in _items(text, array[0]) if text[start] == "{"]


def _members(text: str, start: int) -> Iterator[tuple[str, _Extent]]:
    """Yield the names in an object that begins at an offset, with the extents of their values."""
    for first, last in _items(text, start):
        name, end = _scan(text, first)
        value = _past_space(text, _past_space(text, end) + 1)
        yield name, (value, last)


def _items(text: str, start: int) -> Iterator[_Extent]:
    """Yield the extents of the items of an array, or of the members of an object, that begins at an offset."""
    at = _past_space(text, start + 1)
    while text[at] not in "]}":
        first = at
        _, at = _scan(text, at)
        if text[start] == "{":
            _, at = _scan(text, _past_space(text, _past_space(text, at) + 1))
        yield first, at
        at = _past_space(text, at)
        at = _past_space(text, at + (text[at] == ","))


def _past_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _trimmed(new: str, old: str) -> str:
    """Return a cell's new text without blank lines above it that its old text does not have, and with its last ones."""
    if new.strip() == old.strip():
        return old
    if not old.startswith(("\r", "\n")):
        new = new.lstrip("\r\n")
    return new.rstrip("\r\n") + old[len(old.rstrip("\r\n")) :]
