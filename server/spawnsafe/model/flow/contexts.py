"""Which start methods a context stands for."""

from collections.abc import Iterable

from spawnsafe.model import apis
from spawnsafe.model.flow.arguments import slot, unstarred
from spawnsafe.model.flow.core import arms
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.methods import EVERY_TARGET, Chosen, StartMethods, Targets, choice
from spawnsafe.model.names import Site
from spawnsafe.model.values import (
    Context,
    Literal,
    Parameter,
)
from spawnsafe.syntax import facts


def context_of(maker: apis.Maker, term: facts.Call, site: Site, methods: Chosen) -> Chosen:
    """Return the methods that the program chose for what a call makes; None for the program's default."""
    term = unstarred(term, site)
    passed = slot(term, maker.context) if maker.context else None
    if passed is None:
        spawns = maker.spawns_with is not None and slot(term, maker.spawns_with) is not None
        return StartMethods.SPAWN if spawns and methods is None else methods
    return choice((targets, _of_contexts(values, methods)) for targets, values in arms(passed, site))


def _of_contexts(values: Values, otherwise: Chosen) -> Chosen:
    """Return the methods of what is passed as a context; those of whom it is passed to, if that is None."""
    found = [value.methods for value in values if isinstance(value, Context)]
    if found:
        return choice((EVERY_TARGET, methods) for methods in found)
    return otherwise if all(value == Literal(None) for value in values) else StartMethods.ALL


def one_context(term: facts.Term, values: Values, site: Site) -> Values:
    """Return what a term is; several contexts that the platform decides between are one, which chooses by it."""
    return by_target(arms(term, site)) if _are_contexts(values) else values


def by_target(alternatives: Iterable[tuple[Targets, Values]]) -> Values:
    """Return what any of several alternatives is; contexts that their targets tell apart are one."""
    rows = list(alternatives)
    values = distinct(value for _, own in rows for value in own)
    if not _are_contexts(values) or all(targets == EVERY_TARGET for targets, _ in rows):
        return values
    return (Context(choice((targets, _of_contexts(own, None)) for targets, own in rows)),)


def _are_contexts(values: Values) -> bool:
    return len(values) > 1 and all(isinstance(value, Context) for value in values)


def context_named(name: str) -> Context:
    """Return the context that a class outside the project stands for."""
    return Context(StartMethods.named(apis.CONTEXT_CLASSES[name]) or StartMethods.ALL)


def chosen_methods(term: facts.Call, site: Site) -> Chosen:
    """Return the methods that an argument such as `"spawn"` names; ALL if it is not known, None for None."""
    if not term.arguments:
        return None
    return choice((targets, _named(values)) for targets, values in arms(term.arguments[0].value, site))


def _named(values: Values) -> StartMethods | None:
    found = StartMethods.NONE
    literals = [value for value in values if isinstance(value, Literal)]
    if not literals or any(not isinstance(value, (Literal, Parameter)) for value in values):
        return StartMethods.ALL
    for value in literals:  # a parameter's default is meant, whatever else may be passed
        if value.value is None:
            return None
        found |= StartMethods.named(str(value.value)) or StartMethods.ALL
    return found
