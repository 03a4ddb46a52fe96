"""Imports that a repair needs, written in the file's own style."""

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spawnsafe.edits.naming import is_free
from spawnsafe.edits.text import indentation, line_start, with_comments
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.blocks import Extent


@dataclass(frozen=True, slots=True)
class Import:
    """How a member of a module is written in a file, and the change that makes it so, if one is needed."""

    code: str
    change: tuple[Extent, str] | None = None


def importing(module: Module, source: str, name: str, scopes: Sequence[Scope], before: int) -> Import | None:
    """Return how `name` of the module `source` is written in some scopes of a file.

    Its import has to stand above the offset `before`. None if both names are taken by something else.
    """
    for step in _top_imports(module, before):
        event = step.event
        imported = event.source
        if not isinstance(imported, facts.Imported) or imported.module != source or imported.level:
            continue
        if imported.name in (name, None) and imported.submodule is None and _is_seen(event.name, scopes):
            return Import(event.name if imported.name else f"{event.name}.{name}")
    if is_free(module, name, scopes):
        return Import(name, _extended(module, source, name, before) or _new_line(module, source, name, before))
    if is_free(module, source, scopes):
        return Import(f"{source}.{name}", _new_line(module, source, None, before))
    return None


def _is_seen(name: str, scopes: Sequence[Scope]) -> bool:
    """Whether a name of the module is bound once and means the same in all scopes."""
    return all(
        (home := scope.home(name)) is not None and home.is_module and len(home.bindings[name]) == 1 for scope in scopes
    )


@dataclass(frozen=True, slots=True)
class _Top:
    event: facts.Bind
    block: Block


def _top_imports(module: Module, before: int) -> Iterator[_Top]:
    """Yield the imports that surely run before an offset of the module is reached."""
    for step in module.scope.steps:
        event = step.event
        is_import = isinstance(event, facts.Bind) and isinstance(event.source, facts.Imported)
        if isinstance(event, facts.Bind) and is_import and not step.region and step.block.end <= before:
            yield _Top(event, step.block)


# --- an import that takes one name more --------------------------------------------------------------------


def _extended(module: Module, source: str, name: str, before: int) -> tuple[Extent, str] | None:
    """Return the change of a `from` import of the same module."""
    aliases = [
        top
        for top in _top_imports(module, before)
        if isinstance(top.event.source, facts.Imported)
        and top.event.source.module == source
        and top.event.source.name not in (None, "*")
        and not top.event.source.level
    ]
    aliases = [top for top in aliases if top.event.statement == aliases[0].event.statement]
    if not aliases:
        return None
    text, block = module.document.text, aliases[0].block
    start = text.index("import", block.place(aliases[0].event.statement)[0]) + len("import")
    first = re.compile(r"[\s(\\]*").match(text, start)
    begin = first.end() if first else start
    opening = text[start:begin]
    gap = (
        f"{module.text.newline}{indentation(text, begin)}"
        if "(" in opening and line_start(text, begin) > start
        else " "
    )
    smaller = [top for top in aliases if _order(_imported(top.event)) < _order(name)]
    if not smaller:
        return (begin, begin), f"{name},{gap}"
    end = block.place(smaller[-1].event.at)[1]
    return (end, end), f",{gap}{name}"


def _order(name: str) -> tuple[bool, str]:
    """Order names as isort does: constants and classes, then the others."""
    return name.islower(), name


def _imported(event: facts.Bind) -> str:
    return (event.source.name or "") if isinstance(event.source, facts.Imported) else ""


# --- a line of its own -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Line:
    """An import statement at module level."""

    block: Block
    module: str
    is_from: bool


def _new_line(module: Module, source: str, name: str | None, before: int) -> tuple[Extent, str]:
    """Return the insertion of an import among those of the standard library."""
    text, newline = module.document.text, module.text.newline
    line = f"from {source} import {name}" if name else f"import {source}"
    sections = list(_sections(module, before))
    standard = next((section for section in sections if any(_is_standard(known) for known in section)), None)
    if standard is not None:
        offset = _place_in(text, standard, source, is_from=name is not None)
        return (offset, offset), line + newline
    others = [section for section in sections if section[0].module != "__future__"]
    if others:
        offset = with_comments(text, (others[0][0].block.start, others[0][0].block.end))[0]
        return (offset, offset), line + newline * 2
    above = sections[-1][-1].block if sections else _docstring(module)
    if above is not None:
        return (above.end, above.end), newline + line + newline
    blocks = module.document.blocks
    offset = with_comments(text, (blocks[0].start, blocks[0].end))[0] if blocks else len(text)
    return (offset, offset), line + newline * 3


def _sections(module: Module, before: int) -> Iterator[list[_Line]]:
    """Yield the runs of imports that no blank line and no other statement parts."""
    text, section = module.document.text, list[_Line]()
    end = 0
    for block in module.document.blocks:
        line = _import_line(block, text) if block.end <= before else None
        if section and (line is None or re.search(r"^[ \t]*(?:\r|\n)", text[end : block.start], re.MULTILINE)):
            yield section
            section = []
        if line is not None:
            section.append(line)
        end = block.end
    if section:
        yield section


def _import_line(block: Block, text: str) -> _Line | None:
    events = block.facts.events if block.facts else ()
    sources = [event.source for event in events if isinstance(event, facts.Bind)]
    if not sources or len(sources) < len(events):
        return None
    first = sources[0]
    if not isinstance(first, facts.Imported) or not all(isinstance(source, facts.Imported) for source in sources):
        return None
    if block.facts is not None and len(block.facts.regions) > 1:
        return None
    return _Line(block, first.submodule or first.module or ".", text.startswith("from", block.start))


def _is_standard(line: _Line) -> bool:
    return line.module.partition(".")[0] in sys.stdlib_module_names and line.module != "__future__"


def _place_in(text: str, section: Sequence[_Line], source: str, *, is_from: bool) -> int:
    """Return where a line belongs in a section, in the order that the section has."""

    def plain(line: _Line) -> tuple[bool, str]:
        return line.is_from, line.module.lower()

    def mixed(line: _Line) -> tuple[bool, str]:
        return False, line.module.lower()

    is_mixed = list(section) == sorted(section, key=mixed) and list(section) != sorted(section, key=plain)
    new = (is_from and not is_mixed, source)
    key = mixed if is_mixed else plain
    after = [line for line in section if key(line) > new]
    if after:
        return with_comments(text, (after[0].block.start, after[0].block.end))[0]
    return section[-1].block.end


def _docstring(module: Module) -> Block | None:
    blocks = module.document.blocks
    events = blocks[0].facts.events if blocks and blocks[0].facts else ()
    match events:
        case (facts.Evaluate(term=facts.Constant(value=str())),):
            return blocks[0]
        case _:
            return None
