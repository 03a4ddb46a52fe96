"""What attributes are: of modules, instances, classes and what comes from outside."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from spawnsafe.model import apis
from spawnsafe.model.flow.arguments import as_row, inside_parameter
from spawnsafe.model.flow.contexts import by_target
from spawnsafe.model.flow.core import bound, evaluate, member, where
from spawnsafe.model.flow.definitions import bases, lineage, method_kind, returned, stores
from spawnsafe.model.flow.fields import field_of
from spawnsafe.model.flow.variables import containers_put, external_named, member_of_module, sourced
from spawnsafe.model.memory import UNKNOWN, Values, distinct
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.values import (
    Class,
    Context,
    ContextMember,
    External,
    Function,
    Inherited,
    Instance,
    Loaded,
    MadeClass,
    MadeInstance,
    MakerClass,
    Method,
    Parameter,
    Product,
    ProjectModule,
    Row,
    Value,
    Workers,
    WorkersMethod,
)
from spawnsafe.syntax import facts


def member_of(owner: Value, name: str) -> Values:
    """Return what an attribute of a value can be."""
    match owner:
        case External(name=dotted):
            return tuple(external_named(f"{dotted}.{name}"))
        case Row(columns=columns, names=names) if name in names:
            return columns[names.index(name)]
        case Product(name=dotted) if dotted in apis.LOADERS:
            return (Loaded(owner, name),)
        case Loaded(origin=origin):
            return (Loaded(origin, f"{owner.name}.{name}"),)
        case Product(name="pathlib.Path") if name == "parent":
            return (owner,)
        case Product(name=dotted):
            return (External(f"{dotted}().{name}"),)
        case Parameter():
            return inside_parameter(owner, name)
        case Workers(maker=apis.MANAGER | apis.BARE_MANAGER, cls=None) if name not in owner.maker.starters:
            return (External(f"multiprocessing.Manager().{name}"),)
        case ProjectModule():
            return member_of_module(owner, name)
        case Context(methods=methods):
            if name in apis.CONTEXT_MEMBERS:
                return (MakerClass(apis.CONTEXT_MEMBERS[name], methods),)
            return (ContextMember(methods, name),)
        case Instance(cls=cls):
            return distinct(_instance_member(owner, cls, name)) or UNKNOWN
        case Workers(maker=maker) if name in maker.methods:
            return (WorkersMethod(owner, name),)
        case Workers(cls=Scope() as cls):
            return distinct(_instance_member(Instance(cls), cls, name)) or UNKNOWN
        case Class(scope=cls):
            return distinct(_member_of_class(owner, cls, name)) or UNKNOWN
        case Inherited(cls=cls):
            for base in lineage(cls)[1:]:
                if name in base.bindings:
                    return distinct(class_member(Instance(cls, is_self=True), base, name))
            return UNKNOWN
        case MadeClass(has_members=True):
            return (MadeInstance(owner),)
        case MadeInstance() if (row := as_row(owner)) is not None:
            return member(row, name)
        case Function(call=facts.Call()) if name == "__wrapped__":
            return _wrapped(owner)
        case Function() if name == "__call__":
            return (owner,)
        case _:
            return UNKNOWN


def _wrapped(function: Function) -> Values:
    """Return what a decorator that keeps the name made a function of."""
    if function.call is None or function.site is None or not function.call.arguments:
        return UNKNOWN
    inner = evaluate(function.call.arguments[0].value, function.site)
    return tuple(value for value in inner if isinstance(value, Function) and value.scope is function.scope) or UNKNOWN


def _instance_member(owner: Instance, cls: Scope, name: str) -> Iterator[Value]:
    heirs = cls.module.heirs(cls) if owner.is_self else []
    yield from _set_from_outside(owner, name)
    field = field_of(owner, name)
    if field is not None:
        yield from field
        for base in lineage(cls):
            yield from _put_into_attribute(base, name)
        return
    for base in [*lineage(cls), *heirs]:
        set_here = stores(base).get(name, ())
        yield from by_target((where(step), sourced(source, step.site)) for step, source in set_here)
        yield from _put_into_attribute(base, name) if set_here else ()
    yield from class_member(owner, cls, name)
    for heir in heirs:
        if name in heir.bindings:
            yield from class_member(owner, heir, name)


def _set_from_outside(owner: Instance, name: str) -> Iterator[Value]:
    """Yield what code beside the methods of a class assigns to an attribute of it or of its instances."""
    for step, target, source in owner.cls.module.set_attributes.get(name, ()):
        if any(_may_be(value, owner) for value in evaluate(target, step.site)):
            yield from sourced(source, step.site)


def _may_be(one: Value, other: Instance) -> bool:
    """Whether a value can be an instance, or is a class of it."""
    if isinstance(one, Class):
        return one.scope in lineage(other.cls)
    if not isinstance(one, Instance) or one.is_self:
        return False
    is_kin = one.cls in lineage(other.cls) or (other.is_self and other.cls in lineage(one.cls))
    return is_kin and (one.call is other.call or one.call is None or other.call is None)


def _put_into_attribute(cls: Scope, name: str) -> Iterator[Value]:
    """Yield what the methods of a class put into the container that an attribute of theirs is."""
    yield from containers_put(
        (step, term)
        for step, owner, term in cls.module.put.get(f".{name}", ())
        if isinstance(owner, facts.Attribute)
        and isinstance(owner.value, facts.Name)
        and any(
            isinstance(value, Instance) and value.cls in (cls, *lineage(cls))
            for value in evaluate(owner.value, step.site)
        )
    )


def _member_of_class(owner: Class, cls: Scope, name: str) -> Iterator[Value]:
    for base in lineage(cls):
        for step, source in stores(base).get(name, ()):
            method = step.scope
            while method.parent is not base and method.parent is not None:
                method = method.parent
            if method_kind(method) == "class":
                yield from sourced(source, step.site)
    yield from class_member(owner, cls, name)


def class_member(owner: Instance | Class, cls: Scope, name: str) -> Iterator[Value]:
    """Yield what an attribute of a class can be, bound to an instance or to the class."""
    for base in lineage(cls):
        if name not in base.bindings:
            continue
        is_enum = any(isinstance(value, External) and value.name in apis.ENUMS for value in bases(base))
        for step in base.reaching(name, base.end):
            if is_enum and isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Assigned):
                yield Instance(base)
                continue
            for value in bound(step):
                yield from _bind_method(owner, value, _kind(step))
        return


def _kind(step: Step) -> str | None:
    """Return how what a step binds in a class is bound as an attribute, None if nothing beside it tells."""
    match step.event:
        case facts.Bind(source=facts.Defined(scope=own)):
            return method_kind(step.scope.children[id(own)])
        case facts.Bind(source=facts.Assigned(term=facts.Call(function=facts.Name(id="staticmethod")))):
            return "static"
        case facts.Bind(source=facts.Assigned(term=facts.Call(function=facts.Name(id="classmethod")))):
            return "class"
        case _:
            return None


def _bind_method(owner: Instance | Class, value: Value, kind: str | None) -> Iterator[Value]:
    """Yield what a value in a class is as an attribute; `kind` is that of the decorated definition, if it is one."""
    if not isinstance(value, Function):
        yield value
        return
    kind = kind or method_kind(value.scope)
    if kind == "property":
        yield from returned(value.scope)
    elif kind == "class" and isinstance(owner, Instance):
        yield Method(value, Class(owner.cls))
    elif kind == "static" or (isinstance(owner, Class) and kind == "instance"):
        yield value
    else:
        yield Method(value, owner)


def entered_by(values: Values) -> Values:
    """Return what `with` gives its target for a context manager."""
    found: list[Value] = []
    for value in values:
        match value:
            case Instance(cls=cls):
                enter = next(iter(class_member(value, cls, "__enter__")), None)
                found.extend(for_self(returned(enter.function.scope), enter) if isinstance(enter, Method) else UNKNOWN)
            case _:
                found.append(value)
    return distinct(found)


def for_self(results: Iterable[Value], method: Method) -> Iterator[Value]:
    """Yield what a call of a method gives, with its receiver in the place of `self`."""
    receiver, scope = method.receiver, method.function.scope
    for value in results:
        match value, receiver:
            case Instance(cls=cls, is_self=True), Instance(cls=own, given_by=before) if cls in lineage(own):
                yield receiver if scope in before else replace(receiver, given_by=(*before, scope))
            case _:
                yield value
