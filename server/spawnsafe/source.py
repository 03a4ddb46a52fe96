"""Places in text: points, spans and edits.

Lines are 0-based and end where the language server protocol ends them: at LF, CRLF and lone CR, nowhere
else (a form feed or U+2028 is an ordinary character). Columns and offsets are 0-based and count code points.
"""

import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A place between two characters: 0-based line, 0-based column in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The text from `start` up to, not including, `end`."""

    start: Point
    end: Point

    def __contains__(self, other: "Point | Span") -> bool:
        """Whether a point lies in or at an edge of this span, or a span lies wholly inside."""
        if isinstance(other, Span):
            return self.start <= other.start and other.end <= self.end
        return self.start <= other <= self.end

    def overlaps(self, other: "Span") -> bool:
        """Whether the two share a character or touch (an empty span touches what it stands in)."""
        return self.start <= other.end and other.start <= self.end


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces the text of `span` by `text`."""

    span: Span
    text: str


@dataclass(frozen=True)
class Text:
    """A file's text with its lines; converts offsets to points and back."""

    string: str

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.string))]

    @property
    def line_count(self) -> int:
        """How many lines there are; a text that ends with a line end has an empty last line."""
        return len(self._starts)

    @property
    def newline(self) -> str:
        """The first line end that the text uses, LF if it has none."""
        match = _LINE_END.search(self.string)
        return match.group() if match else "\n"

    def line(self, number: int) -> str:
        """Return the text of one line without its line end; empty past the last line."""
        if not 0 <= number < self.line_count:
            return ""
        end = self._starts[number + 1] if number + 1 < self.line_count else len(self.string)
        return self.string[self._starts[number] : end].rstrip("\r\n")

    def point(self, offset: int) -> Point:
        """Return the point at an offset, which is clipped to the text."""
        offset = max(0, min(offset, len(self.string)))
        line = bisect_right(self._starts, offset) - 1
        return Point(line, offset - self._starts[line])

    def offset(self, point: Point) -> int:
        """Return the offset of a point, clipped to its line and to the text."""
        if point.line >= self.line_count:
            return len(self.string)
        start = self._starts[point.line]
        return start + min(point.column, len(self.line(point.line)))

    def span(self, start: int, end: int) -> Span:
        """Return the span between two offsets."""
        return Span(self.point(start), self.point(end))

    def __getitem__(self, span: Span) -> str:
        """Return the text of a span."""
        return self.string[self.offset(span.start) : self.offset(span.end)]


@dataclass(frozen=True, slots=True)
class Shift:
    """What an edit does to the places of a text: what stood from `start` to `end` now reaches to `after`.

    `removed` and `added` are the lines that it touches, before and afterwards.
    """

    start: Point
    end: Point
    after: Point
    removed: str
    added: str

    @classmethod
    def between(cls, before: str, after: str) -> "Shift":
        """Return the shift from one text to another."""
        prefix, suffix = common_ends(before, after)
        ends = len(before) - suffix, len(after) - suffix
        first = before.rfind("\n", 0, prefix) + 1
        texts = [string[first : _line_end(string, end)] for string, end in zip((before, after), ends, strict=True)]
        above = len(_LINE_END.findall(before, 0, first)) if "\r" in before else before.count("\n", 0, first)
        old, new = map(Text, texts)
        places = old.point(prefix - first), old.point(ends[0] - first), new.point(ends[1] - first)
        start, end, new_end = (Point(above + place.line, place.column) for place in places)
        return cls(start, end, new_end, *texts)

    def moved(self, span: Span) -> Span | None:
        """Return where a span is now; None if the edit reaches into it, or changes its columns."""
        if span.end <= self.start:
            return span
        if span.start < self.end or span.start.line == self.end.line:
            return None
        by = self.after.line - self.end.line
        return Span(Point(span.start.line + by, span.start.column), Point(span.end.line + by, span.end.column))


def _line_end(text: str, offset: int) -> int:
    match = _LINE_END.search(text, offset)
    return match.end() if match else len(text)


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a Python file and its encoding, by its byte order mark or its coding line (PEP 263).

    A mark stays, as U+FEFF. Raises UnicodeDecodeError, or SyntaxError for an encoding that is not known or not of text.
    """
    named, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    encoding = named.removesuffix("-sig")
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        raise
    except (LookupError, UnicodeError):  # `rot13` gives no text; `punycode` has errors of its own
        raise SyntaxError(f"encoding problem: {encoding}") from None


def split_lines(text: str) -> list[str]:
    """Return the lines of a text with their ends, at least one; the last has no end, and may be empty."""
    lines = io.StringIO(text, newline="").readlines()
    if not lines or lines[-1].endswith(("\n", "\r")):
        lines.append("")
    return lines


def common_ends(one: str, other: str) -> tuple[int, int]:
    """Return the lengths of the longest common prefix and, beyond it, suffix."""
    limit = min(len(one), len(other))
    prefix = _agree(limit, lambda low, high: one[low:high] == other[low:high])
    ends = len(one), len(other)
    suffix = _agree(
        limit - prefix,
        lambda low, high: one[ends[0] - high : ends[0] - low] == other[ends[1] - high : ends[1] - low],
    )
    return prefix, suffix


def _agree(limit: int, equal: Callable[[int, int], bool]) -> int:
    """Return the largest n up to `limit` such that `equal` holds of the part from 0 to n."""
    if equal(0, limit):
        return limit
    low, high = 0, limit
    while high - low > 1:
        middle = (low + high) // 2
        if equal(low, middle):
            low = middle
        else:
            high = middle
    return low


def difference(before: Text, after: str) -> Edit | None:
    """Return the edit that turns one text into another: whole lines, from the first changed to the last."""
    old, new = split_lines(before.string), split_lines(after)
    if old == new:
        return None
    head = _agreeing(old, new)
    tail = min(_agreeing(reversed(old), reversed(new)), len(old) - head, len(new) - head)
    start, end = len("".join(old[:head])), len("".join(old[: len(old) - tail]))
    return Edit(before.span(start, end), "".join(new[head : len(new) - tail]))


def _agreeing(one: Iterable[str], other: Iterable[str]) -> int:
    """Return how many lines are the same until the first that are not."""
    return sum(1 for _ in takewhile(lambda lines: lines[0] == lines[1], zip(one, other, strict=False)))


def apply_edits(text: Text, edits: Iterable[Edit]) -> str:
    """Return the text after all edits, whose spans are those of the text before any of them.

    Edits that insert at one place keep their order. Raises ValueError if two edits overlap.
    """
    pieces: list[str] = []
    done = 0
    located = ((text.offset(edit.span.start), text.offset(edit.span.end), edit.text) for edit in edits)
    for start, end, replacement in sorted(located, key=lambda item: item[:2]):
        if start < done:
            raise ValueError(f"edits overlap at offset {start}")
        pieces += (text.string[done:start], replacement)
        done = end
    return "".join((*pieces, text.string[done:]))
