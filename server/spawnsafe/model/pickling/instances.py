"""What an instance of a project's class holds at the moment when it is sent.

Only what surely ran counts: its constructor, the methods that this calls, those that are called before the send, the
properties that are read before, and what the sending function itself assigns before. What a worker sets later, in the
method that it runs, does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from spawnsafe.model import apis
from spawnsafe.model.flow import (
    argument,
    elements,
    evaluate,
    field_of,
    follow,
    lineage,
    method_kind,
    passed_terms,
    sourced,
)
from spawnsafe.model.lifecycle.pools import outer_site
from spawnsafe.model.memory import Values
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import callees, calls_to, inflow
from spawnsafe.model.terms import evaluated
from spawnsafe.model.values import (
    ANYTHING,
    Instance,
    Items,
    Many,
    Method,
    Parameter,
    Value,
    Workers,
)
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Flow


@dataclass(frozen=True, slots=True)
class Held:
    """An attribute of an instance: what it can be, and the step that sets it in the code of a class (or around it)."""

    name: str
    cls: Scope
    step: Step
    values: Values


def held(instance: Instance, at: Site) -> Iterator[Held]:
    """Yield what an instance holds when a step at `at` sends it."""
    at = outer_site(at)
    kept: dict[str, list[Held]] = {}
    for attribute in _fields(instance):
        kept.setdefault(attribute.name, []).append(attribute)
    stages = list(_stages(instance, at))
    for stage in stages:
        for name, found in _set_in(instance, stage, at).items():
            if any(each.step.is_unconditional(at) for each in found):
                kept[name] = found
            else:
                kept.setdefault(name, []).extend(found)
    ran = {scope for stage in stages for scope in stage}
    for attributes in kept.values():
        yield from attributes
        yield from _put_into(attributes[0], instance, ran, at)


def set_on(process: Workers, at: Site) -> Iterator[Held]:
    """Yield the attributes that the scope of a site sets on a process before it starts it there."""
    for step in at.scope.steps[: at.order]:
        event = step.event
        if isinstance(event, facts.Store) and isinstance(event.target, facts.Attribute):
            owners = evaluate(event.target.value, step.site) if isinstance(event.target.value, facts.Name) else ()
            if any(isinstance(owner, Workers) and owner.call is process.call for owner in owners):
                yield Held(event.target.name, at.scope, step, sourced(event.source, step.site))


# --- which code has run ------------------------------------------------------------------------------------


def _stages(instance: Instance, at: Site) -> Iterator[list[Scope]]:
    """Yield the scopes that have set attributes, as far as they surely ran, the earliest first.

    The last is the scope of the send; of it only what stands before the send counts.
    """
    constructors = _constructors(instance)
    yield _called_from(constructors, instance.cls)
    for given_by in instance.given_by:
        yield _called_from([given_by], instance.cls)
    if instance.is_self:
        own = at.function
        if own is not None and own not in constructors:
            yield _called_from(list(_called_before(own)), instance.cls)
            yield _called_from(list(_methods_called(own, at)), instance.cls)
    else:
        yield _called_from(list(_methods_called_on(instance, at)), instance.cls)
    yield _called_from(list(_properties_read(instance, at)), instance.cls)
    yield [at.scope]


def _constructors(instance: Instance) -> list[Scope]:
    """Return the methods that the making of an instance runs, and a `with` that makes it."""
    names = ["__init__", "__post_init__"]
    if instance.site is not None and any(
        region.subject is instance.call for region in instance.site.scope.regions if region.subject is not None
    ):
        names.append("__enter__")
    classes = lineage(instance.cls)
    found = (_method(classes, name) for name in names)
    return [scope for scope in found if scope is not None]


def _method(classes: list[Scope], name: str) -> Scope | None:
    """Return the method of that name that the first of several classes has."""
    methods = (child for cls in classes for child in cls.children.values() if child.name == name and child.is_function)
    return next(methods, None)


def _called_by_super(call: facts.Call, scope: Scope, cls: Scope) -> Scope | None:
    """Return the method that `super().name()` runs in a method of a class, or of a base of it."""
    match call.function:
        case facts.Attribute(value=facts.Call(function=facts.Name(id="super")), name=name):
            classes = lineage(cls)
            owner = scope.owner
            return _method(classes[classes.index(owner) + 1 :], name) if owner in classes else None
        case _:
            return None


def _called_from(scopes: list[Scope], cls: Scope) -> list[Scope]:
    """Return functions and the methods that they call, the innermost first."""
    found: list[Scope] = []
    pending = list(scopes)
    while pending and len(found) < _MOST:
        scope = pending.pop()
        if scope in found:
            continue
        found.append(scope)
        for step in scope.steps:
            if isinstance(step.event, facts.Invoke) and isinstance(step.event.call.function, facts.Attribute):
                inherited = _called_by_super(step.event.call, scope, cls)
                if inherited is not None:
                    pending.append(inherited)
                    continue
                pending.extend(
                    callee
                    for callee, offset in callees(step.event.call, step.site)
                    if offset and callee.owner is not None and callee.owner.is_class
                )
    return found[::-1]


_MOST = 24


def _methods_called(own: Scope, at: Site) -> Iterator[Scope]:
    """Yield the methods that a method calls on its own instance before a site in it."""
    for step in own.steps:
        if step.order < at.order and isinstance(step.event, facts.Invoke) and at.scope is own:
            for callee, offset in callees(step.event.call, step.site):
                if offset and callee.owner is not None and callee.owner.is_class and callee is not own:
                    yield callee


def _methods_called_on(instance: Instance, at: Site) -> Iterator[Scope]:
    """Yield the methods that the scope of a site surely calls on an instance before."""
    for step in at.scope.steps[: at.order]:
        match step.event:
            case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner)) as call):
                if step.is_unconditional(at) and evaluate(owner, step.site) == (instance,):
                    yield from (callee for callee, offset in callees(call, step.site) if offset)


def _properties_read(instance: Instance, at: Site) -> Iterator[Scope]:
    """Yield the properties of an instance that the scope of a site surely reads before it sends the instance."""
    classes = lineage(instance.cls)
    for step in at.scope.steps[: at.order + 1]:
        for term in evaluated(step.event) if step.is_unconditional(at) else ():
            if isinstance(term, facts.Attribute) and _means(term.value, step, instance):
                found = _method(classes, term.name)
                if found is not None and method_kind(found) == "property":
                    yield found


def _called_before(own: Scope) -> Iterator[Scope]:
    """Yield the methods called on the same variable before a method is, where that is called."""
    for call in calls_to(own):
        function = call.call.function
        if not isinstance(function, facts.Attribute) or not isinstance(function.value, facts.Name):
            continue
        for step in call.site.scope.steps[: call.site.order]:
            match step.event:
                case facts.Invoke(call=facts.Call(function=facts.Attribute(value=facts.Name(id=name)) as other)) if (
                    name == function.value.id
                ):
                    for value in evaluate(other, step.site):
                        if isinstance(value, Method):
                            yield value.function.scope


# --- what it has set ---------------------------------------------------------------------------------------


def _set_in(instance: Instance, scopes: list[Scope], at: Site) -> dict[str, list[Held]]:
    """Return what scopes assign to attributes of an instance, without what they surely replace."""
    found: dict[str, list[Held]] = {}
    for scope in scopes:
        for step in scope.steps:
            event = step.event
            if scope is at.scope and step.order >= at.order:
                break
            if not isinstance(event, facts.Store) or not isinstance(event.target, facts.Attribute):
                continue
            if not _means(event.target.value, step, instance):
                continue
            name = event.target.name
            values = _given(sourced(event.source, step.site), instance)
            attribute = Held(name, instance.cls if not _is_method(scope) else scope.owner or instance.cls, step, values)
            if step.is_unconditional(at):
                found[name] = [attribute]
            else:
                found.setdefault(name, []).append(attribute)
    return found


def _is_method(scope: Scope) -> bool:
    return scope.owner is not None and scope.owner.is_class


def _means(owner: facts.Term, step: Step, instance: Instance) -> bool:
    """Whether a term at a step stands for an instance."""
    if not isinstance(owner, facts.Name):
        return False
    for value in evaluate(owner, step.site):
        if isinstance(value, Instance) and (value == instance or (value.is_self and _is_kin(value.cls, instance.cls))):
            return True
        if isinstance(value, Workers) and value.cls is instance.cls:
            return True
    return False


def _is_kin(one: Scope, other: Scope) -> bool:
    return one in lineage(other) or other in lineage(one)


def _given(values: Values, instance: Instance) -> Values:
    """Return values with what the making of an instance passes in the place of its constructor's parameters."""
    found: list[Value] = []
    for value in values:
        if not isinstance(value, Parameter):
            found.append(value)
        elif instance.call is not None and instance.site is not None and value.scope.name == "__init__":
            term = argument(instance.call, value.scope, value.index, 1)
            passed = follow(evaluate(term, instance.site), value.path) if term is not None else ()
            found.extend(inflow(tuple(passed)))
        elif instance.is_self or instance.call is None:
            found.extend(inflow((value,)))
        else:
            found.extend(_passed_to(value, instance))
    return tuple(dict.fromkeys(found))


def _passed_to(parameter: Parameter, instance: Instance) -> Iterator[Value]:
    """Yield what is passed in the place of a parameter, except by calls on other instances than one."""
    yield parameter
    for call in calls_to(parameter.scope):
        function = call.call.function
        owners = evaluate(function.value, call.site) if isinstance(function, facts.Attribute) else ()
        if not owners or not all(isinstance(each, Instance) and _is_another(each, instance) for each in owners):
            for term in passed_terms(call.call, parameter, call.site, call.offset):
                yield from follow(evaluate(term, call.site), parameter.path)


def _is_another(one: Instance, other: Instance) -> bool:
    return one.call is not None and one.call is not other.call


# --- fields and containers ---------------------------------------------------------------------------------


def _fields(instance: Instance) -> Iterator[Held]:
    """Yield the fields of a dataclass, with what the making of the instance passes or what stands in the class."""
    for field in instance.cls.module.fields(instance.cls):
        name, step = field.parameter.name, field.step
        if field.is_kept:
            yield Held(name, step.scope, step, field_of(instance, name) or (ANYTHING,))


def _put_into(attribute: Held, instance: Instance, ran: set[Scope], at: Site) -> Iterator[Held]:
    """Yield what is put item by item into the container that an attribute is, by code that ran before the send."""
    for step, owner, term in instance.cls.module.put.get(f".{attribute.name}", ()):
        if step.scope not in ran or not isinstance(owner, facts.Attribute):
            continue
        if step.scope is at.scope and step.order >= at.order and not _in_one_loop(step, at):
            continue
        if _means(owner.value, step, instance):
            values = _given(evaluate(term, step.site), instance)
            yield replace(attribute, step=step, values=(Many(values),))


def _in_one_loop(step: Step, at: Site) -> bool:
    around = set(step.scope.enclosing(step.region)) & set(at.scope.enclosing(at.region))
    return any(step.scope.regions[index].flow is Flow.LOOP for index in around)


# --- what is left out --------------------------------------------------------------------------------------


def omitted(cls: Scope) -> frozenset[str] | None:
    """Return the attributes that `__getstate__` leaves out of a copy of `__dict__`.

    None if it does anything else, or if a class says in another way what its instances pickle as.
    """
    for base in lineage(cls):
        if any(
            name in base.bindings for name in ("__reduce__", "__reduce_ex__", "__getnewargs__", "__getnewargs_ex__")
        ):
            return None
        if "__getstate__" in base.bindings:
            scopes = [child for child in base.children.values() if child.name == "__getstate__"]
            return _left_out(scopes[0]) if len(scopes) == 1 else None
    return None


def _left_out(getstate: Scope) -> frozenset[str] | None:
    """Return what a `__getstate__` leaves out that copies `__dict__`, drops or replaces items and returns the copy."""
    if any(step.scope.regions[step.region].flow is not Flow.BODY for step in getstate.steps) or not getstate.parameters:
        return None
    dropped: set[str] = set()
    copy, receiver = "", getstate.parameters[0].name
    for step in getstate.steps:
        match step.event:
            case facts.Bind(name=name, source=facts.Assigned(term=term)) if not copy and _copies(term, receiver):
                copy = name
            case facts.Store(
                target=facts.Subscript(value=facts.Name(id=name), index=facts.Constant(value=str(key)))
            ) if name == copy:
                dropped.add(key)
            case facts.Invoke(
                call=facts.Call(
                    function=facts.Attribute(value=facts.Name(id=name), name="pop"),
                    arguments=(facts.Argument(value=facts.Constant(value=str(key))), *_),
                )
            ) if name == copy:
                dropped.add(key)
            case facts.Return(term=facts.Name(id=name)) if name == copy:
                return frozenset(dropped)
            case facts.Return(term=term) if term is not None and not copy and _copies(term, receiver):
                return frozenset()
            case facts.Invoke(call=call) if _copies(call, receiver):
                pass
            case facts.Bind(source=facts.Given()) | facts.Evaluate():
                pass
            case _:
                return None
    return None


def _copies(term: facts.Term, receiver: str) -> bool:
    """Whether a term is `self.__dict__`, `vars(self)` or a plain copy of it."""
    match term:
        case facts.Attribute(value=facts.Name(id=name), name="__dict__"):
            return name == receiver
        case facts.Call(function=facts.Attribute(value=owner, name="copy"), arguments=()):
            return _copies(owner, receiver)
        case facts.Call(function=facts.Name(id="dict"), arguments=(facts.Argument(value=owner),)):
            return _copies(owner, receiver)
        case facts.Call(function=facts.Name(id="vars"), arguments=(facts.Argument(value=facts.Name(id=name)),)):
            return name == receiver
        case _:
            return False


# --- started processes -------------------------------------------------------------------------------------


def started_processes(instance: Instance, at: Site) -> Held | None:
    """Return the attribute in which an instance keeps processes, of which all but the first start with one started.

    `at` is where one of them is made: in a loop or comprehension, in a method of the instance.
    """
    own = at.function
    if own is None or not instance.is_self:
        return None
    for step in own.steps:
        event = step.event
        if isinstance(event, facts.Store) and isinstance(event.target, facts.Attribute):
            values = sourced(event.source, step.site) if _means(event.target.value, step, instance) else ()
            comprehended = [value for value in values if isinstance(value, Items) and value.site.scope is at.scope]
            if comprehended and _are_processes(elements(tuple(comprehended))):
                return Held(event.target.name, own.owner or instance.cls, step, values)
    for name, puts in own.module.put.items():
        for step, owner, term in puts if name.startswith(".") else ():
            if step.scope is own is at.scope and isinstance(owner, facts.Attribute) and _in_one_loop(step, at):
                values = evaluate(term, step.site)
                if _are_processes(values) and _means(owner.value, step, instance):
                    return Held(owner.name, own.owner or instance.cls, step, values)
    return None


def _are_processes(values: Values) -> bool:
    return any(isinstance(value, Workers) and value.maker is apis.PROCESS for value in values)
