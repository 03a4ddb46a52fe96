"""What a file shows before it is parsed."""

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from spawnsafe.model.apis import LITERALS, WORDS

_RELEVANT = re.compile(rb"\b(?:" + b"|".join(WORDS) + rb")\b")
_IMPORT = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]+(\([^)]*|[^\r\n#]*)|import[ \t]+([\w. \t,]+))",
)
SMALL = 16_000
"""Bytes; a larger file that names no process API is not parsed for what others import from it."""
_MOST_IMPORTS = 5_000
"""The disk is asked for each of them where what it names lies."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What a file shows before it is parsed: whether it names a process API, or a sender, and what it imports.

    Each of `imports` is a dotted name, with leading dots if it is relative, and the names taken from it: none
    stand for the module itself, a star for all of them.
    """

    is_small: bool
    names_api: bool
    names_sender: bool
    imports: tuple[tuple[str, frozenset[str]], ...]
    checksum: int
    """Of its bytes; tells whether a file that was written again has changed."""

    @property
    def is_followed(self) -> bool:
        """Whether what another file imports from it is worth parsing it: it is small, or names a process API."""
        return self.is_small or self.names_api


def glance(data: bytes, senders: Iterable[str]) -> Glance:
    """Look over the bytes of a file; `senders` are the dotted names of functions that send."""
    names_sender = any(name.rpartition(".")[2].encode() in data for name in senders)
    imports = tuple(islice(_import_lines(data), _MOST_IMPORTS))
    return Glance(len(data) <= SMALL, is_relevant(data), names_sender, imports, zlib.crc32(data))


def is_relevant(data: bytes) -> bool:
    """Whether a file's bytes name a process API."""
    # one scan for each literal takes a fifth of the time of one for all of them as a regular expression
    return any(literal in data for literal in LITERALS) and _RELEVANT.search(data) is not None


def aliases(data: bytes) -> frozenset[str]:
    """Return the names that the imports of a file's bytes seem to give to what they bring."""
    return frozenset(name.decode(errors="replace") for name in _ALIAS.findall(data))


def mentions(data: bytes, modules: Iterable[str], names: Iterable[str]) -> bool:
    """Whether a file's bytes seem to use some names of a module, by one of the module's names.

    Names that begin with a dot are those of methods, which may be called on anything.
    """
    members = _any_of(name for name in names if name[0] != ".")
    methods = _any_of(name[1:] for name in names if name[0] == ".")
    used = rf"\b{_any_of(modules)}\s*\.\s*{members}\b|\.\s*{methods}\b"
    return re.search(used.encode(), data) is not None


def _any_of(words: Iterable[str]) -> str:
    """Return a regular expression for any of some words; of none for nothing at all."""
    return f"(?:{'|'.join(sorted(map(re.escape, words))) or '(?!)'})"


_ALIAS = re.compile(rb"(?:\bimport\s|[,(])\s*[\w.]+\s+as\s+(\w+)")


def _import_lines(data: bytes) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield what the import lines of a file's bytes seem to name, as in `Glance.imports`."""
    end = start = seen = 0
    at = data.find(b"import")
    while at >= 0:
        for mark in (b"\n", b";"):  # no byte is looked at twice: a line may have millions
            start = data.rfind(mark, max(start, seen), at) + 1 or start
        seen = at
        match = _IMPORT.match(data, start) if start >= end else None
        if match:
            yield from _imports(*(part.decode(errors="replace") if part else "" for part in match.groups()))
            end = match.end()
        at = data.find(b"import", max(end, at + 1))


def _imports(dotted: str, brought: str, plain: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield what an import line names: `from dotted import brought`, or `import plain`."""
    if plain:
        yield from ((name.split()[0], frozenset()) for name in plain.split(",") if name.split())
    else:
        yield dotted, frozenset(_TAKEN.findall(brought))


_TAKEN = re.compile(r"(\w+|\*)(?:\s+as\s+\w+)?")
