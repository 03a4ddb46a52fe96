"""Drops imports whose last use a repair takes away."""

import re
import sys
from collections.abc import Iterator
from dataclasses import replace

from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import removal, stands_alone, whole_lines
from spawnsafe.findings import Fix
from spawnsafe.model.module import Module
from spawnsafe.model.names import Step
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent


def without_idle_imports(module: Module, fix: Fix) -> Fix:
    """Return a repair that drops as well what the file imports for nothing but what the repair takes away.

    Another file may import the name from one that is imported; and only modules of the standard library are surely
    not imported for what that does. Who writes a notebook may come back to what a cell has imported.
    """
    edits = [each.edit for each in fix.edits if each.path == module.path]
    gone = [(module.text.offset(edit.span.start), module.text.offset(edit.span.end)) for edit in edits]
    left = set(_WORD.findall(" ".join(edit.text for edit in edits)))
    removed = {word for extent in gone for word in _WORD.findall(module.document.text[slice(*extent)])} - left
    if not removed or module.is_imported or module.is_notebook:
        return fix
    idle = (
        lines
        for name in sorted(removed & module.scope.bindings.keys())
        if (lines := _import_of(module, name)) is not None and _is_idle(module.document.text, name, [lines, *gone])
    )
    return replace(fix, edits=(*fix.edits, *(replacement(module, *_dropped(module, lines, gone)) for lines in idle)))


_WORD = re.compile(r"\w+")


def _import_of(module: Module, name: str) -> Extent | None:
    """Return the lines that do nothing but to import a name from the standard library."""
    match module.scope.bindings[name]:
        case [Step(event=facts.Bind(source=facts.Imported(level=0) as source)) as step] if not step.region:
            statement = step.block.place(step.event.statement)
            is_standard = source.module.partition(".")[0] in sys.stdlib_module_names
            binds = [other for other in module.scope.steps if other.block.place(other.event.statement) == statement]
            if is_standard and len(binds) == 1 and stands_alone(module.document.text, statement):
                return whole_lines(module.document.text, statement)
    return None


def _is_idle(text: str, name: str, gone: list[Extent]) -> bool:
    """Whether a word is nowhere but in what goes: no string, no comment tells it."""
    return all(any(start <= place < end for start, end in gone) for place in _places(text, name))


def _places(text: str, name: str) -> Iterator[int]:
    return (match.start() for match in re.finditer(rf"\b{re.escape(name)}\b", text))


def _dropped(module: Module, lines: Extent, others: list[Extent]) -> tuple[Extent, str]:
    """Return what takes lines away, with blank lines around them where no other edit begins or ends."""
    start, end = lines
    is_apart = not any(start <= place <= end for extent in others for place in extent)
    return removal(module.document.text, lines) if is_apart else (lines, "")
