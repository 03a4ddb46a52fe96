"""A text as blocks with their facts, read anew at little cost after each edit.

A block is parsed when its text is new in its place. No two blocks share facts, even if their texts are equal: what
follows from facts depends on where they stand. A block that does not parse keeps the facts of the last text in its
place that did, moved by the edits since, so that what is known of a file survives while its user types.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from spawnsafe.source import common_ends
from spawnsafe.syntax.blocks import Extent, Statement, comments, cut, cut_members, goes_on
from spawnsafe.syntax.facts import At, Scope
from spawnsafe.syntax.notebook import Notebook
from spawnsafe.syntax.row import Row

_MEMBER_PREFIX = "class _:\n"
_HEADER_SUFFIX = " pass\n"

MOST_CHARACTERS = 1_000_000
"""In a larger text nothing is read: a program made that, and nobody waits for what is in it."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a block has no facts of its own text; `offset` is 0-based in the whole text."""

    reason: str
    offset: int


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """Whole lines that hold one statement, or of a class its header, with the members as blocks of their own.

    `facts` is a SUITE scope, None if the block never parsed; its places are relative to the text it was read
    from, `place` makes them absolute.
    """

    start: int
    end: int
    facts: Scope | None
    problem: Problem | None = None
    members: "tuple[Block, ...]" = ()
    balanced: bool = True
    """Whether every bracket and string in it is closed."""
    header_end: int = 0
    """Where the members of a class begin; 0 for any other statement."""
    indent: str = ""
    prefix: int = 0
    read: str = ""
    """The text that the facts are of, after `prefix` characters put before it."""
    shift: tuple[int, int, int] | None = None
    """Common prefix and suffix of that text and today's, and by how much today's is longer."""

    def __repr__(self) -> str:
        return f"Block({self.start}, {self.end})"

    def place(self, at: At) -> Extent:
        """Return the absolute offsets of a place in the facts."""
        return self._absolute(at[0]), self._absolute(at[1])

    def _absolute(self, offset: int) -> int:
        offset -= self.prefix
        if self.shift is not None:
            prefix, suffix, longer = self.shift
            if offset > prefix and offset >= len(self.read) - suffix:
                offset += longer
        return max(self.start, min(self.start + offset, self.end))

    def moved(self, by: int) -> "Block":
        """Return the same block at another place."""
        if not by:
            return self
        return Block(  # all below an edit are moved: `replace` would take most of its time
            self.start + by,
            self.end + by,
            self.facts,
            Problem(self.problem.reason, self.problem.offset + by) if self.problem else None,
            tuple([member.moved(by) for member in self.members]) if self.members else (),
            self.balanced,
            self.header_end + by if self.header_end else 0,
            self.indent,
            self.prefix,
            self.read,
            self.shift,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """A text and its blocks, in order."""

    text: str
    blocks: Row[Block]
    provisional: bool = False
    """Whether something in it is open, so that blocks may be cut elsewhere once it is closed."""
    notebook: Notebook | None = None
    """The notebook whose cells the text is, if it is one's."""

    @property
    def code(self) -> str:
        """The text with blanks for what is not Python."""
        return self.notebook.code if self.notebook else self.text

    @property
    def problems(self) -> Iterator[Problem]:
        """Everything that did not parse, in order."""
        for block in self.blocks:
            for part in (block, *block.members):
                if part.problem:
                    yield part.problem

    @property
    def comments(self) -> Iterator[Extent]:
        """Every comment, in order; what is open hides those behind it only up to the end of its block."""
        code = self.code
        edges = [0, *(edge for block in self.blocks for edge in (block.start, block.end)), len(code)]
        for start, end in pairwise(edges):
            yield from comments(code, start, end)


NOTHING = Document("", Row(()))
"""What there is of a text that is not read."""


def read(source: str | Notebook, before: Document | None = None) -> Document:
    """Read a text; `before` is what it was before the last edits, whose facts it reuses. Never raises."""
    if isinstance(source, str):
        return _read(source, before)
    if before is not None and source == before.notebook:
        return before
    document = _read(source.code, before and replace(before, text=before.code, notebook=None))
    return replace(document, text=source.text, notebook=source)


def _read(text: str, before: Document | None) -> Document:
    if len(text) > MOST_CHARACTERS:
        return Document(text, Row([Block(0, len(text), None, Problem("too large to be analysed", 0))]))
    if before is None:
        statements = cut(text)
        return Document(text, Row(_block(text, statement) for statement in statements), _is_open(statements))
    if text == before.text:
        return before
    prefix, suffix = common_ends(before.text, text)
    old_end, new_end = len(before.text) - suffix, len(text) - suffix
    delimits = _DELIMITER.search(before.text, prefix, old_end) or _DELIMITER.search(text, prefix, new_end)
    change = _Change(prefix, old_end, new_end - old_end, bool(delimits))
    if before.provisional:
        statements = cut(text)
        if not _is_open(statements):
            return Document(text, Row(_renew(text, statements, before.blocks, change)))
    blocks, is_open = _update(text, before.blocks, change)
    return Document(text, blocks, before.provisional or is_open)


def _is_open(statements: Sequence[Statement]) -> bool:
    return not all(statement.balanced for statement in statements)


@dataclass(frozen=True, slots=True)
class _Change:
    """The text from `start` to `end`, old offsets, became longer by `longer`.

    `delimits` says that a bracket, quote or backslash came or went.
    """

    start: int
    end: int
    longer: int
    delimits: bool


_DELIMITER = re.compile(r"[(){}\[\]'\"\\]")


def _update(text: str, old: Row[Block], change: _Change) -> tuple[Row[Block], bool]:
    """Cut the touched blocks again, and as many after them as it takes until all brackets are closed.

    Return also whether something stays open.
    """
    first = max(0, old.starting_before(change.start) - 1)
    if change.delimits:  # it can close what was left open above
        first = next((index for index, block in enumerate(old.unplaced[:first]) if not block.balanced), first)
    while 0 < first < len(old) and goes_on(text, old.start(first)):
        first -= 1
    last = old.starting_before(change.end)
    begin = old.start(first) if first < len(old) and first > 0 else 0
    grown = 1
    while True:
        stop = min(last + grown, len(old))
        end = old.start(stop) + change.longer if stop < len(old) else len(text)
        statements = cut(text, begin, end)
        is_open = _is_open(statements)
        if stop == len(old) or not (is_open or goes_on(text, end) or (statements and statements[-1].decorates)):
            break
        grown *= 2
    if is_open:
        return _update_in_place(text, old, change), True
    renewed = _renew(text, statements, old.between(first, stop), change)
    return old.replaced(first, stop, renewed, change.longer), False


def _update_in_place(text: str, old: Row[Block], change: _Change) -> Row[Block]:
    """Cut the touched lines alone: something in them is open, and the blocks around keep their boundaries."""
    first, stop = _touched(text, old, change)
    touched = old.between(first, stop)
    if len(touched) == 1 and touched[0].members and change.start >= touched[0].header_end:
        owner = touched[0]
        members = _update_members(text, owner, change)
        renewed: tuple[Block, ...] = (replace(owner, end=owner.end + change.longer, members=members),)
    else:
        begin = old.between(first - 1, first)[0].end if first else 0
        end = old.start(stop) + change.longer if stop < len(old) else len(text)
        renewed = _renew(text, cut(text, begin, end), touched, change)
    return old.replaced(first, stop, renewed, change.longer)


def _update_members(text: str, owner: Block, change: _Change) -> tuple[Block, ...]:
    old = Row(owner.members)
    first, stop = _touched(text, old, change)
    begin = owner.members[first - 1].end if first else owner.header_end
    end = (owner.members[stop].start if stop < len(old) else owner.end) + change.longer
    statements = cut_members(text, begin, end, owner.indent)
    renewed = _renew(text, statements, owner.members[first:stop], change, owner.indent)
    return tuple(old.replaced(first, stop, renewed, change.longer))


def _touched(text: str, old: Row[Block], change: _Change) -> tuple[int, int]:
    """Return the range of the blocks whose text a change touches; empty if it lies in a gap."""

    def touches(block: Block) -> bool:
        open_ended = block.end == change.start and text[block.end - 1 : block.end] not in "\r\n"
        begins = block.start < change.end or block.start == change.end == change.start
        return begins and (block.end > change.start or open_ended)

    before = old.starting_before(change.start)
    near = max(0, before - 1), min(len(old), old.starting_before(change.end) + 1)
    indices = [index for index, block in enumerate(old.between(*near), near[0]) if touches(block)]
    return (indices[0], indices[-1] + 1) if indices else (before, before)


def _renew(
    text: str, statements: Sequence[Statement], old: Sequence[Block], change: _Change, indent: str = ""
) -> tuple[Block, ...]:
    """Read statements; those that do not parse take the facts of an old block that stood there, each but once.

    A block whose text still stands is nobody else's.
    """

    def moved(offset: int) -> int:
        return offset if offset <= change.start else max(change.start, offset + change.longer)

    renewed = []
    left = list(old)
    texts = [_own(text, statement) for statement in statements]
    for statement, own in zip(statements, texts, strict=True):
        there = [b for b in left if moved(b.start) < statement.end and moved(b.end) > statement.start]
        before = [block for block in there if block.read == own or block.read not in texts]
        left = [block for block in left if block not in before]
        renewed.append(_block(text, statement, before, indent))
    return tuple(renewed)


def _own(text: str, statement: Statement) -> str:
    """Return the text of a statement, of a class that of its header."""
    return text[statement.start : statement.header[1] if statement.header else statement.end]


def _block(text: str, statement: Statement, before: Sequence[Block] = (), indent: str = "") -> Block:
    """Read a statement; `before` are the blocks that stood in its place."""
    start, end, balanced = statement.start, statement.end, statement.balanced
    header_end = statement.header[1] if statement.header else 0
    kind = "header" if header_end else "member" if indent else "statement"
    old = next((block.members for block in before if block.members), ())
    members = tuple(
        _block(text, member, earlier, statement.indent)
        for member, earlier in zip(statement.members, _predecessors(text, old, statement.members), strict=True)
    )
    own = _own(text, statement)
    prefix = len(_MEMBER_PREFIX) if kind == "member" else 0
    is_header = bool(header_end)
    same = next((b for b in before if (b.read, b.prefix, bool(b.header_end)) == (own, prefix, is_header)), None)
    facts, reason, offset = (same.facts, "", 0) if same and same.facts else _facts(kind, own)
    if facts is not None:
        return Block(start, end, facts, None, members, balanced, header_end, statement.indent, prefix, own)
    problem = Problem(reason, min(start + max(0, offset - prefix), max(start, end - 1)))
    good = next((block for block in before if block.facts is not None), None)
    if good is None:
        return Block(start, end, None, problem, members, balanced, header_end, statement.indent)
    indent = statement.indent
    if good.members and not members:  # the header is open, and swallowed the members
        members = tuple(_found_again(text, start, end, good.members))
        header_end, indent = members[0].start if members else end, good.indent
        own = text[start:header_end]
    shift = (*common_ends(good.read, own), len(own) - len(good.read))
    return Block(start, end, good.facts, problem, members, balanced, header_end, indent, good.prefix, good.read, shift)


def _predecessors(text: str, old: Sequence[Block], members: Sequence[Statement]) -> list[Sequence[Block]]:
    """Return for each member of a class what stood in its place: those between the unchanged ones, in order."""
    texts = [text[member.start : member.end] for member in members]
    first, most = 0, min(len(old), len(texts))
    while first < most and old[first].read == texts[first]:
        first += 1
    last = 0
    while last < most - first and old[-1 - last].read == texts[-1 - last]:
        last += 1
    between = old[first : len(old) - last]
    return [
        *(old[index : index + 1] for index in range(first)),
        *(between[index : index + 1] for index in range(len(texts) - first - last)),
        *(old[index : index + 1] for index in range(len(old) - last, len(old))),
    ]


def _found_again(text: str, start: int, end: int, members: Sequence[Block]) -> Iterator[Block]:
    """Yield the members whose text stands in a part of a text, where it stands."""
    for member in members:
        at = text.find(member.read, start, end) if member.facts else -1
        if at >= 0:
            start = at + len(member.read)
            yield replace(member, start=at, end=start, problem=None, shift=None)


def _facts(kind: str, text: str) -> tuple[Scope | None, str, int]:
    """Return the facts of a text, or why there are none and at which offset."""
    # libcst takes longer to import than most files to read: not before the first block that is parsed
    from spawnsafe.syntax.lower import lower, lower_member  # noqa: PLC0415
    from spawnsafe.syntax.parse import Unparsable, parse  # noqa: PLC0415

    source = text
    if kind == "member":
        source = _MEMBER_PREFIX + text
    elif kind == "header":
        source = text + _HEADER_SUFFIX
    try:
        with warnings.catch_warnings():  # of odd escapes in strings, which Python tells when it runs the program
            warnings.simplefilter("ignore")
            return (lower_member if kind == "member" else lower)(parse(source), len(source)), "", 0
    except Unparsable as error:
        return None, error.reason, error.offset or 0
    except RecursionError:
        return None, "too deeply nested to be analysed", 0
