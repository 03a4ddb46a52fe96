"""What each kind of term can be."""

from collections.abc import Iterator

from spawnsafe.model import objects
from spawnsafe.model.flow.calls import results_of_call
from spawnsafe.model.flow.containers import combination, item_of_any, result_of_dict_method
from spawnsafe.model.flow.contexts import one_context
from spawnsafe.model.flow.core import elements, entered, evaluate, item_at, member
from spawnsafe.model.flow.iteration import awaited
from spawnsafe.model.flow.variables import look_up
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.names import Site
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    External,
    Function,
    Items,
    Known,
    Literal,
    Many,
    Parameter,
    Product,
    Value,
)
from spawnsafe.syntax import facts


def values_of(term: facts.Term, site: Site) -> Iterator[Value]:
    """Yield what a term can be at a site."""
    match term:
        case facts.Name():
            yield from look_up(term.id, site)
        case facts.Attribute():
            yield from _attribute(term, site)
        case facts.Call():
            yield from _call(term, site)
        case facts.Lambda():
            yield Function(site.scope.children[id(term.scope)])
        case facts.Definition(scope=own):
            inner = site.scope.children[id(own)]
            yield Class(inner) if inner.is_class else Function(inner)
        case facts.Constant():
            yield Literal(term.value)
        case facts.Display():
            yield Items(term.kind, term.items, site, term.keys)
        case facts.Comprehension():
            inner = site.scope.children[id(term.scope)]
            yield Items(term.kind, term.elements[-1:], inner.end, term.elements[:1] if term.kind == "dict" else ())
        case facts.Conditional():
            values = distinct((*evaluate(term.body, site), *evaluate(term.orelse, site)))
            yield from one_context(term, values, site)
        case facts.Logical():
            left = evaluate(term.left, site)
            if term.operator == "or":
                yield from (value for value in left if not (isinstance(value, Literal) and not value.value))
            yield from evaluate(term.right, site)
        case facts.Walrus() | facts.Starred():
            yield from evaluate(term.value, site)
        case facts.Awaited():
            yield from awaited(evaluate(term.value, site))
        case facts.Subscript(index=facts.Slice()):
            for value in evaluate(term.value, site):
                yield value if _is_sliceable(value) else Many(elements((value,)))
        case facts.Subscript():
            yield from item_at(evaluate(term.value, site), evaluate(term.index, site))
        case facts.Combined(parts=(left, right), operator=operator):
            yield from combination(operator, evaluate(left, site), evaluate(right, site))
        case Known(values=values):
            yield from values
        case _:
            yield ANYTHING


def _is_sliceable(value: Value) -> bool:
    """Whether a part of a value is of its kind."""
    return isinstance(value, Product | External) and value.name in objects.MEMORYVIEWS


def _attribute(term: facts.Attribute, site: Site) -> Iterator[Value]:
    if term.name == "__traceback__":
        yield External("types.TracebackType()")
        return
    owners = evaluate(term.value, site)
    # None has no such attribute: another value is meant
    for owner in [owner for owner in owners if not isinstance(owner, Literal)] or owners:
        yield from member(owner, term.name)


def _call(term: facts.Call, site: Site) -> Iterator[Value]:
    if isinstance(term.function, facts.Attribute):
        special = _call_of_method(term, term.function, site)
        if special is not None:
            yield from special
            return
    found = evaluate(term.function, site)
    # what a default or another branch makes is meant, whatever else may be passed
    known = [value for value in found if not isinstance(value, (Parameter, Literal))]
    results = distinct(value for callee in known or found for value in results_of_call(callee, term, site))
    yield from one_context(term, results, site)


def _call_of_method(term: facts.Call, function: facts.Attribute, site: Site) -> Values | None:
    """Return the result of methods that are known by their name on anything that has them."""
    match function.name:
        case "enter_context" | "enter_async_context" | "push" if term.arguments:
            return entered(evaluate(term.arguments[0].value, site))
        case "values" | "items" | "keys" | "copy" | "get" | "pop":
            found: list[Value] = []
            for owner in evaluate(function.value, site):
                if isinstance(owner, Parameter) and function.name in ("get", "pop") and term.arguments:
                    found.extend(item_of_any(owner, term, site))
                    continue
                if isinstance(owner, Many) and function.name in ("keys", "items"):
                    found.append(Items("view", (), site))
                    continue
                if isinstance(owner, Many) and function.name in ("get", "pop", "values"):
                    found.extend((owner,) if function.name == "values" else owner.elements)
                    continue
                if not isinstance(owner, Items) or owner.kind != "dict":
                    return None
                found.extend(result_of_dict_method(function.name, owner, term, site))
            return distinct(found) if found else None
        case _:
            return None
