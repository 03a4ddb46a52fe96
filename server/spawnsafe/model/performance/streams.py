"""Iterables that are drawn from something long: a file, the rows of a table, an iterator that never ends."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from spawnsafe.model import objects
from spawnsafe.model.flow import evaluate
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.performance.mappings import Mapping, loops_over
from spawnsafe.model.performance.sizes import count
from spawnsafe.model.terms import parts
from spawnsafe.model.values import External, Generator, Items, Product, Value
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow

_LONG = 100_000
"""A generator of so many items is long."""

_DEEPEST = 6

_ENDLESS = frozenset({"itertools.count", "itertools.cycle"})
_ROWS = {
    "csv.reader": "the rows of a file",
    "csv.DictReader": "the rows of a file",
    "sqlite3.connect().execute": "the rows of a query",
    "sqlite3.connect().cursor().execute": "the rows of a query",
}
_READING = frozenset({".read", ".readline", ".fetchone", ".fetchmany", ".recv"})

_DRAWING = {
    "builtins.map": slice(1, None),
    "builtins.filter": slice(1, None),
    "builtins.zip": slice(None),
    "builtins.enumerate": slice(1),
    "builtins.iter": slice(1),
    "itertools.chain": slice(None),
    "itertools.starmap": slice(1, None),
    "tqdm.tqdm": slice(1),
    "tqdm.auto.tqdm": slice(1),
}
"""What draws from its arguments one by one, with which of them."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What is drawn from; `what` is a phrase: `an open file`."""

    what: str
    is_endless: bool = False

    def drawn_by(self, kind: str) -> "Stream":
        """Return what draws from this in turn."""
        if self.what.startswith(("a generator", "an iterator")):
            return self
        return replace(self, what=f"{kind} over {self.what}")


def stream(mapping: Mapping) -> Stream | None:
    """Return what the items of a mapping are drawn from, if that is long and not there as a whole."""
    found = [_of_term(each, mapping.send.site) for each in mapping.iterables]
    finite = [each for each in found if each is None or not each.is_endless]
    return next((each for each in finite or found if each is not None), None)


def is_consumed_singly(mapping: Mapping) -> bool:
    """Whether a loop, or something like `sum`, takes the results one after the other and keeps none of them."""
    call, site = mapping.send.call, mapping.send.site
    for scope, loop in loops_over(call, site):
        region = scope.regions[loop]
        if region.subject is not None and _comes_through(region.subject, call, site):
            return not _collects(scope, loop)
    return any(_takes(step, call) for step in site.scope.steps)


_TAKING = frozenset({"sum", "min", "max", "any", "all", "Counter", "join", "writelines", "writerows"})
_THROUGH = frozenset({"enumerate", "zip", "filter", "map", "iter", "tqdm", "islice", "chain"})


def _comes_through(term: facts.Term, call: facts.Call, site: Site) -> bool:
    """Whether going through a term takes the items of a call as they come."""
    if term.at == call.at:
        return True
    if isinstance(term, facts.Name):
        return sum(name.id == term.id for name, _ in site.scope.reads) == 1
    if isinstance(term, facts.Call) and _name(term) in _THROUGH:
        return any(_comes_through(each.value, call, site) for each in term.arguments if _holds(each.value, call, site))
    return False


def _holds(term: facts.Term, call: facts.Call, site: Site) -> bool:
    return isinstance(term, facts.Name) or (any(part.at == call.at for part in parts(term)) and site is not None)


def _name(call: facts.Call) -> str:
    return getattr(call.function, "name", getattr(call.function, "id", ""))


def _collects(scope: Scope, loop: int) -> bool:
    """Whether a loop does nothing but put each result into a container."""
    start, end = scope.regions[loop].events
    calls = [step.event.call for step in scope.steps[start:end] if isinstance(step.event, facts.Invoke)]
    return bool(calls) and all(_name(call) in ("append", "add", "extend") for call in calls)


def _takes(step: Step, call: facts.Call) -> bool:
    match step.event:
        case facts.Invoke(call=facts.Call(arguments=(facts.Argument(value=first), *_)) as taking):
            return first.at == call.at and step.block is not None and _name(taking) in _TAKING
        case _:
            return False


# --- where items come from ---------------------------------------------------------------------------------


def _of_term(term: facts.Term, site: Site, depth: int = 0) -> Stream | None:
    if depth > _DEEPEST:
        return None
    if isinstance(term, facts.Call) and (drawn := _drawn(term, site, depth)) is not None:
        return drawn
    found = [_of_value(value, depth + 1) for value in evaluate(term, site)]
    return found[0] if found and all(found) else None


def _drawn(call: facts.Call, site: Site, depth: int) -> Stream | None:
    names = [value.name for value in evaluate(call.function, site) if isinstance(value, External)]
    chosen = _DRAWING.get(names[0]) if len(names) == 1 else None
    passed = [each.value for each in call.arguments if not each.keyword and not each.stars]
    found = [_of_term(each, site, depth + 1) for each in passed[chosen]] if chosen is not None else []
    endless = [each for each in found if each is not None and each.is_endless]
    others = [each for each in found if each is None or not each.is_endless]
    if endless and others and not all(others):
        return None  # as long as the others are
    known = next((each for each in others or endless if each is not None), None)
    return known.drawn_by("an iterator") if known is not None else None


def _of_value(value: Value, depth: int) -> Stream | None:
    match value:
        case Product(name=name) if name in _ENDLESS:
            return Stream("an iterator that never ends", is_endless=True)
        case Product(name=name) if name in _ROWS:
            return Stream(_ROWS[name])
        case External(name="sys.stdin"):
            return Stream("an open file")
        case Product(name=name, call=call, site=site):
            return Stream("an open file") if is_file(name) else _drawn(call, site, depth)
        case Items(kind="generator", items=items, site=site):
            return _of_comprehension(items, site, depth)
        case Generator(scope=scope):
            return _of_generator(scope, depth)
        case _:
            return None


def is_file(name: str) -> bool:
    """Whether a product of that name is an open file."""
    return objects.PRODUCTS.get(name) == "an open file"


def _of_comprehension(items: tuple[facts.Term, ...], site: Site, depth: int) -> Stream | None:
    """Return what a generator expression draws from."""
    scope = site.scope
    sources = (step.event.source for step in scope.steps if isinstance(step.event, facts.Bind))
    first = next((source for source in sources if isinstance(source, facts.Element)), None)
    if first is None or scope.site is None or not items:
        return None
    inner = _of_term(first.term, scope.site, depth + 1)
    if inner is not None:
        return inner.drawn_by("a generator")
    many = count(first.term, scope.site)
    return Stream(f"a generator of {many:,} items") if many is not None and many >= _LONG else None


def _of_generator(scope: Scope, depth: int) -> Stream | None:
    """Return what a generator function draws from, by the loops around what it yields."""
    found = [each for step in scope.steps if isinstance(step.event, facts.Yield) for each in _around(step, depth)]
    return next(iter(found), Stream("a generator"))


def _around(step: Step, depth: int) -> Iterator[Stream]:
    event, scope = step.event, step.scope
    if isinstance(event, facts.Yield) and event.delegated and event.term is not None:
        inner = _of_term(event.term, step.site, depth + 1)
        if inner is not None:
            yield inner.drawn_by("a generator")
    for index in scope.enclosing(step.region):
        region = scope.regions[index]
        if region.flow is not Flow.LOOP:
            continue
        if region.subject is None:
            if not scope.mentions.isdisjoint(_READING):
                yield Stream("a generator that reads until nothing is left")
            continue
        before = scope.site_before(index)
        inner = _of_term(region.subject, before, depth + 1)
        many = count(region.subject, before)
        if inner is not None:
            yield inner.drawn_by("a generator")
        elif many is not None and many >= _LONG:
            yield Stream(f"a generator of {many:,} items")
