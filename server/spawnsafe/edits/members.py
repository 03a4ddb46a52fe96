"""Adds methods to classes."""

import re
from collections.abc import Iterable

from spawnsafe.edits.text import indent_unit, indentation, stands_alone, whole_lines, with_comments
from spawnsafe.model.names import Scope
from spawnsafe.syntax.blocks import Extent


def has_lines(scope: Scope) -> bool:
    """Whether a class or method stands on lines of its own, and its body below its header."""
    if scope.facts is None or not scope.steps:
        return False
    text, (start, end) = scope.module.document.text, _extent(scope)
    header = scope.block.place(scope.facts.name_at)[0]
    body = scope.steps[-1].block.place(scope.steps[-1].event.statement)[0]
    return stands_alone(text, (start, end)) and bool(re.search(r"[\r\n]", text[header:body]))


def _extent(scope: Scope) -> Extent:
    """Return the extent of a class or method up to its last statement."""
    assert scope.facts is not None  # noqa: S101 - only a module has none
    start, end = scope.block.place(scope.facts.at)
    extents = [step.block.place(step.event.statement) for step in scope.steps]
    extents += [child.block.place(child.facts.at) for child in scope.children.values() if child.facts]
    return start, max((end, *(last for _, last in extents)))


def method_of(cls: Scope, name: str) -> Scope | None:
    """Return the one method of that name that a class defines itself."""
    found = [child for child in cls.children.values() if child.name == name and child.is_function]
    return found[0] if len(found) == 1 else None


def member_indent(cls: Scope) -> str:
    """Return the indentation of a class's members."""
    text = cls.module.document.text
    if cls.steps:
        return indentation(text, cls.steps[0].block.place(cls.steps[0].event.statement)[0])
    assert cls.facts is not None  # noqa: S101 - only a module has none
    return indentation(text, cls.block.place(cls.facts.header_at)[0]) + indent_unit(text)


def behind(scope: Scope, lines: Iterable[str]) -> tuple[Extent, str]:
    """Return the change that puts lines behind a method, or behind the last member of a class."""
    text, newline = scope.module.document.text, scope.module.text.newline
    end = with_comments(text, whole_lines(text, _extent(scope)))[1]
    code = "".join(line + newline for line in lines)
    return (end, end), code if text[:end].endswith(("\n", "\r")) else newline + code
