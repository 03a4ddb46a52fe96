"""The steps of a run in the order in which it comes to them, through the calls of the project's functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model.flow import Run, evaluate, reached, taken
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.order import CallSite, callees, decided, imports, passes
from spawnsafe.model.values import Product, Workers
from spawnsafe.source import Span
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_DEEPEST = 8
_NOTHING = facts.Opaque((0, 0))
_MOST = 3000
"""So many steps of a run are looked at."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A run comes to a step, through the calls of `chain`.

    `is_sure` says that it does so under any circumstances, `is_tried` that something may catch what the step raises.
    """

    step: Step
    chain: tuple[CallSite, ...] = ()
    is_sure: bool = True
    is_tried: bool = False

    def span_in(self, module: "Module") -> Span:
        """Return the place of the step, or of the call in a file that leads to it if it stands in another one."""
        for call in reversed(self.chain):
            if self.step.scope.module is not module and call.site.scope.module is module:
                return module.span(call.site.block, call.call.at)
        return module.span(self.step.block, self.step.event.at)


def moments(module: "Module", run: Run) -> Iterator[Moment]:
    """Yield what running a file, or importing it, comes to."""
    budget = iter(range(_MOST))
    for moment in _moments(module.scope, run, module, _Way(frozenset({module.scope}), {module.scope})):
        if next(budget, None) is None:
            return
        yield moment


@dataclass(frozen=True, slots=True)
class _Way:
    """How a run came to a scope; `seen` are the scopes that it is in, `loaded` the modules that it has imported."""

    seen: frozenset[Scope]
    loaded: set[Scope]
    chain: tuple[CallSite, ...] = ()
    is_sure: bool = True
    is_tried: bool = False


def _moments(scope: Scope, run: Run, main: "Module", way: _Way) -> Iterator[Moment]:
    here = run if scope.module is main else Run.IMPORTED
    inline = [child for child in scope.children.values() if child.kind is ScopeKind.CLASS and child.site is not None]
    for step in scope.steps:
        for child in [child for child in inline if child.site and child.site.order <= step.order]:
            inline.remove(child)
            if child.site and reached(child.site, here):
                yield from _moments(child, run, main, way)
        call = way.chain[-1] if way.chain else None
        there = run if call is not None and call.site.scope.module is main else Run.IMPORTED
        if not reached(step.site, here) or not (call is None or passes(step.site, call, there)):
            continue
        sure = way.is_sure and is_sure(step, here, (call, there) if call is not None else None)
        tried = way.is_tried or is_tried(step)
        yield Moment(step, way.chain, sure, tried)
        if isinstance(step.event, facts.Invoke) and len(way.chain) < _DEEPEST:
            for inner, offset in dict.fromkeys(callees(step.event.call, step.site)):
                if inner in way.seen or inner.is_generator or inner.is_async:
                    continue
                chain = (*way.chain, CallSite(step.event.call, step.site, offset))
                plain = sure and not (inner.facts and inner.facts.decorators)
                yield from _moments(inner, run, main, _Way(way.seen | {inner}, way.loaded, chain, plain, tried))
        for imported in imports(step) if len(way.chain) < _DEEPEST else ():
            is_new = bool(imported.document.text) and imported.scope not in way.loaded
            if is_new and imported.project.reaches_workers(imported.path):
                way.loaded.add(imported.scope)
                chain = (*way.chain, CallSite(facts.Call(step.event.at, _NOTHING, ()), step.site, 0))
                yield from _moments(imported.scope, run, main, _Way(way.seen, way.loaded, chain, sure, tried))


def is_sure(step: Step, run: Run, way: tuple[CallSite, Run] | None = None, *, are_loops_run: bool = False) -> bool:
    """Whether running a scope from its beginning comes to a step whatever conditions are that are not known.

    The `way` to the scope, a call in a run, can decide some by what it passes. A loop can end before it begins, if not
    `are_loops_run`.
    """
    scope, around = step.scope, set(step.scope.enclosing(step.region))
    for index in around:
        region = scope.regions[index]
        is_passed = way is not None and _is_passed(region, scope, way)
        if region.flow is Flow.BRANCH and not taken(scope, index, run) and not is_passed:
            return False
        if region.flow is Flow.HANDLER or (region.flow is Flow.LOOP and not (are_loops_run or _runs(region))):
            return False
    return not any(
        region.ending is Ending.SCOPE
        and region.flow in (Flow.BRANCH, Flow.HANDLER)
        and region.events[1] <= step.order
        and index not in around
        and taken(scope, index, run) is not False
        for index, region in enumerate(scope.regions)
    )


def _is_passed(region: facts.Region, scope: Scope, way: tuple[CallSite, Run]) -> bool:
    """Whether a call passes what takes a branch."""
    return region.subject is not None and decided(region.subject, scope, *way) is region.sense


def _runs(loop: facts.Region) -> bool:
    return isinstance(loop.subject, facts.Display) and bool(loop.subject.items)


def is_repeated(moment: Moment) -> bool:
    """Whether a loop over several items comes to a step again and again, or to a call on the way to it."""
    calls = (call.site.scope.steps[call.site.order] for call in moment.chain)
    return any(map(_is_looped, (*calls, moment.step)))


def _is_looped(step: Step) -> bool:
    scope = step.scope
    return any(
        region.flow is Flow.LOOP
        and isinstance(region.subject, facts.Display)
        and len(region.subject.items) > 1
        and region.ending is Ending.NONE
        for region in map(scope.regions.__getitem__, scope.enclosing(step.region))
    )


def is_tried(step: Step) -> bool:
    """Whether something in a step's own scope may catch what it raises: an `except`, a `with` of something unknown."""
    scope = step.scope
    groups = {region.group for region in scope.regions if region.flow is Flow.HANDLER}
    return any(
        (region.flow is Flow.TRY and region.group in groups)
        or (region.flow is Flow.ALWAYS and region.subject is not None and _may_suppress(region.subject, step))
        for region in map(scope.regions.__getitem__, scope.enclosing(step.region))
    )


def _may_suppress(manager: facts.Term, step: Step) -> bool:
    return not all(
        isinstance(value, Workers) or (isinstance(value, Product) and value.name != "contextlib.suppress")
        for value in evaluate(manager, step.site)
    )
