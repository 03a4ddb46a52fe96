"""Comments that suppress findings.

`# spawnsafe: ignore[rule]` at the end of a line counts for what begins or ends on that line; on a line of its own, for
the logical line below it. `# spawnsafe: ignore-file[rule]` counts for the whole file. Several rules and families are
separated by commas; without any, a comment counts for all.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.source import Span

if TYPE_CHECKING:
    from spawnsafe.model import Module

_DIRECTIVE = re.compile(r"#[ \t]*spawnsafe:[ \t]*(?P<word>ignore(?:-file)?)(?![\w-])(?:[ \t]*\[(?P<names>[^\]]*)\])?")
_NAME = re.compile(r"[^\s,]+")
_COMMENTS_ABOVE = re.compile(r"(?:[ \t\x0c]*(?:#[^\r\n]*)?(?:\r\n?|\n))*")


@dataclass(frozen=True, slots=True)
class Name:
    """A rule or family that a comment names, and where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Ignore:
    """A comment that suppresses findings; `names` are empty for all rules, `lines` (0-based) None for all lines."""

    span: Span
    names: tuple[Name, ...]
    lines: range | None

    def covers(self, span: Span) -> bool:
        """Whether what is found at a span is on its lines."""
        return self.lines is None or span.start.line in self.lines or span.end.line in self.lines

    def suppresses(self, found: "Found") -> bool:
        """Whether something found is not reported."""
        return self.covers(found.span) and (not self.names or any(name.text in found.names for name in self.names))


@dataclass(frozen=True, slots=True)
class Found:
    """Something found: where, and the code and family of the rule."""

    span: Span
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Idle:
    """A comment, or a name in one, that suppresses nothing."""

    ignore: Ignore
    name: Name | None

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.name.span if self.name else self.ignore.span


def ignores(module: "Module") -> list[Ignore]:
    """Return the comments of a file that suppress findings, in order."""
    text = module.document.text
    if "spawnsafe:" not in text:
        return []
    return [
        _ignore(module, match, start)
        for start, end in module.document.comments
        for match in _DIRECTIVE.finditer(text, start, end)
    ]


def _ignore(module: "Module", match: re.Match[str], comment: int) -> Ignore:
    text = module.text
    first, last = match.span("names")
    names = (_NAME.finditer(match.string, first, last)) if first >= 0 else ()
    return Ignore(
        text.span(*match.span()),
        tuple(Name(name.group(), text.span(*name.span())) for name in names),
        None if match["word"] == "ignore-file" else _lines(module, comment),
    )


def _lines(module: "Module", comment: int) -> range:
    """Return the lines for which a comment at an offset counts."""
    text, string = module.text, module.document.text
    point = text.point(comment)
    if text.line(point.line)[: point.column].strip(" \t\x0c\ufeff"):
        return range(point.line, point.line + 1)
    below = _COMMENTS_ABOVE.match(string, comment)
    start = below.end() if below else comment
    from spawnsafe.syntax.blocks import header_end  # noqa: PLC0415 - nothing is imported that parses before it is needed

    return range(text.point(start).line, text.point(header_end(string, start) - 1).line + 1)


def find_idle(comments: Iterable[Ignore], found: Iterable[Found]) -> Iterator[Idle]:
    """Yield what suppresses nothing of all that is found."""
    everything = list(found)
    for ignore in comments:
        covered = [each for each in everything if ignore.covers(each.span)]
        if not ignore.names and not covered:
            yield Idle(ignore, None)
        for name in ignore.names:
            if not any(name.text in each.names for each in covered):
                yield Idle(ignore, name)
