"""Patterns as .gitignore files have them, matched in a time that no pattern can stretch.

The regular expressions that pathspec makes of patterns go back to each `*` and `**` as often as there are ways to
divide a path among them. What stands between two of these may as well be taken where it is found first, for good.
"""

import re
from collections.abc import Iterable
from typing import AnyStr

from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

_FOLDERS, _INNER_FOLDERS = "^(?:.+/)?", "(?:/.+)?/"
"""What pathspec makes of `**/` at the beginning, and of `/**/` inside."""
_NEGATED = re.compile(r"\\.|\[\^(?!/)", re.DOTALL)
"""The beginning of `[!...]`, which git does not let match a slash; or something escaped."""
_STARS = re.compile(r"(?:\[\^/\]\*){2,}")
_STAR = re.compile(r"\[\^/\]\*((?:\\.|\[\^?\]?(?:\\.|[^\]\\])*\](?!\*)|[^\\/\[(])+)(?=\[\^/\]\*)", re.DOTALL)
"""A `*`, and what is between it and the next."""


class _Pattern(GitIgnoreSpecPattern):
    """A pattern that takes about as long as its length times that of a path."""

    @classmethod
    def pattern_to_regex(cls, pattern: AnyStr) -> tuple[AnyStr | None, bool | None]:
        """Return the regular expression of a pattern, and whether it says what to take, or what to leave."""
        regex, include = super().pattern_to_regex(pattern)
        if isinstance(regex, str):
            regex = _without_ways_back(regex)
        return regex, include


def patterns_of(lines: Iterable[str]) -> GitIgnoreSpec:
    """Return what the lines of a .gitignore file match. Raises ValueError for a line that is no pattern."""
    return GitIgnoreSpec.from_lines(lines, _Pattern, backend="simple")


def _without_ways_back(regex: str) -> str:
    regex = _NEGATED.sub(lambda found: f"{found[0]}/" if found[0] == "[^" else found[0], regex)
    regex = _STAR.sub(r"(?>[^/]*?\1)", _STARS.sub("[^/]*", regex))
    first, *inner = regex.split(_INNER_FOLDERS)
    if not inner:
        return first
    if first.startswith(_FOLDERS):
        first = f"^(?>(?:.+?/)??{first.removeprefix(_FOLDERS)}(?=/))"
    *inner, last = inner
    return "".join((first, *(f"(?>(?:/.+?)??/{each}(?=/))" for each in inner), _INNER_FOLDERS, last))
