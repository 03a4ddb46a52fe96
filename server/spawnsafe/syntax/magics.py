"""What a notebook's cells have that is not Python: magics, shell commands and questions, blanked where they stand.

Every character that is left keeps its place, and what stands for a statement still does: of `x = !ls` there is left
`x = 0`, of `!ls` alone `0`, so that a block does not lose its body.
"""

import re

from spawnsafe.syntax.blocks import line_end

_REST = r"(?:[^\\\r\n]|\\(?:\r\n|[\s\S]))*"
_COMPOUND = r"(?:async|class|def|for|if|match|try|while|with)\b|@"
_LINE = re.compile(
    rf"""
      (?P<indent> [ \t]* )
      (?: (?P<timed> %(?:time|timeit|prun|memit) (?: [ \t]+ -\w+ (?:[ \t]+\d+)? )* [ \t]+ )
              (?![\s-] | {_COMPOUND})
        | [%!?,;/] {_REST}
        | [^\s#'"] [^\r\n#'"]* \?[ \t]* (?=[\r\n]|\Z)
        | (?P<assigned> [^\W\d][\w., \t*]* (?: \[[^\]\r\n]*\] [\w., \t]* )* = [ \t]* )
          (?: (?P<timing> %time[ \t]+ ) | [!%](?=\S) {_REST} )
      )
    """,
    re.VERBOSE,
)
_CELL = re.compile(r"\s*%%(?P<name>[\w.!-]*)[^\r\n]*")
_PYTHON = frozenset({"capture", "debug", "memit", "prun", "pypy", "time", "timeit"})
"""Cell magics that run the cell in the kernel; any other makes something else of it."""
_MOST_OPEN = 5
"""Lines with open brackets that are looked over; to find where each ends takes a look at all that follows."""
_CHARACTER = re.compile(r"[^\r\n]")


def blanked(cell: str) -> str:
    """Return a cell's text with blanks for what is not Python, as long as it was and with the same lines."""
    found = _CELL.match(cell)
    if found is None:
        return _blanked_lines(cell, 0)
    if found["name"] in _PYTHON:
        return _blank(found[0]) + _blanked_lines(cell, found.end())[found.end() :]
    return _blank(cell)


def _blanked_lines(text: str, start: int) -> str:
    """Return a text in which the magics among its logical lines from `start` on are blanked."""
    pieces, left = [text[:start]], _MOST_OPEN
    while start < len(text) and left:
        if found := _LINE.match(text, start):
            pieces.append(_as_python(found))
            start = found.end()  # of the line its end is left, or the statement that it runs
        end, is_closed = line_end(text, start)
        pieces.append(text[start:end])
        start, left = end, left - (not is_closed)
    return "".join((*pieces, text[start:]))


def _as_python(found: re.Match[str]) -> str:
    """Return a magic as an expression, or as what comes before the statement that it runs."""
    before = found["indent"] + (found["assigned"] or "")
    if found["timed"]:
        return f"{before}0{' ' * (len(found['timed']) - 2)};"
    if found["timing"]:
        return before + _blank(found["timing"])
    return before + _nothing(found[0][len(before) :])


def _nothing(code: str) -> str:
    return f"0{_blank(code[1:])}"


def _blank(code: str) -> str:
    return _CHARACTER.sub(" ", code)
