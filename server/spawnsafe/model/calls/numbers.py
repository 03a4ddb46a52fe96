"""What a number is in terms of the count on which it depends: of CPUs, of items."""

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from spawnsafe.model.calls.options import option_default
from spawnsafe.model.flow import evaluate, resolve, stores
from spawnsafe.model.names import Site
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.values import External, Instance, Literal, Product
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow

_DEEPEST = 8
CPUS = "cpus"
ITEMS = "items"
_CPU_COUNTS = frozenset(("os.cpu_count", "os.process_cpu_count", "multiprocessing.cpu_count", "psutil.cpu_count"))
_ROUNDING: dict[str, Callable[[float], float]] = {
    "builtins.int": int,
    "builtins.round": round,
    "math.ceil": math.ceil,
    "math.floor": math.floor,
}
_CHOOSING: dict[str, Callable[[Iterable[float]], float]] = {"builtins.max": max, "builtins.min": min}
_OPERATORS: dict[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
}


@dataclass(frozen=True, slots=True)
class Number:
    """A number; `at` gives it for a count of what it depends on, which `of` tells: nothing, CPUS, ITEMS or an index."""

    at: Callable[[int], float]
    of: str = ""
    is_default: bool = False
    """Whether it is what it is only where the command line says nothing else."""

    @property
    def is_float(self) -> bool:
        """Whether it is no integer, even where it is a whole number."""
        return isinstance(self.at(_SOME), float)

    def below(self, limit: int) -> int | None:
        """Return the greatest of the usual counts for which it is less than a limit, None if it never is."""
        counts = range(1, _SOME + 1) if self.of else range(1, 2)
        return max((count for count in counts if self.at(count) < limit), default=None)


_SOME = 1024
_USUAL = 8
"""So many CPUs a machine has where what counts are the items."""


def number(term: facts.Term, site: Site, depth: int = 0) -> Number | None:
    """Return what is known of a number, None if a term is not known to be one."""
    if depth > _DEEPEST:
        return None
    match term:
        case facts.Constant(value=bool() | None):
            return None
        case facts.Constant(value=int() | float() as value):
            return Number(lambda _: value)
        case facts.Combined(parts=(left, right), operator=sign) if sign in _OPERATORS:
            return _together(lambda pair: _OPERATORS[sign](*pair), (left, right), site, depth)
        case facts.Logical(operator="or", left=left, right=right):
            return _together(lambda pair: next(filter(None, pair), 0), (left, right), site, depth)
        case facts.Call():
            return _called(term, site, depth)
        case facts.Name() | facts.Attribute():
            values = evaluate(term, site)
            if len(values) == 1 and isinstance(values[0], Literal):
                return number(facts.Constant(term.at, values[0].value), site, depth + 1)
            return _bound(term, site, depth)
        case _:
            return None


def _together(
    combine: Callable[[list[float]], float], terms: Iterable[facts.Term], site: Site, depth: int
) -> Number | None:
    """Return what numbers make that depend on one count at most."""
    found = [number(term, site, depth + 1) for term in terms]
    known = [each for each in found if each is not None]
    counts = {each.of for each in known} - {""}
    if counts == {CPUS, ITEMS}:
        known = [_usual(each) if each.of == CPUS else each for each in known]
        counts = {ITEMS}
    if len(known) < len(found) or len(counts) > 1:
        return None
    is_default = any(each.is_default for each in known)
    made = Number(lambda count: combine([each.at(count) for each in known]), next(iter(counts), ""), is_default)
    try:
        made.at(1)
    except (ArithmeticError, ValueError, TypeError):
        return None
    return made


def _usual(cpus: Number) -> Number:
    """Return what a number is on a usual machine."""
    return Number(lambda _: cpus.at(_USUAL))


def _called(call: facts.Call, site: Site, depth: int) -> Number | None:
    values = evaluate(call, site)
    name = values[0].name if len(values) == 1 and isinstance(values[0], Product) else ""
    passed = [each.value for each in call.arguments if not each.keyword and not each.stars]
    if name in _CPU_COUNTS:
        return Number(lambda count: count, CPUS)
    if name == "builtins.len":
        return Number(lambda count: count, CPUS if passed and _are_cpus(passed[0], site) else ITEMS)
    if len(passed) < len(call.arguments):
        return None
    if name in _ROUNDING and len(passed) == 1:
        return _together(lambda one: _ROUNDING[name](one[0]), passed, site, depth)
    if name in _CHOOSING and len(passed) > 1:
        return _together(_CHOOSING[name], passed, site, depth)
    return None


def _are_cpus(term: facts.Term, site: Site) -> bool:
    return any(isinstance(value, Product) and value.name == "os.sched_getaffinity" for value in evaluate(term, site))


def _bound(term: facts.Name | facts.Attribute, site: Site, depth: int) -> Number | None:
    """Return what a variable or attribute is that is set in one place."""
    if isinstance(term, facts.Name):
        steps = resolve(term.id, site) or ()
        sources = [(step.event.source, step) for step in steps if isinstance(step.event, facts.Bind)]
    elif (option := option_default(term, site)) is not None:
        default = number(*option, depth + 1)
        return default and replace(default, is_default=True)
    else:
        owners = evaluate(term.value, site)
        cls = owners[0].cls if len(owners) == 1 and isinstance(owners[0], Instance) else None
        sources = [(source, step) for step, source in stores(cls).get(term.name, ())] if cls is not None else []
    match sources:
        case [(facts.Augmented(), _)]:
            return None
        case [(facts.Assigned(term=inner, path=()), step)]:
            return number(inner, step.site, depth + 1)
        case [(facts.Element(term=facts.Call(function=function), path=()), step)]:
            is_range = evaluate(function, step.site) == (External("builtins.range"),)
            return Number(lambda count: count, "index") if is_range else None
        case _:
            return None


def is_tested(term: facts.Term, site: Site) -> bool:
    """Whether a condition in the scope of a site asks for something that a number depends on."""
    scope = site.scope
    names = {_said(each) for each in _origins(term, site)} - {""}
    regions = [region.subject for region in scope.regions if region.flow is Flow.BRANCH and region.subject is not None]
    tests = [*regions, *(step.event.term for step in scope.steps if isinstance(step.event, facts.Evaluate))]
    tests = [test for test in tests if isinstance(test, facts.Comparison | facts.Logical | facts.Name | facts.Not)]
    return any(_said(each) in names for test in tests for each in parts(test))


def _origins(term: facts.Term, site: Site, depth: int = 0) -> list[facts.Term]:
    """Return the terms from which a number is worked out, also through variables."""
    found = list(parts(term))
    for name in [each for each in found if isinstance(each, facts.Name)] if depth < _DEEPEST else ():
        for step in resolve(name.id, site) or ():
            source = step.event.source if isinstance(step.event, facts.Bind) else None
            if isinstance(source, facts.Assigned) and not isinstance(source, facts.Augmented):
                found += _origins(source.term, step.site, depth + 1)
    return found


def _said(term: facts.Term) -> str:
    """Return the name that a term is or calls."""
    return last_name(term.function if isinstance(term, facts.Call) else term)
