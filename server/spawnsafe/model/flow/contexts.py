"""Which start methods a context stands for."""

from collections.abc import Iterable

from spawnsafe.model import apis
from spawnsafe.model.flow.arguments import slot, unstarred
from spawnsafe.model.flow.core import evaluate
from spawnsafe.model.methods import StartMethods
from spawnsafe.model.names import Site
from spawnsafe.model.values import (
    Context,
    Literal,
    Parameter,
)
from spawnsafe.syntax import facts


def context_of(maker: apis.Maker, term: facts.Call, site: Site, methods: StartMethods | None) -> StartMethods | None:
    """Return the methods that the program chose for what a call makes; None for the program's default."""
    term = unstarred(term, site)
    passed = slot(term, maker.context) if maker.context else None
    if passed is None:
        spawns = maker.spawns_with is not None and slot(term, maker.spawns_with) is not None
        return StartMethods.SPAWN if spawns and methods is None else methods
    found = [value.methods for value in evaluate(passed, site) if isinstance(value, Context)]
    known = [chosen for chosen in found if chosen is not None]
    if not found:
        is_none = all(value == Literal(None) for value in evaluate(passed, site))
        return methods if is_none else StartMethods.ALL
    if len(known) < len(found):
        return None
    return _union(known)


def context_named(name: str) -> Context:
    """Return the context that a class outside the project stands for."""
    return Context(StartMethods.named(apis.CONTEXT_CLASSES[name]) or StartMethods.ALL)


def chosen_methods(term: facts.Call, site: Site) -> StartMethods | None:
    """Return the methods that an argument such as `"spawn"` names; ALL if it is not known, None for None."""
    if not term.arguments:
        return None
    found: list[StartMethods] = []
    values = evaluate(term.arguments[0].value, site)
    literals = [value for value in values if isinstance(value, Literal)]
    if not literals or any(not isinstance(value, (Literal, Parameter)) for value in values):
        return StartMethods.ALL
    for value in literals:  # a parameter's default is meant, whatever else may be passed
        if value.value is None:
            return None
        named = StartMethods.named(str(value.value))
        found.append(named if named is not None else StartMethods.ALL)
    return _union(found)


def _union(methods: Iterable[StartMethods]) -> StartMethods:
    found = StartMethods.NONE
    for method in methods:
        found |= method
    return found
