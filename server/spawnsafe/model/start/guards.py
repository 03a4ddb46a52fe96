"""Conditions that are meant as the main guard, and lines that only workers come to when they import main."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from spawnsafe.model.calls.endings import is_exit
from spawnsafe.model.flow import Run, evaluate, reached, taken, truth
from spawnsafe.model.methods import EVERY_PYTHON, Pythons, StartMethods
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import Start, start_of_call, starts_of_call
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.timeline import Moment
from spawnsafe.model.values import External
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.facts import At, Ending, Flow

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

# --- guards that hold --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition, at `at` in `block`, that holds in the main program alone, or in all runs but that."""

    block: Block
    at: At
    is_main: bool


def guards(module: "Module") -> Iterator[Guard]:
    """Yield the conditions of a file that tell its run as the main program from its import."""
    for scope in module.scopes:
        for index, region in enumerate(scope.regions):
            if region.flow is not Flow.BRANCH or region.subject is None or not region.sense:
                continue
            in_main, imported = taken(scope, index, Run.MAIN), taken(scope, index, Run.IMPORTED)
            if in_main is not None and imported is not None and in_main is not imported:
                yield Guard(scope.region_blocks[index], region.subject.at, in_main)


# --- guards that are never true ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DeadGuard:
    """A comparison that is meant to hold in the main program, and holds in no run, on some versions of Python.

    `wrong` is the part of it, at `at` in `block`, that should read `right`.
    """

    wrong: str
    right: str
    block: Block
    at: At
    comparison: At
    pythons: Pythons = EVERY_PYTHON


_MAIN = '"__main__"'
_UNTIL_INTERNED = Pythons(last=(3, 12))
"""Up to then `__name__` is another string than the literal, though an equal one (run, CPython 3.9 to 3.14)."""


def dead_guards(module: "Module") -> Iterator[DeadGuard]:
    """Yield the guards of a file that are never true, if workers would start under them or no other guard is there."""
    scope = module.scope
    for index, region in enumerate(scope.regions):
        if region.flow is not Flow.BRANCH or region.subject is None or not region.sense:
            continue
        site = scope.site_before(index)
        guard = next((found for term in _conjoined(region.subject) if (found := _dead(term, site))), None)
        if guard is not None and (_starts_under(scope, index) or not _has_guard(scope, index)):
            yield guard


def _conjoined(term: facts.Term) -> Iterator[facts.Term]:
    if isinstance(term, facts.Logical) and term.operator == "and":
        yield from _conjoined(term.left)
        yield from _conjoined(term.right)
    else:
        yield term


def _dead(term: facts.Term, site: Site) -> DeadGuard | None:
    """Return what is wrong with a comparison that is meant as a guard; None if it is none, or a good one."""
    if not isinstance(term, facts.Comparison) or term.operator not in ("==", "is"):
        return None
    name, text = term.left, term.right
    if not isinstance(text, facts.Constant) or _is_quoted_name(text):
        name, text = text, name
    if not isinstance(text, facts.Constant) or not isinstance(text.value, str):
        return None
    if isinstance(name, facts.Name) and name.id == "__name__":
        if truth(term, site, Run.MAIN):
            return _by_identity(term, site)
        return _at(text, site, _MAIN, term) if _resembles(text.value, site) else None
    if text.value != "__main__":
        return None
    is_other = isinstance(name, facts.Name) and name.id in ("__file__", "__package__", "__qualname__")
    return _at(name, site, "__name__", term) if is_other or _is_quoted_name(name) else None


def _by_identity(term: facts.Comparison, site: Site) -> DeadGuard | None:
    if term.operator != "is":
        return None
    start = max(min(term.left.at[1], term.right.at[1]), term.at[0])
    end = max(term.left.at[0], term.right.at[0])
    found = re.search(r"\bis\b", site.scope.module.code(site.block, (start, end)))
    at = (start + found.start(), start + found.end()) if found else (start, end)
    return DeadGuard("is", "==", site.block, at, term.at, _UNTIL_INTERNED)


def _at(part: facts.Term, site: Site, right: str, term: facts.Term) -> DeadGuard:
    wrong = site.scope.module.code(site.block, part.at)
    right = right.replace('"', "'") if wrong[0] == "'" else right
    return DeadGuard(wrong, right, site.block, part.at, term.at)


def _is_quoted_name(term: facts.Term) -> bool:
    return isinstance(term, facts.Constant) and term.value == "__name__"


def _resembles(text: str, site: Site) -> bool:
    """Whether a string is `__main__` misspelled, and not the name under which another file imports this one."""
    letters = sorted(re.sub(r"[^a-z]", "", text.lower()))
    module = site.scope.module
    is_own = text == module.name and module.is_imported
    return letters in (sorted("main"), sorted("name"), sorted("mainpy")) and not is_own


def _starts_under(scope: Scope, region: int) -> bool:
    """Whether workers start in a region."""
    return any(
        isinstance(step.event, facts.Invoke)
        and region in scope.enclosing(step.region)
        and next(starts_of_call(step.event.call, step.site), None) is not None
        for step in scope.steps
    )


def _has_guard(scope: Scope, other: int) -> bool:
    return any(
        region.flow is Flow.BRANCH and taken(scope, index, Run.MAIN) and taken(scope, index, Run.IMPORTED) is False
        for index, region in enumerate(scope.regions)
        if index != other
    )


# --- leaving an import -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Departure:
    """Importing a file surely raises or exits at `moment`, at which running it does not, or only after `start`.

    `methods` are those whose workers do so. `takes` says that it takes an argument of the program that is not there
    any more.
    """

    moment: Moment
    start: Start | None
    methods: StartMethods
    takes: bool


def departure(module: "Module") -> Departure | None:
    """Return where workers leave a file that they import."""
    run = module.moments(Run.MAIN)
    begun, start = next(((index, start) for index, each in enumerate(run) if (start := _start(each))), (len(run), None))
    before = {moment.step for moment in run[:begun]}
    for moment in module.moments(Run.IMPORTED):
        if _start(moment):
            return None
        takes = _takes_argument(moment.step)
        if moment.is_sure and not moment.is_tried and (takes or (_leaves(moment.step) and moment.step not in before)):
            return Departure(moment, start or _first_start(module), _leaving(moment), takes)
    return None


def _start(moment: Moment) -> Start | None:
    """Return the start of fresh workers that a run comes to."""
    event = moment.step.event
    start = start_of_call(event.call, moment.step.site) if isinstance(event, facts.Invoke) else None
    return replace(start, chain=moment.chain) if start is not None and start.when(StartMethods.FRESH) else None


def _leaves(step: Step) -> bool:
    """Whether a step raises, or calls what exits."""
    if isinstance(step.event, facts.Raise) or is_exit(step):
        return True
    region = step.scope.regions[step.region]
    is_last = region.events[1] in (step.order + 1, step.order + 2)  # the call, and that it is evaluated
    return (
        isinstance(step.event, facts.Evaluate)
        and isinstance(step.event.term, facts.Call)
        and region.ending is Ending.SCOPE
        and is_last
    )


def _takes_argument(step: Step) -> bool:
    """Whether a step takes one of the program's arguments, of which workers get those that are left."""
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name="pop"), arguments=passed)):
            at = passed[0].value if passed else None
            is_first = isinstance(at, facts.Constant) and at.value == 0
            return not is_first and External("sys.argv") in evaluate(owner, step.site)
        case _:
            return False


def _leaving(moment: Moment) -> StartMethods:
    """Return which workers leave: under forkserver they are forks, from Python 3.14, of a process with main's name."""
    scope = moment.step.scope
    subjects = [scope.regions[index].subject for index in scope.enclosing(moment.step.region)]
    asked = {
        last_name(term.function) for each in subjects if each for term in parts(each) if isinstance(term, facts.Call)
    }
    return StartMethods.SPAWN if "current_process" in asked else StartMethods.FRESH


def _first_start(module: "Module") -> Start | None:
    """Return the first start of fresh workers that running a file comes to in any way."""
    inline = [scope for scope in module.scopes if scope.function is None and not scope.is_function]
    for step in (step for scope in inline for step in scope.steps):
        if isinstance(step.event, facts.Invoke) and reached(step.site, Run.MAIN):
            for start in starts_of_call(step.event.call, step.site):
                if start.when(StartMethods.FRESH):
                    return start
    return None
