"""Functions and classes: what decorators make of them, what they return, from whom they inherit."""

from collections.abc import Iterable, Iterator

from spawnsafe.model import apis
from spawnsafe.model.flow.arguments import slot
from spawnsafe.model.flow.core import elements, evaluate, member
from spawnsafe.model.memory import UNKNOWN, Values, distinct
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import (
    Class,
    External,
    Function,
    Instance,
    Literal,
    MakerClass,
    Parameter,
    Product,
    Value,
    Workers,
)
from spawnsafe.syntax import facts

_MOST = 20
"""No class has more bases than these."""


def decorated_definition(scope: Scope, site: Site) -> Values:
    """Return what a definition binds its name to, after its decorators."""
    return decorated(scope, site, scope.facts.decorators if scope.facts else ())


def decorated(scope: Scope, site: Site, decorators: tuple[facts.Term, ...]) -> Values:
    """Return what the innermost of its decorators, as many as are given, make of a definition."""
    if decorators:
        return evaluate(scope.decorations[len(decorators) - 1], site)
    return (Class(scope),) if scope.is_class else (Function(scope),)


def keeps_name(decorator: Scope) -> bool:
    """Whether a decorator gives something the name of its argument, by `functools.wraps` or `update_wrapper`."""
    return any(
        isinstance(value, Parameter) and value.scope is decorator
        for scope in decorator.walk()
        if not scope.mentions.isdisjoint(_NAMING)
        for step in scope.steps
        if isinstance(step.event, facts.Invoke) and (named := naming_of(step.event.call)) is not None
        for value in evaluate(named, step.site)
    )


def keeps_name_outside(decorator: External | Product, plain: Values) -> bool:
    """Whether a decorator from outside the project is known to keep the name of what it decorates."""
    if decorator.name in apis.KEEPS_NAME:
        return True
    module = next((value.scope.module for value in plain if isinstance(value, (Function, Class))), None)
    found = module.project.outside(decorator.name) if module is not None else None
    if isinstance(found, Class) and isinstance(decorator, Product):
        called = member(found, "__call__")
        return all(isinstance(value, Function) and _gives_name(value.scope) for value in called)
    return isinstance(found, Function) and _gives_name(found.scope)


def _gives_name(decorator: Scope, seen: frozenset[Scope] = frozenset()) -> bool:
    """Whether a decorator, or what makes one, gives back what it decorates, or something that takes its name."""
    if any(keeps_name(inner) for inner in decorator.walk() if inner.is_function):
        return True
    seen |= {decorator}
    return all(
        value.scope is decorator
        if isinstance(value, Parameter)
        else isinstance(value, Function) and value.scope not in seen and _gives_name(value.scope, seen)
        for value in returned(decorator)
    )


_NAMING = frozenset({"wraps", ".wraps", "update_wrapper", ".update_wrapper"})


def naming_of(call: facts.Call) -> facts.Term | None:
    """Return whose name a call of `wraps` or `update_wrapper` gives to something; None for other calls."""
    match last_name(call.function):
        case "wraps":
            return slot(call, apis.Slot(("wrapped",), 0))
        case "update_wrapper":
            return slot(call, apis.Slot(("wrapped",), 1))
        case _:
            return None


def is_renamed(function: Scope) -> bool:
    """Whether the program gives a function another `__qualname__`, by which a worker may find it."""
    return function in function.module.renamed


def renamed(scopes: Iterable[Scope]) -> Iterator[Scope]:
    """Yield the functions to whose `__qualname__` a step of these scopes assigns."""
    for scope in scopes:
        for step in scope.steps if ".__qualname__=" in scope.mentions else ():
            event = step.event
            if not isinstance(event, facts.Store) or not isinstance(event.target, facts.Attribute):
                continue
            if event.target.name == "__qualname__":
                for value in evaluate(event.target.value, step.site):
                    if isinstance(value, Function):
                        yield value.scope


def method_kind(scope: Scope) -> str:
    """Return how a function in a class is bound: instance, class, static, property or other."""
    kinds = {
        "staticmethod": "static",
        "classmethod": "class",
        "property": "property",
        "cached_property": "property",
    }
    decorators = scope.facts.decorators if scope.facts else ()
    for decorator in decorators:
        if last_name(decorator) in kinds:
            return kinds[last_name(decorator)]
    if scope.name in ("__new__", "__init_subclass__", "__class_getitem__"):
        return "class"
    return "instance"


def returned(scope: Scope) -> Values:
    """Return what a call of a function gives, in terms of its parameters."""
    if scope.facts is not None and (scope.facts.is_generator or scope.facts.is_async):
        return UNKNOWN
    return results_of(scope, facts.Return)


def yielded(scope: Scope, seen: frozenset[Value] = frozenset()) -> Values:
    """Return what a generator function yields; it can yield from itself, by one of the generators `seen`."""
    return results_of(scope, facts.Yield, seen)


def results_of(
    scope: Scope, kind: type[facts.Return] | type[facts.Yield], seen: frozenset[Value] = frozenset()
) -> Values:
    """Return what the `return` or `yield` statements of a function give."""
    found: list[Value] = []
    for step in scope.steps:
        event = step.event
        if isinstance(event, kind) and event.term is not None:
            values = evaluate(event.term, step.site)
            found.extend(elements(values, seen) if isinstance(event, facts.Yield) and event.delegated else values)
    return distinct(found) or (Literal(None),)


def lineage(cls: Scope) -> list[Scope]:
    """Return a class and those of its bases that are the project's, nearest first."""
    found = cls.module.memory.answer(cls, lambda: map(Class, _lineage(cls)))
    return [value.scope for value in found if isinstance(value, Class)] or [cls]


def _lineage(cls: Scope) -> list[Scope]:
    found: list[Scope] = []
    pending = [cls]
    while pending and len(found) < _MOST:
        scope = pending.pop(0)
        if scope in found:
            continue
        found.append(scope)
        pending.extend(value.scope for value in bases(scope) if isinstance(value, Class))
    return found


def bases(cls: Scope) -> Values:
    """Return what the bases of a class are."""
    if cls.facts is None or cls.site is None:
        return ()
    site = cls.site
    return distinct(
        value
        for base in cls.facts.bases
        if base.keyword is None
        for value in (evaluate(base.value, site) if not base.stars else UNKNOWN)
    )


def stores(cls: Scope) -> dict[str, list[tuple[Step, facts.Source]]]:
    """Return what the methods of a class assign to attributes of their first parameter, by attribute."""
    known = cls.module.stores.get(cls)
    if known is not None:
        return known
    found: dict[str, list[tuple[Step, facts.Source]]] = {}
    for method in cls.children.values():
        if not method.is_function or not method.parameters:
            continue
        receiver = method.parameters[0].name
        for scope in method.walk():
            for step in scope.steps:
                event = step.event
                if (
                    isinstance(event, facts.Store)
                    and isinstance(event.target, facts.Attribute)
                    and isinstance(event.target.value, facts.Name)
                    and event.target.value.id == receiver
                ):
                    found.setdefault(event.target.name, []).append((step, event.source))
    cls.module.stores[cls] = found
    return found


def is_inside(scope: Scope, outer: Scope) -> bool:
    """Whether a scope is in another."""
    around = scope.parent
    while around is not None and around is not outer:
        around = around.parent
    return around is outer


def made_of(cls: Scope, term: facts.Call | None, site: Site) -> Value:
    """Return an instance of a class; of a subclass of a maker, workers."""
    for base in lineage(cls):
        for value in bases(base):
            if isinstance(value, MakerClass):
                return Workers(value.maker, value.methods, term, site if term else None, cls)
    return Instance(cls, call=term, site=site if term else None)
