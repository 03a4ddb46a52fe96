"""Names for definitions that move to module level."""

import builtins
import keyword
from collections.abc import Iterable, Iterator

from spawnsafe.edits.borrow import Travel, bound_name
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope
from spawnsafe.syntax import facts


def choose_names(module: Module, travels: Iterable[Travel], default: str) -> dict[Travel, str]:
    """Return a name for each definition that means nothing else where it is used, or anywhere in the file.

    `default` is for a lambda that its surroundings do not name.
    """
    chosen: dict[Travel, str] = {}
    for travel in travels:
        taken = set(chosen.values())
        candidates = [bound_name(travel.binding)] if travel.stays else _candidates(travel, default)
        chosen[travel] = next(name for name in candidates if name not in taken and _is_free(module, name, travel))
    return chosen


def is_free(module: Module, name: str, scopes: Iterable[Scope]) -> bool:
    """Whether a name can be given to something new in a file that is to be seen in some of its scopes."""
    if name in module.scope.bindings or any(scope.home(name) is not None for scope in scopes):
        return False
    return not any(
        scope.home(name) is None or name in scope.declared_global
        for scope in module.scopes
        if name in scope.declared_global or any(read.id == name for read, _ in scope.reads)
    )


def _candidates(travel: Travel, default: str) -> Iterator[str]:
    name = bound_name(travel.binding) or _name_from_context(travel.scope) or default
    yield name
    around = travel.scope.function
    while around is not None and not around.name.isidentifier():
        around = around.function
    if around is not None:
        yield _joined(around.name.strip("_"), name.lstrip("_"), is_class=travel.scope.is_class)
    number = 2
    while True:
        yield f"{name}_{number}"
        number += 1


def _joined(first: str, second: str, *, is_class: bool) -> str:
    if is_class:
        return "".join(word[:1].upper() + word[1:] for word in first.split("_")) + second
    return f"{first}_{second}"


def _is_free(module: Module, name: str, travel: Travel) -> bool:
    if keyword.iskeyword(name) or (travel.home is not module.scope and hasattr(builtins, name)):
        return False
    if travel.home is not module.scope and name in {
        *module.scope.bindings,
        *module.globals_bound_in_functions,
    }:
        return False
    if name in travel.variables or any(_shadows(name, use.scope, travel) for use in travel.uses):
        return False
    return not any(_reads_global(scope, name, travel) for scope in module.scopes)


def _shadows(name: str, scope: Scope | None, travel: Travel) -> bool:
    """Whether a name in a scope is something else than the module's, apart from what goes."""
    while scope is not None and not scope.is_module:
        if name in scope.bindings and scope is not travel.home:
            return True
        if name in scope.bindings and name != bound_name(travel.binding):
            return True
        scope = scope.parent
    return False


def _reads_global(scope: Scope, name: str, travel: Travel) -> bool:
    """Whether a name is read that is the module's or a builtin one."""
    if not any(read.id == name for read, _ in scope.reads):
        return False
    home = scope.home(name)
    return home is None or (home.is_module and home is not travel.home)


def _name_from_context(scope: Scope) -> str:
    """Return what a lambda is called where it stands: an attribute, a key, a parameter; empty if nothing."""
    around = scope.parent
    if around is None or scope.facts is None:
        return ""
    names = [*_names_in_events(around, scope.facts), *_names_of_defaults(around, scope.facts)]
    return next((name for name in names if name.isidentifier()), "")


def _names_in_events(around: Scope, own: facts.Scope) -> Iterator[str]:
    for step in around.steps:
        match step.event:
            case facts.Bind(name=name, source=facts.Assigned(term=term)):
                yield name if _is(term, own) else _key_of(term, own)
            case facts.Store(target=facts.Attribute(name=name), source=facts.Assigned(term=term)):
                yield name if _is(term, own) else _key_of(term, own)


def _names_of_defaults(around: Scope, own: facts.Scope) -> Iterator[str]:
    for function in around.children.values():
        for parameter in function.parameters:
            if parameter.default is not None and _is(parameter.default, own):
                yield parameter.name


def _is(term: facts.Term, own: facts.Scope) -> bool:
    return isinstance(term, facts.Lambda) and term.scope is own


def _key_of(term: facts.Term, own: facts.Scope) -> str:
    if isinstance(term, facts.Display) and term.kind == "dict":
        for key, item in zip(term.keys, term.items, strict=True):
            if _is(item, own) and isinstance(key, facts.Constant) and isinstance(key.value, str):
                return key.value
    return ""
