"""What a call passes for a parameter, stars or not; containers whose length is known."""

from collections.abc import Iterator
from dataclasses import replace

from spawnsafe.model import apis
from spawnsafe.model.flow.core import elements, evaluate
from spawnsafe.model.memory import UNKNOWN, Values, distinct
from spawnsafe.model.names import Scope, Site
from spawnsafe.model.values import (
    ANYTHING,
    Items,
    Known,
    Literal,
    MadeClass,
    MadeInstance,
    Parameter,
    Row,
    Value,
)
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import ScopeKind


def inside_parameter(owner: Parameter, step: str) -> Values:
    """Return what a step of a path leads to in what is passed for a parameter."""
    return (replace(owner, path=(*owner.path, step)),) if len(owner.path) < _LONGEST_PATH else UNKNOWN


_LONGEST_PATH = 4


def columns(value: Value) -> tuple[Values, ...] | None:
    """Return the items of a tuple or list of known length, None if it is none."""
    match value:
        case Row(columns=known):
            return known
        case MadeInstance() if (row := as_row(value)) is not None:
            return row.columns
        case Items(kind="tuple" | "list" as kind, items=items, site=site) if (
            kind == "tuple" or site.scope.kind is not ScopeKind.COMPREHENSION  # which makes no tuples
        ):
            is_known = not any(isinstance(item, facts.Starred) for item in items)
            return tuple(evaluate(item, site) for item in items) if is_known else None
        case _:
            return None


def as_row(instance: MadeInstance) -> Row | None:
    """Return an instance of a `namedtuple` as the row that it is, if its fields are known."""
    if instance.call is None or instance.site is None or instance.cls.has_members:
        return None
    made = next(_record(instance.cls, instance.call, instance.site), None)
    return made if isinstance(made, Row) else None


def _record(made_by: MadeClass, term: facts.Call, site: Site) -> Iterator[Value]:
    """Yield what a call of a `namedtuple` gives, if its fields are known."""
    names: list[str] = []
    for listed in evaluate(made_by.call.arguments[1].value, made_by.site) if len(made_by.call.arguments) > 1 else ():
        if isinstance(listed, Literal) and isinstance(listed.value, str):
            names += listed.value.replace(",", " ").split()
            continue
        for item in elements((listed,)):
            first = next(iter((columns(item) or ((item,),))[0]), item)
            names.append(str(first.value) if isinstance(first, Literal) else "")
    call = unstarred(term, site)
    if not names or "" in names:
        yield ANYTHING
        return
    found = [_passed_for(call, (name,), number) for number, name in enumerate(names)]
    yield Row(tuple(evaluate(each, site) if each is not None else UNKNOWN for each in found), tuple(names))


def passed_terms(term: facts.Call, parameter: Parameter, site: Site, offset: int) -> list[facts.Term]:
    """Return what a call passes for a parameter; of one with stars, for the item that is meant, or for any."""
    call, own = unstarred(term, site), parameter.scope.parameters[parameter.index]
    if not own.stars:
        found = argument(call, parameter.scope, parameter.index, offset)
        return [found] if found is not None else []
    if own.stars == 1:
        positional = [each for each in call.arguments if each.keyword is None and each.stars < 2]  # noqa: PLR2004
        first = parameter.index - offset
        rest = positional[first:] if not any(each.stars for each in positional[:first]) else []
        chosen = rest if parameter.item is None else rest[int(parameter.item) : int(parameter.item) + 1]
        return [each.value for each in chosen]
    names = {each.name for each in parameter.scope.parameters if not each.stars}
    if parameter.item is not None:
        found = _by_name(call, (str(parameter.item),))
        return [found] if found is not None else []
    return [each.value for each in call.arguments if (each.keyword and each.keyword not in names) or each.stars > 1]


def unstarred(term: facts.Call, site: Site) -> facts.Call:
    """Return a call with what is known of its arguments with stars in the place of these."""
    if not any(each.stars for each in term.arguments):
        return term
    found = [inner for each in term.arguments for inner in _unstarred(each, site)]
    return facts.Call(term.at, term.function, tuple(found))


def _unstarred(argument: facts.Argument, site: Site) -> Iterator[facts.Argument]:
    values = evaluate(argument.value, site) if argument.stars else ()
    at = argument.value.at
    if argument.stars == 1 and (known := _passed_by_star(values)) is not None:
        is_here = isinstance(argument.value, facts.Display)
        terms = argument.value.items if isinstance(argument.value, facts.Display) else ()
        for number, inner in enumerate(known):
            yield facts.Argument(terms[number] if is_here else Known(at, inner))
    elif argument.stars > 1:
        yield from _passed_by_stars(argument, site)
    else:
        yield argument


def _passed_by_star(found: Values) -> tuple[Values, ...] | None:
    """Return what each position gets of `*value`, None if that is not known."""
    rows = [_rest(value) if isinstance(value, Parameter) else columns(value) for value in found]
    known = [row for row in rows if row is not None]
    if not known or len(known) < len(rows):
        return None
    return tuple(
        distinct(value for row in known for values in row[number : number + 1] for value in values)
        for number in range(max(map(len, known)))
    )


def _rest(parameter: Parameter) -> tuple[Values, ...] | None:
    """Return the items of a parameter with one star."""
    is_rest = parameter.scope.parameters[parameter.index].stars == 1 and parameter.item is None
    return tuple((replace(parameter, item=number),) for number in range(_POSITIONS)) if is_rest else None


_POSITIONS = 6
"""So many items of `*args` are told apart."""


def _passed_by_stars(
    argument: facts.Argument, site: Site, seen: frozenset[facts.Term] = frozenset()
) -> Iterator[facts.Argument]:
    """Yield the keyword arguments that `**value` is; the value as it is where its keys are not known."""
    whole, found = [], dict[str, list[facts.Term]]()
    for value in evaluate(argument.value, site):
        if not isinstance(value, Items) or value.kind != "dict":
            whole.append(value)
            continue
        for key, item in zip(value.keys, value.items, strict=False):
            if isinstance(key, facts.Constant) and isinstance(key.value, str):
                is_here = isinstance(argument.value, facts.Display) and item in argument.value.items
                known = item if is_here else Known(argument.value.at, evaluate(item, value.site))
                found.setdefault(key.value, []).append(known)
            elif key is None and item not in seen:
                inner = Known(argument.value.at, evaluate(item, value.site))
                yield from _passed_by_stars(facts.Argument(inner, None, 2), site, seen | {item})
    for name, terms in found.items():
        values = distinct(value for term in terms for value in evaluate(term, site))
        yield facts.Argument(terms[0] if len(terms) == 1 else Known(argument.value.at, values), name)
    if whole:
        yield facts.Argument(Known(argument.value.at, distinct(whole)), None, 2)


def argument(term: facts.Call, scope: Scope, index: int, offset: int) -> facts.Term | None:
    """Return what a call passes for a parameter; `offset` is 1 if the call is bound to a receiver."""
    parameter = scope.parameters[index]
    is_named = parameter.keyword_only or parameter.stars or index < offset
    names = () if parameter.positional_only else (parameter.name,)
    return _passed_for(term, names, None if is_named else index - offset)


def slot(term: facts.Call, wanted: apis.Slot) -> facts.Term | None:
    """Return what a call passes for a slot of an API."""
    return _passed_for(term, wanted.names, wanted.position)


def _passed_for(term: facts.Call, names: tuple[str, ...], position: int | None) -> facts.Term | None:
    named = _by_name(term, names)
    placed = _by_position(term, position) if position is not None else None
    if isinstance(named, Known) and isinstance(placed, Known):  # `*args, **options` of a wrapper hold it in either
        return Known(placed.at, (*placed.values, *named.values))
    return placed if isinstance(named, Known) and placed is not None else named or placed


def _by_name(term: facts.Call, names: tuple[str, ...]) -> facts.Term | None:
    for passed in term.arguments:
        if passed.keyword in names:
            return passed.value
    for passed in term.arguments:
        rest = passed.value.values if passed.stars > 1 and isinstance(passed.value, Known) else ()
        found = [value for value in rest if isinstance(value, Parameter) and value.item is None]
        if found and names:
            return Known(passed.value.at, tuple(replace(value, item=names[0]) for value in found))
    return None


def _by_position(term: facts.Call, position: int) -> facts.Term | None:
    positional = [passed for passed in term.arguments if passed.keyword is None and passed.stars < 2]  # noqa: PLR2004
    if any(passed.stars for passed in positional[: position + 1]):
        return None
    return positional[position].value if position < len(positional) else None
