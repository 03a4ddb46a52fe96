"""What a run comes to: which branches it takes, which places it reaches, on which targets."""

from collections.abc import Iterator

from spawnsafe.model.flow.conditions import Run, decide, skipped_on, truth
from spawnsafe.model.flow.core import bound, evaluate
from spawnsafe.model.flow.variables import resolve
from spawnsafe.model.memory import Values
from spawnsafe.model.methods import EVERY_TARGET, NO_TARGET, Targets
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.values import Function
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow

_DEEPEST = 8


def taken(scope: Scope, region: int, run: Run) -> bool | None:
    """Return whether a run takes a branch when it comes to it, None if that is not known."""
    data = scope.regions[region]
    known = truth(data.subject, _before(scope, region), run) if data.subject is not None else None
    return None if known is None else known is data.sense


def _before(scope: Scope, region: int) -> Site:
    data = scope.regions[region]
    return Site(scope, data.events[0], data.parent, scope.region_blocks[region])


def is_sure(step: Step, run: Run) -> bool:
    """Whether a run that comes to a scope comes to a step of it in any case, where nothing catches what it raises."""
    scope = step.scope
    return all(
        scope.regions[index].flow in (Flow.BODY, Flow.ALWAYS)
        or (scope.regions[index].flow is Flow.BRANCH and taken(scope, index, run))
        for index in scope.enclosing(step.region)
    )


def reached(site: Site, run: Run) -> bool:
    """Whether a site can be reached in a run, as far as the conditions in its own scope tell."""
    return bool(_where_in(site, run))


def guarded(step: Step) -> bool:
    """Whether a step of a module runs in the main program only.

    What stands behind a line that leaves the module in any other run is not guarded: that line fails the worker.
    """
    return not _entered(step.site, Run.IMPORTED) and reached(step.site, Run.MAIN)


def where(site: Site, run: Run | None = None) -> Targets:
    """Return the targets on which a site can be reached, as far as the conditions around and before it tell.

    For one in a function, the function is defined there, too, and a test is not skipped.
    """
    found = _where_in(site, run)
    while site.scope.site is not None and found:
        found -= skipped_on(site.scope)
        site = site.scope.site
        found &= _where_in(site, run)
    return found


def _where_in(site: Site, run: Run | None) -> Targets:
    """Return where a site is reached as far as the conditions in its own scope tell."""
    scope, found = site.scope, _entered(site, run)
    around = list(scope.enclosing(site.region))
    for index, region in enumerate(scope.regions):
        is_left = region.ending is Ending.SCOPE and region.events[1] <= site.order and region.parent in around
        if is_left and index not in around:
            found -= _taken_on(scope, index, run)
    return found


def _entered(site: Site, run: Run | None) -> Targets:
    """Return where a run comes into the branches and loops around a site, as far as their conditions tell."""
    scope, found = site.scope, EVERY_TARGET
    for index in scope.enclosing(site.region):
        region = scope.regions[index]
        if region.flow is Flow.LOOP and region.subject is not None and _is_empty(region.subject, site, run):
            return NO_TARGET
        found -= _untaken(scope, index, run)
    return found


def _is_empty(term: facts.Term, site: Site, run: Run | None) -> bool:
    """Whether an iterable has no items in a run: `[]`, or such an arm of a conditional expression."""
    if isinstance(term, facts.Conditional):
        known = truth(term.test, site, run)
        return known is not None and _is_empty(term.body if known else term.orelse, site, run)
    return isinstance(term, facts.Display) and not term.items


def _taken_on(scope: Scope, index: int, run: Run | None) -> Targets:
    """Return the targets on which a branch is surely taken."""
    region = scope.regions[index]
    if region.flow is not Flow.BRANCH or region.subject is None:
        return NO_TARGET
    verdict = decide(region.subject, _before(scope, index), run)
    return verdict.true if region.sense else verdict.false


def _untaken(scope: Scope, index: int, run: Run | None) -> Targets:
    """Return the targets on which a branch is surely not taken."""
    region = scope.regions[index]
    if region.flow is not Flow.BRANCH or region.subject is None:
        return NO_TARGET
    verdict = decide(region.subject, _before(scope, index), run)
    return verdict.false if region.sense else verdict.true


def surely(step: Step, site: Site | None = None) -> Targets:
    """Return the targets on which the main program surely takes a step, if it comes to what is around it.

    That is its scope, or the regions around `site`.
    """
    around = set(step.scope.enclosing(site.region)) if site is not None else {0}
    found = where(step.site)
    for index in step.scope.enclosing(step.region):
        flow = step.scope.regions[index].flow
        if index in around:
            break
        if flow in (Flow.LOOP, Flow.HANDLER):
            return NO_TARGET
        if flow is Flow.BRANCH:
            found &= _taken_on(step.scope, index, Run.MAIN)
    return found


# --- alternatives ------------------------------------------------------------------------------------------


def arms(term: facts.Term, site: Site, depth: int = 0) -> Iterator[tuple[Targets, Values]]:
    """Yield what a term is, with the targets on which it can be that; where targets do not matter, all at once."""
    steps = resolve(term.id, site) or [] if isinstance(term, facts.Name) and depth < _DEEPEST else []
    if isinstance(term, facts.Conditional) and depth < _DEEPEST:
        verdict = decide(term.test, site)
        for inner, rest in ((term.body, verdict.false), (term.orelse, verdict.true)):
            for targets, values in arms(inner, site, depth + 1):
                yield targets - rest, values
    elif steps and all(isinstance(step.event, facts.Bind) for step in steps):
        yield from _arms_of_name(steps, site, depth)
    elif isinstance(term, facts.Call) and depth < _DEEPEST and (returns := _returns(term, site)):
        for step, returned in returns:
            for targets, values in arms(returned, step.site, depth + 1):
                yield targets & where(step.site), values
    else:
        yield EVERY_TARGET, evaluate(term, site)


def _arms_of_name(steps: list[Step], site: Site, depth: int) -> Iterator[tuple[Targets, Values]]:
    """Yield what a name is; on a target where a binding is surely made, none before it counts."""
    left = EVERY_TARGET
    for step in steps:
        source = step.event.source if isinstance(step.event, facts.Bind) else None
        here = left & where(step.site)
        if isinstance(source, facts.Assigned) and not isinstance(source, facts.Augmented) and not source.path:
            for targets, values in arms(source.term, step.site, depth + 1):
                yield targets & here, values
        else:
            yield here, bound(step)
        at = site if step.scope is site.scope else step.scope.end
        if step.order < at.order:
            left -= surely(step, at)


def _returns(call: facts.Call, site: Site) -> list[tuple[Step, facts.Term]]:
    """Return what the one function of the project returns, without parameters, that a call means."""
    if call.arguments or not isinstance(call.function, (facts.Name, facts.Attribute)):
        return []
    callees = evaluate(call.function, site)
    if len(callees) != 1 or not isinstance(callees[0], Function) or callees[0].scope.parameters:
        return []
    scope = callees[0].scope
    if scope.is_generator or scope.is_async:
        return []
    return [
        (step, step.event.term)
        for step in scope.steps
        if isinstance(step.event, facts.Return) and step.event.term is not None
    ]
