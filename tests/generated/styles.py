"""Ways to write the same program down."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from shapes import Lines


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def _is_simple(line: str) -> bool:
    return (
        bool(line.strip()) and not line.endswith(":") and not line.lstrip().startswith(("@", "import", "from", '"""'))
    )


def _commented(lines: Lines) -> Iterator[str]:
    for line in lines:
        if line:
            yield f"{' ' * _depth(line)}# Note: 🐍"
        yield f"{line}  # (here" if line and _is_simple(line) else line


def _one_line(lines: Lines) -> Iterator[str]:
    """Put bodies of one statement behind their colons."""
    rest = list(lines)
    while rest:
        line = rest.pop(0)
        body, after, *_ = (*filter(None, rest), "", "")
        if line.endswith(":") and _is_simple(body) and _depth(after) < _depth(body):
            line = f"{line} {rest.pop(0).lstrip()}"
        yield line


def _semicolons(lines: Lines) -> Iterator[str]:
    """Put statements that follow each other on one line."""
    joined: list[str] = []
    for line in lines:
        before = joined[-1] if joined else ""
        if _is_simple(line) and _is_simple(before) and _depth(before) == _depth(line) and ": " not in before:
            joined[-1] = f"{before}; {line.lstrip()}"
        else:
            joined.append(line)
    yield from joined


def _broken(lines: Lines) -> Iterator[str]:
    """Break long calls over several lines."""
    for line in lines:
        if match := re.fullmatch(r"( *)((?:results|process) = .*?[(\[])(.+, .+)", line):
            blanks, head, rest = match.groups()
            yield from (f"{blanks}{head}", *(f"{blanks}    {part}" for part in re.sub(", ", ",\n", rest).split("\n")))
        else:
            yield line


_NAMES = {"scale": "größe", "extra": "été", "Scaler": "Größe", "job": "𠮷ob"}


def _foreign(lines: Lines) -> Iterator[str]:
    """Use names and texts outside ASCII, some beyond the first plane."""
    for line in lines:
        renamed = re.sub(rf"\b({'|'.join(_NAMES)})\b", lambda match: _NAMES[match[1]], line)
        yield re.sub(r"^( *)(results = |print)", r'\1"😀🐍"; \2', renamed)


def _annotated(lines: Lines) -> Iterator[str]:
    for line in lines:
        typed = re.sub(r"(def \w+\((?:\w+, )*)n(, extra=\w+)?\):", r"\1n: int\2) -> int:", line)
        yield re.sub(r"^( *(?:results|extra)) = (?!value)", r"\1: object = ", typed)


def _documented(lines: Lines) -> Iterator[str]:
    yield from ('"""A program."""', "", "from __future__ import annotations", "")
    for line in lines:
        yield line
        if line.lstrip().startswith(("def ", "class ", "async def ")):
            yield f'{" " * (_depth(line) + 4)}"""Do it 🐍."""'


def _compact(lines: Lines) -> Iterator[str]:
    yield from filter(None, lines)


STYLES: Mapping[str, Callable[[Lines], Iterator[str]]] = {
    "plain": iter,
    "comments": _commented,
    "one-line bodies": _one_line,
    "semicolons": _semicolons,
    "broken calls": _broken,
    "foreign names": _foreign,
    "annotations": _annotated,
    "docstrings": _documented,
    "compact": _compact,
}
"""How the statements are written."""

FINISHES: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "tabs": lambda text: re.sub("^(?:    )+", lambda match: "\t" * (len(match[0]) // 4), text, flags=re.MULTILINE),
    "CRLF": lambda text: text.replace("\n", "\r\n"),
    "byte order mark": "\ufeff{}".format,
    "no last newline": lambda text: text.rstrip("\n"),
}
"""How the text is written."""


def write(lines: Sequence[str], style: str, finish: str) -> str:
    """Return the text of a file."""
    return FINISHES[finish]("\n".join(STYLES[style](tuple(lines))) + "\n")
