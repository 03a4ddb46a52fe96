"""What is at an index or key."""

from collections.abc import Iterator
from dataclasses import replace

from spawnsafe.model import apis, objects
from spawnsafe.model.flow.arguments import as_row, columns, inside_parameter
from spawnsafe.model.flow.core import elements, evaluate, item_at, member
from spawnsafe.model.flow.variables import look_up
from spawnsafe.model.memory import UNKNOWN, Values, distinct
from spawnsafe.model.names import Site
from spawnsafe.model.values import (
    ANYTHING,
    Items,
    Literal,
    Loaded,
    MadeInstance,
    Many,
    Parameter,
    Product,
    Row,
    Value,
)
from spawnsafe.syntax import facts

_LONGEST = 100
"""More columns than these are not told apart where tuples are added."""


def follow(values: Values, path: tuple[str, ...]) -> Values:
    """Return what the path of a parameter leads to in what is passed for it."""
    for step in path:
        if step == "[]":
            values = elements(values)
        elif step.startswith("["):
            values = distinct(item_at(values, (Literal(int(step[1:-1])),)))
        else:
            values = distinct(found for value in values for found in member(value, step))
    return values


def items_of(owners: Values, indices: Values) -> Iterator[Value]:
    """Yield what an item can be. A key that a dict lacks means another dict, if there is one."""
    found = [value for owner in owners for index in indices for value in _item_of(owner, index)]
    yield from found or UNKNOWN


def _item_of(owner: Value, index: Value) -> Iterator[Value]:
    match owner:
        case Row(columns=columns):
            number = index.value if isinstance(index, Literal) else None
            is_inside = isinstance(number, int) and -len(columns) <= number < len(columns)
            yield from columns[number] if isinstance(number, int) and is_inside else UNKNOWN
        case MadeInstance() if (row := as_row(owner)) is not None:
            yield from _item_of(row, index)
        case Many(elements=values):
            yield from values
        case Items(kind="dict"):
            yield from _item_of_dict(owner, index, set())
        case Items(items=items, site=site):
            term = _chosen(owner, index)
            for item in items if term is None else (term,):
                yield from evaluate(item, site)
        case Parameter(scope=scope, index=number, item=None) if isinstance(index, Literal):
            stars, key = scope.parameters[number].stars, index.value
            is_key = isinstance(key, int) if stars == 1 else isinstance(key, str)
            if stars and is_key and isinstance(key, int | str) and not owner.path:
                yield replace(owner, item=key)
            else:
                yield from inside_parameter(owner, f"[{key}]" if type(key) is int else "[]")
        case Product(name=name) if (
            name in apis.NAMESPACES and isinstance(index, Literal) and isinstance(index.value, str)
        ):
            yield Loaded(owner, index.value)
        case Parameter():
            yield from inside_parameter(owner, "[]")
        case Product(name="builtins.globals", site=site) if isinstance(index, Literal) and isinstance(index.value, str):
            yield from look_up(index.value, site.scope.module.scope.end)
        case Product():
            yield item_of_product(owner)
        case _:
            yield ANYTHING


def _item_of_dict(owner: Items, index: Value, seen: set[facts.Term]) -> Iterator[Value]:
    """Yield what a dict display has under a key, in the order of the text; the last of equal keys counts.

    What `**` puts into it can hold it again: `options = {**options}` in a loop. None of these is looked into twice.
    """
    found: list[Values] = []
    for key, item in zip(reversed(owner.keys), reversed(owner.items), strict=False):
        if key is None:  # `**item`
            whole = evaluate(item, owner.site) if item not in seen else ()
            seen.add(item)
            inner = (value for held in whole for value in _item_of_whole(held, index, seen))
            found.append(tuple(inner))
        elif not isinstance(key, facts.Constant) or not isinstance(index, Literal):
            found.append(evaluate(item, owner.site))
        elif key.value == index.value:
            found.append(evaluate(item, owner.site))
            break
    for values in reversed(found):
        yield from values


def values_of_dict(owner: Items) -> Values:
    """Return the values in a dict, with those of what `**` puts into it as far as they are known."""
    return distinct(_values_of_dict(owner, {owner}))


def _values_of_dict(owner: Items, seen: set[Items]) -> Iterator[Value]:
    for key, item in zip(owner.keys, owner.items, strict=False):
        inner = evaluate(item, owner.site)
        if key is not None:
            yield from inner
            continue
        for whole in inner:
            if isinstance(whole, Items) and whole.kind == "dict" and whole not in seen:
                seen.add(whole)
                yield from _values_of_dict(whole, seen)


def _item_of_whole(held: Value, index: Value, seen: set[facts.Term]) -> Iterator[Value]:
    if isinstance(held, Items) and held.kind == "dict":
        yield from _item_of_dict(held, index, seen)
    else:
        yield from held.elements if isinstance(held, Many) else UNKNOWN


def _chosen(owner: Items, index: Value) -> facts.Term | None:
    if not isinstance(index, Literal) or not isinstance(index.value, int):
        return None
    if -len(owner.items) <= index.value < len(owner.items):
        if any(isinstance(item, facts.Starred) for item in owner.items):
            return None
        return owner.items[index.value]
    return None


def combination(operator: str, left: Values, right: Values) -> Iterator[Value]:
    """Yield what combines containers: `+`, `|` or a repetition by `*`."""
    containers = [value for value in (*left, *right) if isinstance(value, (Items, Many, Row))]
    if not containers or operator not in ("+", "*", "|"):
        yield ANYTHING
    elif operator == "|":
        yield from containers
    elif operator == "+" and (whole := _concatenated(left, right)) is not None:
        yield Row(whole)
    else:
        yield Many(elements(tuple(containers)))


def _concatenated(left: Values, right: Values) -> tuple[Values, ...] | None:
    if len(left) != 1 or len(right) != 1:
        return None
    one, two = columns(left[0]), columns(right[0])
    return None if one is None or two is None or len(one) + len(two) > _LONGEST else (*one, *two)


def item_of_product(value: Product) -> Value:
    """Return what is in what a call gave, if anything is known of that."""
    name = f"{value.name}()[]"
    return replace(value, name=name) if name in objects.PRODUCTS or name == apis.ENDS else ANYTHING


def item_of_any(owner: Value, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what `owner.get(key, default)` gives."""
    yield from item_at((owner,), evaluate(term.arguments[0].value, site))
    for default in term.arguments[1:]:
        yield from evaluate(default.value, site)


def result_of_dict_method(
    name: str, owner: Items, term: facts.Call, site: Site, seen: frozenset[facts.Term] = frozenset()
) -> Iterator[Value]:
    """Yield what a method of a dict gives."""
    if name in ("values", "keys", "items"):
        pairs = [(key, item) for key, item in zip(owner.keys, owner.items, strict=False) if key is not None]
        viewed: dict[str, tuple[facts.Term, ...]] = {
            "values": tuple(item for _, item in pairs),
            "keys": tuple(key for key, _ in pairs),
            "items": tuple(facts.Display(item.at, "tuple", pair) for pair in pairs for item in pair[1:]),
        }
        yield Items("view", viewed[name], owner.site)
        for key, item in zip(owner.keys, owner.items, strict=False):
            for inner in evaluate(item, owner.site) if key is None and item not in seen else ():
                if isinstance(inner, Items):
                    yield from result_of_dict_method(name, inner, term, site, seen | {item})
                else:
                    yield ANYTHING
    elif name == "copy":
        yield owner
    elif term.arguments:
        yield from item_of_any(owner, term, site)


def as_list(value: Value) -> Value:
    """Return a list of what iterating over a value gives."""
    match value:
        case Items(kind="dict", keys=keys, site=site):
            return Items("list", tuple(key for key in keys if key is not None), site)
        case Items(items=items, site=site):
            return Items("list", items, site)
        case Many(elements=inner):
            return Many(inner)
        case _:
            inner = elements((value,))
            return Many(inner)


def row_of(columns: tuple[Values, ...], call: facts.Call) -> Value:
    """Return the rows that `zip` or `product` gives; without columns where a call does not tell how many these are."""
    if any(each.stars or each.keyword == "repeat" for each in call.arguments):
        return Many(distinct(value for column in columns for value in column))
    return Row(columns)
