"""Pieces that repairs are made of: indentation, the lines of a definition, the blank lines around it.

Offsets are absolute, in code points; an extent is a pair of them. Lines end at LF, CRLF and lone CR.
"""

import re
from collections.abc import Iterable

from spawnsafe.syntax.blocks import Extent

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_BLANK = re.compile(r"[ \t\x0c]*(?:\r\n?|\n|\Z)")
_LINE_END = re.compile(r"\r\n?|\n")
_LEAD = re.compile(r"[ \t]*")
_INDENTED = re.compile(
    r"(?:\A|[\r\n])(?P<outer>[ \t]*)[^\s#][^\r\n]*:[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n)"
    r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n))*(?P=outer)(?P<unit>[ \t]+)[^\s#]"
)
"""The last line of a header, and the first of its suite, with comments in between."""


def indent_unit(text: str) -> str:
    """Return the white space by which a file indents: that of its first suite, else four spaces."""
    match = _INDENTED.search(text)
    return match["unit"] if match else "    "


# --- lines -------------------------------------------------------------------------------------------------


def line_start(text: str, offset: int) -> int:
    """Return where the line of an offset begins, behind a byte order mark."""
    start = max(text.rfind("\n", 0, offset), _lone_cr(text, offset)) + 1
    return start or int(text.startswith("\ufeff"))


def line_end(text: str, offset: int) -> int:
    """Return the offset past the line end of an offset's line."""
    match = _LINE.match(text, offset)
    return match.end() if match else len(text)


def indentation(text: str, offset: int) -> str:
    """Return the white space at the beginning of an offset's line."""
    match = _LEAD.match(text, line_start(text, offset))
    return match.group() if match else ""


def whole_lines(text: str, extent: Extent) -> Extent:
    """Return the extent of the lines that an extent touches, the last line end included."""
    start, end = extent
    is_whole = start < end and text[end - 1] in "\r\n"
    return line_start(text, start), end if is_whole else line_end(text, end)


def stands_alone(text: str, extent: Extent) -> bool:
    """Whether nothing but white space and a comment shares its lines with a statement."""
    start, end = whole_lines(text, extent)
    before, after = text[start : extent[0]], text[extent[1] : end]
    return not before.strip() and re.fullmatch(r"[ \t]*(?:#.*)?", after.rstrip("\r\n")) is not None


def _lone_cr(text: str, offset: int) -> int:
    found = text.rfind("\r", 0, offset)
    return -1 if text[found : found + 2] == "\r\n" else found


def _line_before(text: str, start: int) -> Extent | None:
    """Return the extent of the line that ends where another one starts."""
    if start <= line_start(text, 0):
        return None
    end = start - (2 if text[start - 2 : start] == "\r\n" else 1)
    return line_start(text, end), start


def _is_blank(text: str, line: Extent) -> bool:
    return not text[line[0] : line[1]].strip(" \t\x0c\r\n")


# --- the extent of a definition ----------------------------------------------------------------------------


def with_comments(text: str, extent: Extent) -> Extent:
    """Return the whole lines of a statement with the comments that belong to it.

    They stand directly above it, indented like it, or directly below, indented deeper. A comment with which
    the file begins belongs to the file.
    """
    start, end = whole_lines(text, extent)
    indent = indentation(text, start)
    return _comments_above(text, start, indent), _comments_below(text, end, indent)


def _comments_above(text: str, start: int, indent: str) -> int:
    first = start
    while (line := _line_before(text, first)) and text[line[0] : line[1]].startswith(f"{indent}#"):
        first = line[0]
    return start if first == line_start(text, 0) else first


def _comments_below(text: str, end: int, indent: str) -> int:
    while end < len(text):
        line = text[end : line_end(text, end)]
        lead = line[: len(line) - len(line.lstrip(" \t"))]
        if not (line.lstrip(" \t").startswith("#") and lead.startswith(indent) and len(lead) > len(indent)):
            break
        end += len(line)
    return end


# --- indentation -------------------------------------------------------------------------------------------


def reindent(code: str, old: str, new: str = "") -> str:
    """Return whole lines of code with another indentation; the inside of strings stays as it is."""
    from spawnsafe.edits.trees import string_lines  # noqa: PLC0415 - libcst, for a repair alone

    kept = string_lines(code, old)
    lines = [match.group() for match in _LINE.finditer(code) if match.group()]
    return "".join(
        _reindented(line, old, new) if line.strip() and number not in kept else line
        for number, line in enumerate(lines)
    )


def _reindented(line: str, old: str, new: str) -> str:
    """Return a line with another indentation, which a form feed starts anew."""
    lead = line[: len(line) - len(line.lstrip(" \t\x0c"))]
    begin = lead.rfind("\x0c") + 1
    return line[:begin] + new + line[begin + len(old) :] if line.startswith(old, begin) else line


def reindent_expression(code: str, old: str, new: str) -> str:
    """Return an expression, which may span lines, with another indentation of its lines but the first."""
    from spawnsafe.edits.trees import string_lines  # noqa: PLC0415 - libcst, for a repair alone

    first = _LINE.match(code)
    head = first.end() if first else 0
    kept = {number - 1 for number in string_lines(f"({code})", "")}
    lines = [match.group() for match in _LINE.finditer(code, head) if match.group()]
    return code[:head] + "".join(
        new + line.removeprefix(old) if line.strip() and number not in kept else line
        for number, line in enumerate(lines)
    )


# --- blank lines -------------------------------------------------------------------------------------------


def removal(text: str, extent: Extent) -> tuple[Extent, str]:
    """Return what to replace so that whole lines go, and by what: nothing, or `pass` for all of a suite.

    Of the blank lines around them those on one side go with them.
    """
    start, end = extent
    indent = indentation(text, start)
    above, below = _blank_above(text, start), _blank_below(text, end)
    first = _opens_suite(text, above, indent)
    last = below >= len(text) or len(indentation(text, below)) < len(indent)
    if first and last and indent:
        newline = text[len(text[:end].rstrip("\r\n")) : end]
        return (above, end), f"{indent}pass{newline}"
    if first:
        return (above, below), ""
    if last or _count_lines(text[above:start]) < _count_lines(text[end:below]):
        return (above, end), ""
    return (start, below), ""


def joined(text: str, extents: Iterable[Extent]) -> list[Extent]:
    """Return extents of whole lines in order, those as one between which there are only blank lines."""
    found: list[Extent] = []
    for start, end in sorted(extents):
        if found and _blank_below(text, found[-1][1]) >= start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _count_lines(text: str) -> int:
    return len(_LINE_END.findall(text))


def _opens_suite(text: str, above: int, indent: str) -> bool:
    line = _line_before(text, above)
    return line is None or len(indentation(text, line[0])) < len(indent)


def _blank_above(text: str, start: int) -> int:
    while (line := _line_before(text, start)) and _is_blank(text, line):
        start = line[0]
    return start


def _blank_below(text: str, end: int) -> int:
    while end < len(text) and (match := _BLANK.match(text, end)):
        end = match.end()
    return end


def spaced(text: str, extent: Extent, code: str, newline: str, lines: int) -> tuple[Extent, str]:
    """Return the change that puts whole lines of code in the place of others, or of none.

    So many blank lines come before and after them: none where a suite begins, none added where it ends.
    """
    start, end = extent
    indent = indentation(code, 0)
    above = _blank_above(text, start)
    missing = lines - _count_lines(text[above:start])
    before = "" if _opens_suite(text, above, indent) else newline * missing
    below = _blank_below(text, end) if start < end else end
    if below >= len(text) or len(indentation(text, below)) < len(indent):
        return extent, before + code
    return (start, below), before + code + newline * lines
