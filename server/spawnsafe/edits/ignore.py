"""Comments that suppress findings: written, extended, taken away."""

import re
from collections.abc import Iterable, Iterator

from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indentation, whole_lines
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model import Module
from spawnsafe.source import Point, Span
from spawnsafe.suppress import Ignore, ignores
from spawnsafe.syntax.blocks import logical_line, takes_comment

_PREAMBLE = re.compile(r"\ufeff?(?:#!.*(?:\r\n?|\n))?(?:#.*coding[:=].*(?:\r\n?|\n))?")


def ignore_here(module: Module, span: Span, code: str) -> Fix:
    """Return the edit that suppresses what a rule finds at a span."""
    return Fix(f"Ignore {code} here", tuple(ignoring(module, [(span, code)])), safe=False)


def ignore_in_file(module: Module, code: str) -> Fix:
    """Return the edit that suppresses what a rule finds in a file."""
    existing = next((each for each in ignores(module) if each.lines is None and each.names), None)
    if existing is not None:
        edit = _extended(module, existing, [code])
    else:
        preamble = _PREAMBLE.match(module.document.text)
        start = preamble.end() if preamble else 0
        edit = replacement(module, (start, start), f"# spawnsafe: ignore-file[{code}]{module.text.newline}")
    return Fix(f"Ignore {code} in this file", (edit,), safe=False)


def ignoring(module: Module, found: Iterable[tuple[Span, str]]) -> list[FileEdit]:
    """Return the edits that suppress what rules find at spans: a comment for each line."""
    places: dict[tuple[int, bool], list[str]] = {}
    for span, code in found:
        ends = [line for line in (span.start.line, span.end.line) if _can_end(module, line)]
        codes = places.setdefault((ends[0], True) if ends else (span.start.line, False), [])
        if code not in codes:
            codes.append(code)
    return [
        _at_line_end(module, line, codes) if at_end else _above(module, line, codes)
        for (line, at_end), codes in places.items()
    ]


def _can_end(module: Module, line: int) -> bool:
    """Whether a comment can stand at the end of a line."""
    end = _end(module, line)
    return takes_comment(module.document.text, _block_start(module, end), end)


def _block_start(module: Module, offset: int) -> int:
    return max((block.start for block in module.document.blocks if block.start <= offset), default=0)


def _end(module: Module, line: int) -> int:
    return module.text.offset(Point(line, len(module.text.line(line))))


def _at_line_end(module: Module, line: int, codes: list[str]) -> FileEdit:
    here = (each for each in ignores(module) if each.span.start.line == line and each.lines is not None)
    existing = next((each for each in here if each.names), None)
    if existing is not None:
        return _extended(module, existing, codes)
    end = _end(module, line)
    start = end - len(module.text.line(line)) + len(module.text.line(line).rstrip())
    return replacement(module, (start, end), f"  {_comment(codes)}")


def _above(module: Module, line: int, codes: list[str]) -> FileEdit:
    """Return the edit that writes a comment above a logical line, whose first line cannot end with one."""
    offset = module.text.offset(Point(line, 0))
    start, _ = logical_line(module.document.text, _block_start(module, offset), offset)
    indent = indentation(module.document.text, start)
    return replacement(module, (start, start), f"{indent}{_comment(codes)}{module.text.newline}")


def _comment(codes: list[str]) -> str:
    return f"# spawnsafe: ignore[{', '.join(codes)}]"


def _extended(module: Module, ignore: Ignore, codes: list[str]) -> FileEdit:
    end = module.text.offset(ignore.names[-1].span.end)
    return replacement(module, (end, end), "".join(f", {code}" for code in codes))


def drop_ignore(module: Module, span: Span) -> Iterator[Fix]:
    """Yield the edit that removes a comment at a span, or from one the name there; the comment with its last name."""
    for ignore in ignores(module):
        numbers = [number for number, name in enumerate(ignore.names) if name.span == span]
        if ignore.span == span or (numbers and len(ignore.names) == 1):
            yield Fix("Remove the comment", (_without(module, ignore),), safe=True)
        elif numbers:
            yield Fix("Remove the name", (_without_name(module, ignore, numbers[0]),), safe=True)


def _without_name(module: Module, ignore: Ignore, number: int) -> FileEdit:
    names, offset = ignore.names, module.text.offset
    if number == 0:
        extent = offset(names[0].span.start), offset(names[1].span.start)
    else:
        extent = offset(names[number - 1].span.end), offset(names[number].span.end)
    return replacement(module, extent, "")


def _without(module: Module, ignore: Ignore) -> FileEdit:
    """Return the edit that removes a comment, with its line if nothing else is on it."""
    text = module.document.text
    start, end = module.text.offset(ignore.span.start), module.text.offset(ignore.span.end)
    lines = whole_lines(text, (start, end))
    if not text[lines[0] : start].strip() and not text[end : lines[1]].strip():
        return replacement(module, lines, "")
    rest = text[end : lines[1]].strip()
    if rest and not rest.startswith("#"):  # the rest of the comment stays one
        return replacement(module, (start, end), "#")
    return replacement(module, (len(text[:start].rstrip(" \t")), end), "")
