"""Writes statements anew under the main guard or in `main()`."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from spawnsafe.edits.replace import replacement
from spawnsafe.edits.statements import Statement
from spawnsafe.edits.text import indent_unit, indentation, reindent, removal, with_comments
from spawnsafe.findings import FileEdit
from spawnsafe.model.flow import Run, truth
from spawnsafe.model.module import Module
from spawnsafe.model.names import Site
from spawnsafe.syntax.blocks import Extent, header_end
from spawnsafe.syntax.facts import Flow

GUARD = 'if __name__ == "__main__":'

_NEWLINE = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True)
class Body:
    """What stands under a guard: whole lines, or the rest of the guard's own line."""

    extent: Extent
    indent: str
    is_line: bool = False


def guard_body(module: Module, statement: Statement) -> Body | None:
    """Return the body of an `if` whose condition is the main guard and which has no other branch."""
    text, scope = module.document.text, module.scope
    found = [
        (index, region)
        for index, region in enumerate(scope.regions)
        if index and region.parent == 0 and scope.region_blocks[index].start == statement.extent[0]
    ]
    if len(found) != 1 or not text.startswith("if", statement.extent[0]):
        return None
    index, region = found[0]
    block = scope.region_blocks[index]
    if region.flow is not Flow.BRANCH or region.subject is None or region.exhaustive:
        return None
    site = Site(scope, region.events[0], 0, block)
    answers = [truth(region.subject, site, run) for run in (Run.MAIN, Run.IMPORTED)]
    if answers != [True, False]:
        return None
    begin, end = header_end(text, statement.extent[0]), statement.extent[1]
    inside = block.place(region.at)
    return Body((begin, end), indentation(text, inside[0])) if begin < end else Body((inside[0], end), "", is_line=True)


class Wrapping:
    """Puts some of a module's statements under one guard.

    Behind the last statement that stays they are indented where they are; those before it are moved there. A
    guard that is there already takes them in.
    """

    def __init__(self, module: Module, statements: list[Statement], wrapped: set[int]) -> None:
        self._module = module
        self._text = module.document.text
        self._newline = module.text.newline
        self._statements = statements
        last = max((index for index in range(len(statements)) if index not in wrapped), default=-1)
        self._tail = list(range(last + 1, len(statements)))
        self._moved = sorted(index for index in wrapped if index < last)

    def under_guard(self) -> tuple[FileEdit, ...]:
        """Return the edits that put the statements under the main guard."""
        home = self._bodies.get(self._tail[0]) if self._tail else None
        if home is None or home.is_line:
            return self._placed(self._guarded, blank_lines=1)
        return self._joined(home)

    def in_main(self) -> tuple[FileEdit, ...]:
        """Return the edits that put the statements into `main()`, which is called under the main guard."""
        return self._placed(self._in_main, blank_lines=2)

    # --- edits

    def _joined(self, home: Body) -> tuple[FileEdit, ...]:
        """Let the guard with which the tail begins take in the rest."""
        edits = [self._edit((home.extent[0], home.extent[0]), self._code(self._moved, home.indent))]
        first, *rest = self._tail
        if rest:
            start, end = self._extent(first)[1], self._extent(rest[-1])[1]
            edits.append(self._edit((start, end), self._code(rest, home.indent, start)))
        return (*self._removals(), *(edit for edit in edits if edit.edit.text))

    def _placed(self, frame: Callable[[str], str], blank_lines: int) -> tuple[FileEdit, ...]:
        """Put the statements into a frame of their own, where the tail is or at the end."""
        code = frame(self._code(self._moved, self._unit) + self._code(self._tail, self._unit))
        end = len(self._text)
        place = (self._extent(self._tail[0])[0], self._extent(self._tail[-1])[1]) if self._tail else (end, end)
        return (*self._removals(), self._edit(place, self._space(place[0], blank_lines) + code))

    def _removals(self) -> Iterator[FileEdit]:
        for run in _runs(self._moved):
            extent = self._extent(run[0])[0], self._extent(run[-1])[1]
            yield self._edit(*removal(self._text, extent))

    def _edit(self, extent: Extent, text: str) -> FileEdit:
        return replacement(self._module, extent, text)

    # --- text

    def _guarded(self, code: str) -> str:
        return f"{GUARD}{self._newline}{code}"

    def _in_main(self, code: str) -> str:
        line = self._newline
        code = code if code.endswith(("\r", "\n")) else code + line
        return f"def main():{line}{code}{line}{line}{GUARD}{line}{self._unit}main(){line}"

    def _space(self, offset: int, blank_lines: int) -> str:
        """Return the line ends that a new statement at an offset needs before it."""
        above = self._text[:offset].lstrip("\ufeff")
        lines = len(_NEWLINE.findall(above[len(above.rstrip()) :]))
        if not above.strip():
            return ""
        before = max((index for index, s in enumerate(self._statements) if s.extent[1] <= offset), default=-1)
        if before >= 0 and (not self._tail or self._statements[before].definition is not None):
            blank_lines = 2
        return self._newline * max(0, blank_lines + 1 - lines)

    @cached_property
    def _unit(self) -> str:
        inside = [body.indent for index in self._tail if (body := self._bodies.get(index)) and body.indent]
        return inside[0] if inside else indent_unit(self._text)

    @cached_property
    def _bodies(self) -> dict[int, Body]:
        """The bodies of the guards that the new one takes in."""
        found = {}
        for index in (*self._moved, *self._tail):
            body = guard_body(self._module, self._statements[index])
            if body is not None and "#" not in self._text[self._statements[index].extent[0] : body.extent[0]]:
                found[index] = body
        return found

    def _extent(self, index: int) -> Extent:
        start, end = with_comments(self._text, self._statements[index].extent)
        return max(start, self._text.startswith("\ufeff")), end

    def _code(self, indices: list[int], unit: str, start: int | None = None) -> str:
        """Return statements with what stands between them, indented; from `start` on."""
        code = ""
        for run in _runs(indices):
            for index in run:
                begin, end = self._extent(index)
                code += reindent(_tight(self._text[start:begin]), "", unit) if start is not None else ""
                code += self._piece(index, unit)
                start = end
            start = None
        return code

    def _piece(self, index: int, unit: str) -> str:
        start, end = self._extent(index)
        body = self._bodies.get(index)
        if body is None:
            return reindent(self._text[start:end], "", unit)
        above = reindent(self._text[start : self._statements[index].extent[0]], "", unit)
        if body.is_line:
            return f"{above}{unit}{self._text[body.extent[0] : end]}"
        return above + reindent(self._text[body.extent[0] : end], body.indent, unit)


def _runs(indices: list[int]) -> Iterator[list[int]]:
    """Yield the runs of neighbours."""
    run: list[int] = []
    for index in indices:
        if run and index != run[-1] + 1:
            yield run
            run = []
        run.append(index)
    if run:
        yield run


def _tight(gap: str) -> str:
    """Return what stands between two statements with at most one blank line at a time."""
    kept: list[str] = []
    for line in re.findall(r"[^\r\n]*(?:\r\n?|\n)", gap):
        if line.strip(" \t\r\n") or not kept or kept[-1].strip():
            kept.append(line)
    return "".join(kept)
