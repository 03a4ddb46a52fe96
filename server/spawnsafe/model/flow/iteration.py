"""What iterating over a value gives."""

from collections.abc import Iterator

from spawnsafe.model.flow.arguments import as_row, inside_parameter
from spawnsafe.model.flow.calls import substituted
from spawnsafe.model.flow.containers import item_of_product, row_of
from spawnsafe.model.flow.core import elements, evaluate
from spawnsafe.model.flow.definitions import made_of, results_of, returned, yielded
from spawnsafe.model.memory import UNKNOWN, Values, distinct
from spawnsafe.model.names import Site
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    Coroutine,
    Function,
    Generator,
    Items,
    MadeClass,
    MadeInstance,
    Many,
    Parameter,
    Partial,
    Product,
    Row,
    Value,
)
from spawnsafe.syntax import facts


def elements_of(values: Values, seen: frozenset[Value] = frozenset()) -> Values:
    """Return what iterating over values gives."""
    found: list[Value] = []
    for value in values:
        if value in seen:
            continue  # a list that takes itself in: `items = [*items, item]`
        if isinstance(value, Items):
            found.extend(_displayed(value, seen))
        elif isinstance(value, Many):
            found.extend(value.elements)
        elif isinstance(value, Row):
            found.extend(inner for column in value.columns for inner in column)
        elif isinstance(value, Product):
            item = item_of_product(value)
            found.extend(_iterated(value, seen | {value}) if item == ANYTHING else (item,))
        elif isinstance(value, Parameter):
            is_starred = value.item is None and not value.path and value.scope.parameters[value.index].stars
            found.extend((value,) if is_starred else inside_parameter(value, "[]"))
        elif isinstance(value, Generator):
            results = yielded(value.scope, seen | {value})
            found.extend(substituted(results, value.scope, value.call, value.site, value.offset))
        elif isinstance(value, MadeInstance) and (row := as_row(value)) is not None:
            found.extend(inner for column in row.columns for inner in column)
        elif isinstance(value, MadeClass) and value.has_members:
            found.append(MadeInstance(value))
        else:
            found.append(ANYTHING)
    return distinct(found) or UNKNOWN


def _displayed(display: Items, seen: frozenset[Value]) -> Iterator[Value]:
    """Yield what is in a display and in those that it takes in with stars, each once however often it is taken in."""
    visited = {display, *seen}
    pending = [_terms(display)]
    while pending:
        term, site = next(pending[-1], (None, display.site))
        if term is None:
            pending.pop()
            continue
        inner = evaluate(term, site)
        if not isinstance(term, facts.Starred):
            yield from inner
            continue
        new = [value for value in inner if value not in visited]
        visited.update(new)
        pending += [_terms(value) for value in reversed(new) if isinstance(value, Items) and value.items]
        others = tuple(value for value in new if not isinstance(value, Items) or not value.items)
        if others:
            yield from elements(others, frozenset(visited - set(others)))


def _terms(display: Items) -> Iterator[tuple[facts.Term, Site]]:
    """Yield what iterating over a display gives: its items, or its keys; a term with a star stands for several."""
    terms = [key for key in display.keys if key is not None] if display.kind == "dict" else display.items
    return ((term, display.site) for term in terms)


def _iterated(product: Product, seen: frozenset[Value]) -> Values:
    """Return what iterating over the result of a builtin or of `itertools` gives; it is one of those `seen`."""
    site = product.site
    passed = [evaluate(each.value, site) for each in product.call.arguments if not each.keyword and not each.stars]
    if not passed:
        return UNKNOWN
    match product.name:
        case "itertools.repeat":
            return passed[0]
        case "itertools.cycle" | "itertools.islice" | "builtins.sorted":
            return elements(passed[0], seen)
        case "itertools.chain":
            return distinct(value for values in passed for value in elements(values, seen))
        case "itertools.chain.from_iterable":
            return elements(elements(passed[0], seen), seen)
        case "itertools.product" | "itertools.zip_longest":
            return (row_of(tuple(elements(values, seen) for values in passed), product.call),)
        case "builtins.filter" | "itertools.filterfalse" | "itertools.takewhile" | "itertools.dropwhile":
            return elements(passed[1], seen) if len(passed) > 1 else UNKNOWN
        case "builtins.map" | "itertools.starmap":
            return distinct(made for function in passed[0] for made in _made_of_items(function))
        case _:
            return UNKNOWN


def _made_of_items(function: Value) -> Iterator[Value]:
    """Yield what a function or class makes of items that are not known."""
    match function:
        case Class(scope=scope):
            yield made_of(scope, None, scope.end)
        case Function(scope=scope):
            yield from (ANYTHING if isinstance(value, (Parameter, Partial)) else value for value in returned(scope))
        case _:
            yield ANYTHING


def awaited(values: Values) -> Values:
    """Return what awaiting values gives."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, Coroutine):
            results = results_of(value.scope, facts.Return)
            found.extend(substituted(results, value.scope, value.call, value.site, value.offset))
        else:
            found.append(ANYTHING)
    return distinct(found)
