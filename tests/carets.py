"""Comments of carets, which mark findings in the programs of pages and tests.

A comment of carets below a line of code marks a finding in that line: `#   ^^^^ rule-code` from the first caret
to behind the last one, `# <^^^ rule-code` from the first column of the line to behind the last caret. Behind the
code may stand the start methods under which it bites: `# ^^^ late-target [fork]`. The comment is no part of the
program.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.source import Point, Span

_CARETS = re.compile(r"(?P<indent>\s*#\s*)(?P<first><?)(?P<carets>\^+) (?P<code>[a-z-]+)(?: \[(?P<methods>[a-z ]+)\])?")

ASIDES = frozenset({"discarded-result", "forced-fork", "unclosed-pool"})
"""Rules whose advice is true of many a program that is about something else, and counts only where one has its mark."""


@dataclass(frozen=True)
class Marked:
    """A finding that a comment of carets claims; no `methods` are claimed where it names none."""

    span: Span
    code: str
    methods: tuple[str, ...] = ()


def without_marks(text: str) -> str:
    """Return a program without its comments of carets."""
    return "".join(line for line in text.splitlines(keepends=True) if not _CARETS.fullmatch(line.rstrip("\n")))


def read_marks(text: str) -> Iterator[Marked]:
    """Yield what comments of carets mark, as places in the text without these comments."""
    number = -1
    for line in text.splitlines():
        match = _CARETS.fullmatch(line)
        if match is None:
            number += 1
            continue
        start = 0 if match["first"] else match.start("carets")
        span = Span(Point(number, start), Point(number, match.end("carets")))
        yield Marked(span, match["code"], tuple((match["methods"] or "").split()))
