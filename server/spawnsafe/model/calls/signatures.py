"""By which parameters something can be called, and whether what it is called with fits them."""

import builtins
import inspect
import math
import operator
from collections.abc import Iterator
from dataclasses import dataclass
from inspect import Parameter as Slot

from spawnsafe.model import apis
from spawnsafe.model.flow import bases, evaluate, lineage, member
from spawnsafe.model.names import Scope, Site
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import Class, External, Function, Instance, Method, Partial, Value
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import ScopeKind

Slots = tuple[Slot, ...]
"""The parameters by which something can be called."""

_PLACED = (Slot.POSITIONAL_ONLY, Slot.POSITIONAL_OR_KEYWORD)
_NAMED = (Slot.POSITIONAL_OR_KEYWORD, Slot.KEYWORD_ONLY)
_OPTIONAL = object()
"""The default of a parameter that has one."""


@dataclass(frozen=True, slots=True)
class Given:
    """What something is called with: so many arguments by position, and some by name."""

    count: int
    keywords: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Why something cannot be called with what is given.

    It requires the parameters named `lacking`; or takes no more than `most` arguments by position; or has no parameters
    named `unknown`; or gets those named `doubled` by position and by name.
    """

    given: Given
    lacking: tuple[str, ...] = ()
    most: int | None = None
    unknown: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()


def mismatch(slots: Slots, given: Given) -> Mismatch | None:
    """Return why something with these parameters cannot be called with what is given, None if it can."""
    placed = [each for each in slots if each.kind in _PLACED]
    filled, kinds = placed[: given.count], {each.kind for each in slots}
    doubled = tuple(
        each.name for each in filled if each.name in given.keywords and each.kind is Slot.POSITIONAL_OR_KEYWORD
    )
    if doubled:
        return Mismatch(given, doubled=doubled)
    if given.count > len(placed) and Slot.VAR_POSITIONAL not in kinds:
        return Mismatch(given, most=len(placed))
    unknown = given.keywords - {each.name for each in slots if each.kind in _NAMED}
    if unknown and Slot.VAR_KEYWORD not in kinds:
        return Mismatch(given, unknown=tuple(sorted(unknown)))
    rest = [*placed[given.count :], *(each for each in slots if each.kind is Slot.KEYWORD_ONLY)]
    lacking = tuple(each.name for each in rest if each.default is Slot.empty and each.name not in given.keywords)
    return Mismatch(given, lacking=lacking) if lacking else None


def parameters(value: Value, depth: int = 0) -> Slots | None:
    """Return the parameters by which a value can be called, None if they are not known."""
    match value:
        case Function():
            return _of_function(value) if value.call is None or _bears_own(value) else None
        case Method(function=function):
            return _without_first(parameters(function))
        case Class(scope=scope):
            return _of_class(scope)
        case Instance():
            called = member(value, "__call__")
            return parameters(called[0]) if len(called) == 1 and isinstance(called[0], Method) else None
        case Partial(function=function, call=call, site=site) if depth < _DEEPEST:
            inner = parameters(function, depth + 1)
            if External("functools.partialmethod") in evaluate(call.function, site):
                inner = _without_first(inner)
            return _left(inner, call.arguments[1:]) if inner is not None else None
        case External(name=name):
            return _of_builtin(name)
        case _:
            return None


_DEEPEST = 8


# --- functions ---------------------------------------------------------------------------------------------


def _bears_own(made: Function) -> bool:
    """Whether what a call made of a function is that function: by its own decorators, or by its definition there."""
    return made.call in made.scope.decorations or made.scope.function is not None


def takes_further(scope: Scope) -> bool:
    """Whether the decorators of a function surely let one more argument through, if it came to take one."""
    further = Slot("further", Slot.POSITIONAL_ONLY)
    return any(slot is further for slot in _behind_decorators(scope, (further, *map(_slot, scope.parameters))) or ())


def _of_function(function: Function) -> Slots | None:
    return _behind_decorators(function.scope, tuple(map(_slot, function.scope.parameters)))


def _behind_decorators(scope: Scope, own: Slots) -> Slots | None:
    found: Slots | None = own
    for decorator in reversed(scope.facts.decorators if scope.facts else ()):
        found = _decorated(found, decorator, scope.site) if found is not None and scope.site is not None else None
    return found


def _slot(parameter: facts.Parameter) -> Slot:
    if parameter.stars:
        return Slot(parameter.name, Slot.VAR_POSITIONAL if parameter.stars == 1 else Slot.VAR_KEYWORD)
    kind = Slot.KEYWORD_ONLY if parameter.keyword_only else Slot.POSITIONAL_OR_KEYWORD
    default = Slot.empty if parameter.default is None else _OPTIONAL
    return Slot(parameter.name, Slot.POSITIONAL_ONLY if parameter.positional_only else kind, default=default)


def _decorated(own: Slots, decorator: facts.Term, site: Site) -> Slots | None:
    """Return what a function takes behind one of its decorators."""
    maker = decorator.function if isinstance(decorator, facts.Call) else decorator
    if any(isinstance(value, External) and value.name in apis.KEEPS_PARAMETERS for value in evaluate(maker, site)):
        return own
    found = evaluate(decorator, site)
    return _wrapped(own, found[0].scope) if len(found) == 1 and isinstance(found[0], Function) else None


def _wrapped(own: Slots, decorator: Scope) -> Slots | None:
    """Return what that takes which a decorator of the project makes of a function."""
    if decorator.is_async or decorator.is_generator or not decorator.parameters:
        return None
    wrappers = [child for child in decorator.children.values() if child.kind is ScopeKind.FUNCTION]
    returned = [step.event.term for step in decorator.steps if isinstance(step.event, facts.Return)]
    if len(returned) != 1 or len(wrappers) > 1:
        return None
    if _plain_name(returned[0]) == decorator.parameters[0].name:
        return own
    if not wrappers or _plain_name(returned[0]) != wrappers[0].name:
        return None
    wrapper = wrappers[0]
    if any(not _is_wraps(each) for each in (wrapper.facts.decorators if wrapper.facts else ())):
        return None
    if not any(parameter.stars for parameter in wrapper.parameters):
        return tuple(map(_slot, wrapper.parameters))
    return own if any(_hands_on(step.event, wrapper, decorator.parameters[0].name) for step in wrapper.steps) else None


def _plain_name(term: facts.Term | None) -> str:
    """Return the name that a term is, if it is a plain one."""
    return term.id if isinstance(term, facts.Name) else ""


def _is_wraps(decorator: facts.Term) -> bool:
    return last_name(decorator.function if isinstance(decorator, facts.Call) else decorator) == "wraps"


def _hands_on(event: facts.Event, wrapper: Scope, wrapped: str) -> bool:
    """Whether an event is a call of what a wrapper wraps, with all that the wrapper is given as it is."""
    if not isinstance(event, facts.Invoke) or _plain_name(event.call.function) != wrapped:
        return False
    passed = [(_plain_name(each.value), each.stars) for each in event.call.arguments]
    return passed == [(parameter.name, parameter.stars) for parameter in wrapper.parameters]


# --- classes, partials, builtins -----------------------------------------------------------------------------


def _of_class(cls: Scope) -> Slots | None:
    """Return the parameters of the `__init__`, or else the `__new__`, that calling a class calls; or its fields."""
    for base in lineage(cls):
        if base.facts is None or any(passed.keyword for passed in base.facts.bases):
            return None
        made = [value for name in ("__init__", "__new__") for value in _methods(base, name)]
        if made:
            return _without_first(parameters(made[0])) if len(made) == 1 else None
        if any(not isinstance(value, Class) and value not in _PLAIN for value in bases(base)):
            return None
        if base.parameters:
            return tuple(map(_slot, base.parameters))
        if base.facts.decorators:
            return None
    return ()


_PLAIN = frozenset(map(External, ("builtins.object", "abc.ABC", *apis.RECORDS)))
"""Bases that take nothing for themselves."""


def _methods(cls: Scope, name: str) -> Iterator[Value]:
    for step in cls.bindings.get(name, ()):
        source = step.event.source if isinstance(step.event, facts.Bind) else None
        yield Function(cls.children[id(source.scope)]) if isinstance(source, facts.Defined) else Value()


def _without_first(slots: Slots | None) -> Slots | None:
    """Return the parameters of a method without that of its receiver."""
    if not slots:
        return None
    return slots[1:] if slots[0].kind in _PLACED else slots


def _left(slots: Slots, passed: tuple[facts.Argument, ...]) -> Slots | None:
    """Return the parameters that a partial leaves: what it gives by name can be given by name alone, or again."""
    if any(each.stars for each in passed):
        return None
    names = {each.keyword for each in passed if each.keyword}
    given = Given(len(passed) - len(names), frozenset(names))
    failure = mismatch(slots, given)
    if failure is not None and not failure.lacking:
        return None
    placed = [each for each in slots if each.kind in _PLACED][: given.count]
    found: list[Slot] = []
    for each in slots:
        is_behind = any(one.kind is Slot.KEYWORD_ONLY and one.name in names for one in found)
        if each in placed or (is_behind and each.kind is Slot.VAR_POSITIONAL):
            continue
        is_by_name = each.kind in _PLACED and (is_behind or each.name in names)
        kind = Slot.KEYWORD_ONLY if is_by_name else each.kind
        found.append(each.replace(kind=kind, default=_OPTIONAL if each.name in names else each.default))
    return tuple(found)


_MODULES = {module.__name__: vars(module) for module in (builtins, math, operator)}


def _of_builtin(name: str) -> Slots | None:
    module, _, attribute = name.rpartition(".")
    function = _MODULES.get(module, {}).get(attribute)
    if not inspect.isbuiltin(function):
        return None
    try:
        return tuple(inspect.signature(function).parameters.values())
    except ValueError:  # some of them do not tell
        return None
