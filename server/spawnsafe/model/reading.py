"""Whether a file means the same after an edit, as far as a check has read it.

A model is made of what it is asked for, and remembers it: a function of which neither the steps nor the regions nor
the names were asked for can have had no part in any answer but by what its header and a few sets of names say. Where an
edit changes comments, blank lines or the insides of such functions alone, every answer stays as it was, and what was
found stays where it was or moves with the text.
"""

import re
from collections.abc import Iterable, Iterator

from spawnsafe.model.apis import WORDS
from spawnsafe.model.glances import SMALL
from spawnsafe.model.module import Module
from spawnsafe.model.start.threads import may_have_threads
from spawnsafe.source import Shift, common_ends
from spawnsafe.syntax import Block, Document, facts
from spawnsafe.syntax.blocks import bare, header_end
from spawnsafe.syntax.facts import ScopeKind

_SHOWN = re.compile(rf"\b(?:import|{b'|'.join(WORDS).decode()})\b|spawnsafe:")
"""What is read of a file without parsing it."""


def means_the_same(checked: Module, now: Document, shift: Shift) -> bool:
    """Whether nothing that was read of a file is another, after edits of which `shift` is the last, in its text now."""
    before, words = checked.document, [name.rpartition(".")[2] for name in checked.project.senders]
    for lines in (shift.removed, shift.added):
        if checked.is_notebook or _SHOWN.search(lines) or any(word in lines for word in words):
            return False
    if _is_small(before.text) != _is_small(now.text):
        return False
    pairs = _changed(before.blocks.unplaced, now.blocks.unplaced)
    return pairs is not None and all(_is_alike(old, new, checked) for old, new in pairs)


def _is_small(text: str) -> bool:
    return len(text) <= SMALL and len(text.encode(errors="replace")) <= SMALL


def _changed(old: tuple[Block, ...], new: tuple[Block, ...]) -> list[tuple[Block, Block]] | None:
    """Return the blocks with another text than before, class headers and members for classes; None if any is new."""
    if len(old) != len(new):
        return None
    found: list[tuple[Block, Block]] = []
    for one, other in zip(old, new, strict=True):
        if one is other:
            continue
        if one.problem or other.problem or one.read != other.read or one.facts is None:
            found.append((one, other))
        if one.members or other.members:
            inner = _changed(one.members, other.members)
            if inner is None:
                return None
            found += inner
    return found


def _is_alike(old: Block, new: Block, checked: Module) -> bool:
    """Whether two texts of a block differ in nothing that was read of the first."""
    if old.problem or old.facts is None or new.facts is None or bool(old.header_end) != bool(new.header_end):
        return False
    if new.problem is None and bare(old.read) == bare(new.read):
        return True
    if new.problem is None:
        prefix, suffix = common_ends(old.read, new.read)
    elif new.facts is old.facts and new.shift is not None:
        prefix, suffix, _ = new.shift
    else:
        return False
    around = _unread_around(old, prefix, len(old.read) - suffix, checked)
    if around is None or may_have_threads(new.read):
        return False
    return new.problem is not None or _matches(around, new, len(new.read) - len(old.read))


def _unread_around(block: Block, start: int, end: int, checked: Module) -> list[facts.Scope] | None:
    """Return the scopes of a block from the outermost to an unread function in whose body a part of it is."""
    found: list[facts.Scope] = []
    inside = block.facts.scopes if block.facts else ()
    while inside:
        holding = next((each for each in inside if _holds(each, start, end, block)), None)
        if holding is None:
            return None
        found.append(holding)
        if holding.kind is ScopeKind.FUNCTION:
            scope = next((scope for scope in checked.scopes if scope.facts is holding), None)
            if scope is not None and all(each.is_unread for each in scope.walk()):
                return found
        inside = holding.scopes
    return None


def _holds(scope: facts.Scope, start: int, end: int, block: Block) -> bool:
    """Whether a part of a block's text is in the body of a function or class."""
    if scope.kind not in (ScopeKind.FUNCTION, ScopeKind.CLASS):
        return False
    body = header_end(block.read, scope.header_at[0] - block.prefix)
    return body <= start and end <= scope.at[1] - block.prefix


def _matches(around: list[facts.Scope], new: Block, longer: int) -> bool:
    """Whether a function that was unread shows the same from outside in another text of its block."""
    twin = new.facts
    for old in around:
        ends = old.at[0], old.at[1] + longer
        twin = next((each for each in twin.scopes if each.at == ends), None) if twin else None
        if twin is None or (twin.kind, twin.name, twin.header_at[0]) != (old.kind, old.name, old.header_at[0]):
            return False
    return twin is not None and _shown(around[-1]) == _shown(twin)


def _shown(function: facts.Scope) -> object:
    """Return what is read of a function whose steps are not; something of its own if that may be more."""
    inside = list(_walk((function,)))
    if any(each.declared_global or each.declared_nonlocal for each in inside) or any(
        each.decorators or each.kind is ScopeKind.CLASS for each in inside[1:]
    ):
        return object()
    bound = frozenset().union(*(each.bound for each in inside))
    mentions = frozenset().union(*(each.mentions for each in inside))
    return function.is_generator, function.is_async, bound, mentions


def _walk(scopes: Iterable[facts.Scope]) -> Iterator[facts.Scope]:
    for scope in scopes:
        yield scope
        yield from _walk(scope.scopes)
