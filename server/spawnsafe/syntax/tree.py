"""Parses the text of one block: with Python's own parser, and with libcst what this Python does not know yet."""

import ast
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from spawnsafe.syntax.limits import guard
from spawnsafe.syntax.places import Places


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed block: its statements, and where their nodes stand in its text."""

    body: Sequence[ast.stmt]
    places: Places


def parse(text: str) -> Tree:
    """Parse a run of whole statements that begin in column 0. Raises Unparsable."""
    guard(text)
    # each becomes a character of equal length that has its meaning between tokens
    plain = _LONE_CR.sub("\n", text).replace("\x0c", " ")
    places = Places(plain)
    try:
        module = ast.parse(plain)
    except (SyntaxError, ValueError, MemoryError):  # what is no Python either, libcst says why
        pass
    else:
        if not _misplaces(module, places):
            return Tree(module.body, places)
    from spawnsafe.syntax.newer import parse_newer  # noqa: PLC0415 - libcst takes longer to import than files to read

    return Tree(parse_newer(plain), places)


_LONE_CR = re.compile(r"\r(?!\n)")
_FORMATTED = re.compile(r"\b(?:f|F|[fF][rR]|[rR][fF])[\"']")


def _misplaces(module: ast.Module, places: Places) -> bool:
    """Whether Python says wrongly where the names in an f-string stand, as Python 3.11 does for some."""
    if sys.version_info >= (3, 12) or not _FORMATTED.search(places.text):
        return False
    return any(
        isinstance(name, ast.Name) and not places.text.startswith(name.id, places.at(name)[0])
        for string in ast.walk(module)
        if isinstance(string, ast.JoinedStr)
        for name in ast.walk(string)
    )
