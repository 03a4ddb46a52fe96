"""What is found by the name that pickle writes for a function or a class.

pickle sends these by module and qualified name. It refuses to write a name under which it does not find the same
object. Methods it sends as an object and the name of an attribute, which nobody looks up but the worker.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.model.flow import bases, bound, evaluate, is_renamed, lineage, resolve, stores
from spawnsafe.model.memory import Values
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.pickling.instances import held
from spawnsafe.model.pickling.pickles import has_unseen_names, reduces
from spawnsafe.model.sends import Send
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    Function,
    Instance,
    Items,
    Literal,
    MadeClass,
    MadeInstance,
    Method,
    Parameter,
    Partial,
    Value,
)

_KNOWN = (Class, Function, Instance, Items, Literal, MadeClass, MadeInstance, Partial)
"""What is surely another object than one that it is not equal to."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """`sought` is written as `name` of `module`, under which there is `found`; nothing, if that is empty.

    `attribute` is that of a sent instance in which `sought` is.
    """

    sought: Function | Class | MadeClass
    module: Module
    name: str
    found: Values
    attribute: str = ""

    @property
    def fails(self) -> bool:
        """Whether what is found surely is nothing or another object."""
        return self.sought not in self.found and all(isinstance(value, _KNOWN) for value in self.found)

    @property
    def replaced(self) -> bool:
        """Whether what is found is what decorators made of what is sought, or a call with it as argument."""
        return isinstance(self.sought, Function | Class) and any(
            isinstance(value, Function | Instance) and _is_made_of(value, self.sought) for value in self.found
        )


def failed_lookup(send: Send) -> Lookup | None:
    """Return the first lookup of a name that fails when a send is pickled, None if none surely does."""
    return next((lookup for lookup in _lookups(send) if lookup.fails), None)


def _lookups(send: Send) -> Iterator[Lookup]:
    value = send.value
    match value:
        case Function():
            yield from _of_function(value, send)
        case Class(scope=scope) if not scope.is_local:
            yield Lookup(value, scope.module, scope.qualname, looked_up(scope, send.site))
        case (Instance() as instance) | Method(receiver=Instance() as instance):
            yield from _of_instance(instance, send)
        case MadeClass() | MadeInstance():
            yield from _of_made_class(value.cls if isinstance(value, MadeInstance) else value, send)


def _of_function(function: Function, send: Send, attribute: str = "") -> Iterator[Lookup]:
    scope = function.scope
    if not scope.is_local and not function.is_lambda and not is_renamed(scope):
        yield Lookup(function, scope.module, scope.qualname, looked_up(scope, send.site), attribute)


def _of_instance(instance: Instance, send: Send) -> Iterator[Lookup]:
    cls = instance.cls
    if cls.is_local or reduces(cls, send.site) is not False:
        return
    yield Lookup(Class(cls), cls.module, cls.qualname, looked_up(cls, send.site))
    for attribute in held(instance, send.site):
        for value in attribute.values if len(attribute.values) == 1 else ():
            if isinstance(value, Function):
                yield from _of_function(value, send, attribute.name)


def held_definitions(send: Send) -> Iterator[Scope]:
    """Yield the functions and classes that a worker looks up by name to load what a sent instance holds."""
    match send.value:
        case (Instance() as instance) | Method(receiver=Instance() as instance) if not instance.cls.is_local:
            if reduces(instance.cls, send.site) is False:
                for attribute in held(instance, send.site):
                    values = [value for value in attribute.values if not isinstance(value, Parameter)]
                    if len(values) == 1 and isinstance(values[0], (Function, Class)):
                        yield values[0].scope


def _of_made_class(cls: MadeClass, send: Send) -> Iterator[Lookup]:
    module = cls.site.scope.module
    if not has_unseen_names(module):
        yield Lookup(cls, module, cls.name, _global(module, cls.name, send.site))


def looked_up(scope: Scope, at: Site) -> Values:
    """Return what the qualified name of a function or class means that is not local, as far as `at` can tell.

    A private name of a class means nothing outside of it.
    """
    owner = scope.owner
    if owner is None or owner.is_module or scope.name in owner.declared_global:
        return _global(scope.module, scope.name, at)
    return () if is_private(scope) else _values(owner.reaching(scope.name, owner.end))


def is_private(scope: Scope) -> bool:
    """Whether a definition in a class has a name that Python changes there: `__work` to `_Job__work`."""
    in_class = scope.owner is not None and scope.owner.is_class
    return in_class and scope.name.startswith("__") and not scope.name.endswith("__")


def _global(module: Module, name: str, at: Site) -> Values:
    return _values(resolve(name, at if at.scope is module.scope else module.scope.end) or [])


def _values(steps: list[Step]) -> Values:
    """Return what bindings bind a name to; nothing for `del`."""
    return tuple(dict.fromkeys(value for step in steps if not step.is_deletion for value in bound(step)))


# --- methods -----------------------------------------------------------------------------------------------


def lost_method(send: Send) -> Method | None:
    """Return the method that a send sends, if a worker surely finds nothing under its name in its object."""
    match send.value:
        case Method(function=function, receiver=Instance(cls=cls) | Class(scope=cls)) as method:
            is_other = cls.is_local or function.is_lambda or is_renamed(function.scope)
            return None if is_other or _has(cls, function.scope) else method
        case _:
            return None


def _has(cls: Scope, function: Scope) -> bool:
    """Whether instances of a class may have something under the name of a function."""
    family = [*lineage(cls), *cls.module.heirs(cls)]
    if any("__getattr__" in owner.bindings or ANYTHING in bases(owner) for owner in family):
        return True
    if is_private(function):
        return False
    return any(function.name in owner.bindings or function.name in stores(owner) for owner in family)


# --- what decorators make ----------------------------------------------------------------------------------


def _is_made_of(value: Function | Instance, sought: Function | Class) -> bool:
    """Whether the calls that made a value were given what is sought."""
    seen: set[Value] = set()
    current: Value = value
    while isinstance(current, Function | Instance) and current not in seen:
        if current == sought:
            return True
        seen.add(current)
        given = _given(current)
        if sought in given:
            return True
        current = given[0] if len(given) == 1 else ANYTHING
    return False


def _given(value: Function | Instance) -> Values:
    """Return the function or class that was passed to the call that made a value."""
    if value.call is None or value.site is None or not value.call.arguments:
        return ()
    passed = evaluate(value.call.arguments[0].value, value.site)
    return tuple(each for each in passed if isinstance(each, Function | Class))


def undecorated(function: Function) -> Function | None:
    """Return what decorators, or calls of such, made a function of; None if none did."""
    seen: set[Function] = set()
    while function.call is not None and function not in seen:
        seen.add(function)
        match _given(function):
            case (Function() as inner,):
                function = inner
            case _:
                return None
    return function if seen and function.call is None else None


def stands_for(value: Value) -> Scope | None:
    """Return the definition whose name a function should bear that a decorator made.

    By it a worker finds the function, or it comes to where it can be found. None if no decorator made it.
    """
    if not isinstance(value, Function) or not value.scope.is_local or is_renamed(value.scope):
        return None
    origin = undecorated(value)
    if origin is None:
        return None
    if origin.scope.is_local:
        is_made = value.call in origin.scope.decorations and value.scope is not origin.scope
        return origin.scope if is_made else None
    return origin.scope if value in looked_up(origin.scope, origin.scope.module.scope.end) else None


def nameless(function: Function) -> Iterator[Scope]:
    """Yield the functions that decorators put around another one without giving them its name, the outermost first."""
    seen: set[Function] = set()
    while function.call is not None and function not in seen:
        if function.scope.is_local and all(function.scope is not each.scope for each in seen):
            yield function.scope
        seen.add(function)
        match _given(function):
            case (Function() as inner,):
                function = inner
            case _:
                return
