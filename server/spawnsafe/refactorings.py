"""What an editor offers for a place where nothing is wrong: changes that keep what the program does."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from spawnsafe.edits import add_chunksize, call_imap, guard_here, hoist, wrap_in_with
from spawnsafe.findings import Fix
from spawnsafe.model import Module, Scope
from spawnsafe.source import Span


class Sort(Enum):
    """What a refactoring does to code."""

    EXTRACT = "extract"
    """It moves a part of it to a definition of its own."""
    REWRITE = "rewrite"
    """It writes it in another way."""


@dataclass(frozen=True, slots=True)
class Refactoring:
    """A change that nothing calls for."""

    sort: Sort
    fix: Fix


def refactorings(module: Module, span: Span) -> Iterator[Refactoring]:
    """Yield what can be done to the code at a span, in a file that has to do with processes."""
    if not (module.sends or module.lives):
        return
    for fix in _hoisted(module, span):
        yield Refactoring(Sort.EXTRACT, fix)
    for fix in chain(_mapped(module, span), _guarded(module, span), _closed(module, span)):
        yield Refactoring(Sort.REWRITE, fix)


def _hoisted(module: Module, span: Span) -> Iterator[Fix]:
    """Move the innermost lambda at a span, or the local function whose header is there, to module level."""
    here = [scope for scope in module.scopes if (head := _head(module, scope)) is not None and head.overlaps(span)]
    innermost = max(here, key=lambda scope: scope.block.place(scope.facts.at)[0] if scope.facts else 0, default=None)
    if innermost is not None:
        fix = hoist(module, innermost, next(iter(module.sends_of(innermost)), None))
        if isinstance(fix, Fix) and fix.safe:
            yield fix


def _head(module: Module, scope: Scope) -> Span | None:
    """Return where a lambda stands, or from where to where a local function is named."""
    own = scope.facts
    if own is None:
        return None
    if scope.is_lambda:
        return module.span(scope.block, own.at)
    is_local = scope.is_function and scope.parent is not None and scope.parent.is_function
    return module.span(scope.block, (own.at[0], own.name_at[1])) if is_local else None


def _mapped(module: Module, span: Span) -> Iterator[Fix]:
    """Write down how many items make a task; take each result when it is there."""
    for mapping in module.mappings:
        if not module.span(mapping.send.site.block, mapping.name_at).overlaps(span):
            continue
        chunk = mapping.chunk if mapping.sender.is_chunked else mapping.advised_chunk
        is_worth_saying = mapping.sender.is_chunked or chunk != 1
        if mapping.is_untold and mapping.count and mapping.chunk is not None and is_worth_saying:
            yield add_chunksize(module, mapping, chunk or 1)
        if mapping.is_streamable:
            yield call_imap(module, mapping)


def _guarded(module: Module, span: Span) -> Iterator[Fix]:
    fix = guard_here(module, span)
    if fix is not None:
        yield fix


def _closed(module: Module, span: Span) -> Iterator[Fix]:
    """Make a pool or an executor in a `with`."""
    for life in module.lives:
        is_here = module.span(life.made.block, life.made.event.at).overlaps(span)
        has_tasks = any(task.life is life for task in module.tasks)
        if is_here and life.fits_with and (life.is_executor or not has_tasks):
            fix = wrap_in_with(module, life)
            if fix is not None:
                yield fix
