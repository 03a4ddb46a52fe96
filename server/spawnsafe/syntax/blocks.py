"""Cuts a text into its top-level statements, and classes into their members, without parsing it.

A block is a run of whole lines: one statement (with its decorators and its `else`, `except` and `finally`
clauses) and nothing around it. Blank lines, comments, form feeds and a byte order mark between statements lie in
the gaps between blocks. The scan is linear: one regular expression over strings, comments, brackets and line ends.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Extent: TypeAlias = tuple[int, int]

_TOKEN = re.compile(
    r"""
      (?P<string> \"{3} [^"\\]* (?: (?: \\[\s\S] | "(?!"") ) [^"\\]* )* (?: \"{3} | \Z )
                | '{3}  [^'\\]* (?: (?: \\[\s\S] | '(?!'') ) [^'\\]* )* (?: '{3}  | \Z )
                | "     [^"\\\r\n]* (?: \\(?:\r\n|[\s\S]) [^"\\\r\n]* )* (?: " | (?=[\r\n]) | \Z )
                | '     [^'\\\r\n]* (?: \\(?:\r\n|[\s\S]) [^'\\\r\n]* )* (?: ' | (?=[\r\n]) | \Z ) )
    | (?P<comment> \#[^\r\n]* )
    | (?P<open> [(\[{] )
    | (?P<close> [)\]}] )
    | (?P<joined> \\ (?: \r\n? | \n ) )
    | (?P<newline> \r\n? | \n )
    """,
    re.VERBOSE,
)
_LEAD = re.compile(r"[ \t\x0c\ufeff]*")
_CLAUSE = re.compile(r"(?:else|elif|except|finally)\b")
_RESTART = re.compile(r"(?:async[ \t]+def|def|class|import|from)\b|@")
_DEFINITION = re.compile(r"(?:async\b|def\b|class\b|@)")
_CLASS = re.compile(r"class\b")
_FORMATTED = re.compile(r"\b(?:[fFtT][rR]?|[rR][fFtT])[\"']")


@dataclass(frozen=True, slots=True)
class Statement:
    """The extent of one statement, in whole lines, and whether the scan came to its end.

    `members` are the statements of a class whose body stands on lines of its own; `header` is then the extent
    of its decorators and `class` line, and `indent` the white space before each member.
    """

    start: int
    end: int
    balanced: bool = True
    header: Extent | None = None
    members: "tuple[Statement, ...]" = ()
    indent: str = ""
    decorates: bool = False
    """Whether it ends with a decorator, and lacks what stands below."""


def cut(text: str, start: int = 0, end: int | None = None) -> list[Statement]:
    """Return the statements of a text, or of a part of it that starts and ends at line starts."""
    end = len(text) if end is None else end
    return [_divide(text, statement) for statement in _cut(text, start, end, "")]


def cut_members(text: str, start: int, end: int, indent: str) -> list[Statement]:
    """Return the members in a part of a class body, which starts and ends at line starts."""
    return _cut(text, start, end, indent)


def goes_on(text: str, line: int) -> bool:
    """Whether a line can only belong to the statement above it: it is indented, or `else` and the like."""
    first = _code_start(text, line)
    return bool(_indentation(text, line, first) or _CLAUSE.match(text, first))


def header_end(text: str, start: int) -> int:
    """Return the offset past the line end of the logical line that begins at an offset."""
    return next((end for _, end, _ in _Scan(text, start, len(text)).logical_lines()), len(text))


def line_end(text: str, start: int) -> tuple[int, bool]:
    """Return the offset past the line end of the logical line at an offset, and whether nothing in it stays open."""
    return next(((end, complete) for _, end, complete in _Scan(text, start, len(text)).logical_lines()), (start, True))


def logical_line(text: str, start: int, offset: int) -> Extent:
    """Return the extent of the logical line around an offset, in a part of a text that starts at a line start."""
    lines = _Scan(text, start, len(text)).logical_lines()
    return next(((line, end) for line, end, _ in lines if offset < end), (offset, len(text)))


def comments(text: str, start: int, end: int) -> Iterator[Extent]:
    """Yield the extent of each comment in a part of a text that starts and ends at line starts."""
    for match in _TOKEN.finditer(text, start, end):
        if match.lastgroup == "comment":
            yield match.span()


def bare(text: str) -> str:
    """Return a text without its comments, its blank lines and the white space at the ends of its lines."""
    lines, begin = [""], 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "newline" or (kind == "comment" and not _may_be_code(text, match)):
            lines[-1] = (lines[-1] + text[begin : match.start()]).rstrip()
            begin = match.end()
        if kind == "newline" and lines[-1]:
            lines.append("")
    lines[-1] = (lines[-1] + text[begin:]).rstrip()
    return "\n".join(filter(None, lines))


def _may_be_code(text: str, comment: re.Match[str]) -> bool:
    """Whether what looks like a comment may be part of a string that has strings in it."""
    return _FORMATTED.search(text) is not None and any(quote in comment.group() for quote in "\"'")


def takes_comment(text: str, start: int, end: int) -> bool:
    """Whether a comment can follow at an offset where a line ends, in a part of a text that starts at a line start.

    It cannot in a string, or behind a backslash that joins the line with the next one.
    """
    tokens = _TOKEN.finditer(text, start, end + 1)
    return all(token.end() <= end or token.start() >= end for token in tokens)


def _cut(text: str, start: int, end: int, indent: str) -> list[Statement]:
    """Cut at each code line whose leading white space is `indent` (or less)."""
    statements: list[Statement] = []
    begun = ended = -1
    decorated = balanced = True
    for line, line_end, complete in _Scan(text, start, end).logical_lines(indent):
        first = _code_start(text, line)
        if first >= line_end or text[first] in "#\r\n":
            continue
        column = _indentation(text, line, first)
        continues = begun >= 0 and (
            (len(column) > len(indent) and column.startswith(indent)) or _CLAUSE.match(text, first) or decorated
        )
        if not continues:
            if begun >= 0:
                statements.append(Statement(begun, ended, balanced))
            begun = first if not column else line
            decorated, balanced = False, True
        if len(column) <= len(indent):
            decorated = text[first] == "@"
        ended, balanced = line_end if complete else _text_end(text, line, line_end), balanced and complete
    if begun >= 0:
        statements.append(Statement(begun, ended, balanced, decorates=decorated))
    return statements


def _text_end(text: str, start: int, end: int) -> int:
    """Return the end of the last line in a part of a text that is not blank."""
    match = _LINE_END.search(text, start + len(text[start:end].rstrip()), end)
    return match.end() if match else end


def _divide(text: str, statement: Statement) -> Statement:
    """Give a class statement its header and members."""
    for line, line_end, _ in _Scan(text, statement.start, statement.end).logical_lines():
        first = _code_start(text, line)
        if first >= line_end or text[first] in "#\r\n@":
            continue
        if not _CLASS.match(text, first):
            return statement
        indent = _body_indent(text, line_end, statement.end)
        if not indent:
            return statement
        members = _cut(text, line_end, statement.end, indent)
        header = (statement.start, line_end)
        return Statement(statement.start, statement.end, statement.balanced, header, tuple(members), indent)
    return statement


def _body_indent(text: str, start: int, end: int) -> str:
    """Return the leading white space of the first code line, empty if there is none."""
    for line, line_end, _ in _Scan(text, start, end).logical_lines():
        first = _code_start(text, line)
        if first < line_end and text[first] not in "#\r\n":
            return _indentation(text, line, first)
    return ""


def _code_start(text: str, line: int) -> int:
    match = _LEAD.match(text, line)
    return match.end() if match else line


def _indentation(text: str, line: int, first: int) -> str:
    """Return the white space before a line's code; a form feed starts it anew, as in Python's tokenizer."""
    lead = text[line:first].lstrip("\ufeff")
    return lead[lead.rfind("\x0c") + 1 :]


class _Scan:
    """Finds the logical lines of a part of a text."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self._text, self._start, self._end = text, start, end

    def logical_lines(self, indent: str = "") -> Iterator[tuple[int, int, bool]]:
        """Yield start, end (past the line end) and whether all brackets and strings were closed.

        What is open ends before a line that starts with `def`, `class`, `@`, `import` or `from` in column 0: it
        is being typed. If it is open still, its line ends before the next code line indented by `indent` or less.
        """
        begin, recoveries = self._start, 0
        while begin < self._end:
            begin, start = self._end, begin
            for line, line_end, complete in self._lines(start):
                if not complete and recoveries < _MOST_RECOVERIES:
                    begin = self._next_code_line(line, line_end, indent)
                    recoveries += 1
                    yield line, begin, False
                    break
                yield line, line_end, complete

    def _lines(self, start: int) -> Iterator[tuple[int, int, bool]]:
        text, end = self._text, self._end
        line, depth, last = start, 0, start
        for match in _TOKEN.finditer(text, start, end):
            kind = match.lastgroup
            if kind == "open":
                depth += 1
            elif kind == "close":
                depth = max(0, depth - 1)
            elif kind == "newline":
                last = match.end()
                if depth and not _RESTART.match(text, last):
                    continue
                yield line, last, depth == 0
                line, depth = last, 0
            elif kind == "string" and not _closed(match.group()):
                depth += match.group()[:3] in ('"""', "'''")
        if line < end:
            yield line, end, depth == 0

    def _next_code_line(self, line: int, line_end: int, indent: str) -> int:
        """Return where the next line indented by `indent` or less begins, at most `line_end`."""
        for match in _LINE_START.finditer(self._text, line, line_end):
            if len(match[1]) <= len(indent):
                return match.start(1)
        return line_end


_LINE_END = re.compile(r"\r\n?|\n")
_LINE_START = re.compile(r"(?:\r\n?|\n)([ \t]*)(?=[A-Za-z_@])")
_MOST_RECOVERIES = 50
"""Each takes one more scan of what is open; a text with more open brackets is not worth the time."""


def _closed(string: str) -> bool:
    quotes = 3 if string[:3] in ('"""', "'''") and len(string) > 3 else 1  # noqa: PLR2004 - three quotes
    return len(string) >= 2 * quotes and string.endswith(string[:quotes])
