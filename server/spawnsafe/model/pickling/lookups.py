"""What `__getattr__` does while an instance is unpickled, when none of its attributes is set yet.

Before pickle sets the attributes it asks the new instance for `__setstate__`. A class without one is asked by
`__getattr__`. One that reads an attribute of the instance, itself or in a method that it calls, asks itself for that,
and so on without end; one that reads an item of `__dict__` raises `KeyError`, which pickle lets through.
"""

from dataclasses import dataclass

from spawnsafe.model.exceptions import catches
from spawnsafe.model.flow import bases, lineage, method_kind, stores
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.pickling.instances import held
from spawnsafe.model.pickling.pickles import reduces
from spawnsafe.model.terms import evaluated
from spawnsafe.model.values import Class, External, Instance, Method, Value
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow

_PLAIN = frozenset(External(name) for name in ("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"))


@dataclass(frozen=True, slots=True)
class Endless:
    """`lookup`, a `__getattr__`, reads the attribute `name` by `term` in `step`, and so asks itself for it.

    If it `raises` instead, since the item of `__dict__` is not there, it does when it is asked for the name `raises`.
    """

    lookup: Scope
    name: str
    step: Step
    term: facts.Term
    raises: str = ""

    @property
    def asked(self) -> str:
        """The name that `__getattr__` is given for the attribute, or for which it raises."""
        if self.raises:
            return self.raises
        if not self.name.startswith("__") or self.name.endswith("__") or self.lookup.owner is None:
            return self.name
        return f"_{self.lookup.owner.name.lstrip('_')}{self.name}"


def endless_within(value: Value, at: Site) -> Endless | None:
    """Return how unpickling an object that is sent at a site, or one that it holds, recurses without end."""
    return _endless_within(value, at, frozenset())


def _endless_within(value: Value, at: Site, seen: frozenset[Scope]) -> Endless | None:
    instance = value.receiver if isinstance(value, Method) else value
    if not isinstance(instance, Instance) or instance.cls in seen:
        return None
    found = endless_lookup(instance.cls)
    if found is not None or reduces(instance.cls, at) is not False:
        return found
    seen |= {instance.cls}
    inner = (each for attribute in held(instance, at) for each in attribute.values if len(attribute.values) == 1)
    return next((found for each in inner if (found := _endless_within(each, at, seen))), None)


def endless_lookup(cls: Scope) -> Endless | None:
    """Return how unpickling an instance of a class recurses without end, None if that is not known to happen."""
    line = lineage(cls)
    lookup = next((found for base in line for found in base.children.values() if found.name == "__getattr__"), None)
    if lookup is None or not lookup.is_function or lookup.facts is None or lookup.facts.decorators:
        return None
    if len(lookup.parameters) != len(("self", "name")) or reduces(cls, cls.end) is not False:
        return None
    if any(name in base.bindings for base in line for name in ("__setstate__", "__new__", "__getattribute__")):
        return None
    if not all(isinstance(base, Class) or base in _PLAIN for each in line for base in bases(each)):
        return None
    first = read = _first_read(lookup, "__setstate__", line)
    seen: set[str] = set()
    while read is not None and not read.raises and read.name not in seen:
        seen.add(read.name)
        read = _first_read(lookup, read.asked, line)
    return first if read is not None else None


def _first_read(lookup: Scope, asked: str, line: list[Scope]) -> Endless | None:
    """Return the first attribute that is not set yet which `__getattr__` surely reads when asked for a name."""
    return _read_in(_Asked(lookup, lookup.parameters[1].name, asked), lookup, line, frozenset())


@dataclass(frozen=True, slots=True)
class _Asked:
    """A method runs for a name that is asked for, which is its `parameter`; empty if it is not given the name."""

    scope: Scope
    parameter: str
    name: str


def _read_in(asked: _Asked, lookup: Scope, line: list[Scope], seen: frozenset[Scope]) -> Endless | None:
    """Return the first attribute that is not set yet which a method surely reads when it runs for a name."""
    receiver = asked.scope.parameters[0].name
    for step in asked.scope.steps:
        for term in evaluated(step.event):
            inner = _run_by(term, asked, line)
            if inner is not None and inner.scope not in seen:
                found = _read_in(inner, lookup, line, seen | {asked.scope})
            elif (key := _key_read(term, receiver)) and _is_unset(key, line):
                found = Endless(lookup, key, step, term, asked.name)
            elif (name := _name_read(term, receiver)) and _is_unset(name, line):
                found = Endless(lookup, name, step, term)
            else:
                continue
            if found is None:
                continue
            if catches(step.site, External(f"builtins.{'KeyError' if found.raises else 'RecursionError'}")):
                return None
            if _is_reached(step, asked):
                return found
    return None


def _run_by(term: facts.Term, asked: _Asked, line: list[Scope]) -> _Asked | None:
    """Return the method that a term calls on the receiver, or the property that it reads of it."""
    call = term if isinstance(term, facts.Call) else None
    match call.function if call else term:
        case facts.Attribute(value=facts.Name(id=owner), name=name) if owner == asked.scope.parameters[0].name:
            cls = next((base for base in line if name in base.bindings), None)
            method = next((each for each in cls.children.values() if each.name == name), None) if cls else None
        case _:
            return None
    if method is None or not method.is_function or not method.parameters or method.is_generator or method.is_async:
        return None
    if method_kind(method) != ("instance" if call else "property") or (
        call and method.facts and method.facts.decorators
    ):
        return None
    is_given = call is not None and any(
        isinstance(passed.value, facts.Name) and passed.value.id == asked.parameter for passed in call.arguments[:1]
    )
    parameter = method.parameters[1].name if is_given and len(method.parameters) > 1 else ""
    return _Asked(method, parameter, asked.name)


def _key_read(term: facts.Term, receiver: str) -> str | None:
    """Return the key under which a term looks into the `__dict__` of the receiver."""
    match term:
        case facts.Subscript(
            value=facts.Attribute(value=facts.Name(id=owner), name="__dict__"), index=facts.Constant(value=str(key))
        ) if owner == receiver:
            return key
        case facts.Subscript(
            value=facts.Call(function=facts.Name(id="vars"), arguments=(facts.Argument(value=facts.Name(id=owner)),)),
            index=facts.Constant(value=str(key)),
        ) if owner == receiver:
            return key
        case _:
            return None


def _name_read(term: facts.Term, receiver: str) -> str | None:
    """Return the attribute of the receiver that a term reads."""
    match term:
        case facts.Attribute(value=facts.Name(id=owner), name=name) if owner == receiver:
            return name
        case facts.Call(
            function=facts.Name(id="getattr" | "hasattr"),
            arguments=(
                facts.Argument(value=facts.Name(id=owner)),
                facts.Argument(value=facts.Constant(value=str(name))),
                *_,
            ),
        ) if owner == receiver:
            return name
        case _:
            return None


def _is_unset(name: str, line: list[Scope]) -> bool:
    """Whether an attribute is set on instances by methods, and not by the class."""
    bound = (step.event for base in line for step in base.bindings.get(name, ()))
    in_class = any(isinstance(event, facts.Bind) and not isinstance(event.source, facts.Unknown) for event in bound)
    return not in_class and any(name in stores(base) or name in _set_by_name(base) for base in line)


def _set_by_name(cls: Scope) -> frozenset[str]:
    """Return the attributes that methods of a class set by `object.__setattr__`, `setattr` or through `__dict__`."""
    return frozenset(
        name
        for method in cls.children.values()
        if method.is_function and method.parameters
        for step in method.steps
        if (name := _name_set(step.event, method.parameters[0].name))
    )


def _name_set(event: facts.Event, receiver: str) -> str | None:
    match event:
        case facts.Store(target=target):
            return _key_read(target, receiver)
        case facts.Invoke(
            call=facts.Call(
                function=facts.Name(id="setattr") | facts.Attribute(name="__setattr__"),
                arguments=(*_, facts.Argument(value=facts.Constant(value=str(name))), _),
            )
        ):
            return name
        case _:
            return None


# --- what is reached ---------------------------------------------------------------------------------------


def _is_reached(step: Step, asked: _Asked) -> bool:
    """Whether a method surely comes to a step when it runs for a name."""
    scope = step.scope
    around = list(scope.enclosing(step.region))
    for index, region in enumerate(scope.regions):
        is_before = index not in around and region.events[1] <= step.order and region.parent in around
        taken = _is_taken(region, asked) if region.flow is Flow.BRANCH else None
        if index in around and region.flow in (Flow.BRANCH, Flow.LOOP, Flow.HANDLER) and not taken:
            return False
        if is_before and region.ending is Ending.SCOPE and taken is not False:
            return False
    return True


def _is_taken(region: facts.Region, asked: _Asked) -> bool | None:
    known = _truth(region.subject, asked.parameter, asked.name) if region.subject is not None else None
    return None if known is None else known is region.sense


def _truth(term: facts.Term, parameter: str, asked: str) -> bool | None:
    """Return what a condition comes to when the parameter is a name, None if that is not known."""
    match term:
        case facts.Not(value=inner):
            known = _truth(inner, parameter, asked)
            return None if known is None else not known
        case facts.Logical(operator=operator, left=left, right=right):
            values = [_truth(part, parameter, asked) for part in (left, right)]
            decisive = operator == "or"
            return decisive if decisive in values else None if None in values else not decisive
        case facts.Comparison(operator=operator, left=left, right=right):
            return _compared(operator, _text(left, parameter, asked), right, parameter, asked)
        case facts.Call(
            function=facts.Attribute(value=facts.Name(id=owner), name="startswith" | "endswith" as method),
            arguments=(facts.Argument(value=facts.Constant(value=str(part))),),
        ) if owner == parameter:
            return asked.startswith(part) if method == "startswith" else asked.endswith(part)
        case _:
            return None


def _compared(operator: str, left: str | None, right: facts.Term, parameter: str, asked: str) -> bool | None:
    if left is None:
        return None
    if operator in ("==", "!="):
        other = _text(right, parameter, asked)
        return None if other is None else (left == other) is (operator == "==")
    if operator in ("in", "not in") and isinstance(right, facts.Display) and right.kind != "dict":
        others = [_text(item, parameter, asked) for item in right.items]
        return None if None in others else (left in others) is (operator == "in")
    return None


def _text(term: facts.Term, parameter: str, asked: str) -> str | None:
    """Return the text that a term is when the parameter is a name."""
    match term:
        case facts.Constant(value=str(text)):
            return text
        case facts.Name(id=name) if name == parameter:
            return asked
        case facts.Subscript(value=facts.Name(id=name), index=facts.Constant(value=int(index))) if name == parameter:
            return asked[index] if -len(asked) <= index < len(asked) else None
        case _:
            return None
