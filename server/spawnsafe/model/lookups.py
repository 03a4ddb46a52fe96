"""What `__getattr__` does while an instance is unpickled, when none of its attributes is set yet.

Before pickle sets the attributes it asks the new instance for `__setstate__`. A class without one is asked by
`__getattr__`. One that reads an attribute of the instance asks itself for that, and so on without end.
"""

from dataclasses import dataclass

from spawnsafe.model.exceptions import catches
from spawnsafe.model.flow import bases, lineage, stores
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.pickles import reduces
from spawnsafe.model.terms import evaluated
from spawnsafe.model.values import Class, External
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow

_PLAIN = frozenset(External(name) for name in ("builtins.object", "abc.ABC", "typing.Generic", "typing.Protocol"))


@dataclass(frozen=True, slots=True)
class Endless:
    """`lookup`, a `__getattr__`, reads the attribute `name` by `term` in `step`, and so asks itself for it."""

    lookup: Scope
    name: str
    step: Step
    term: facts.Attribute | facts.Call

    @property
    def asked(self) -> str:
        """The name that `__getattr__` is given for the attribute."""
        if not self.name.startswith("__") or self.name.endswith("__") or self.lookup.owner is None:
            return self.name
        return f"_{self.lookup.owner.name.lstrip('_')}{self.name}"


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
    while read is not None and read.name not in seen:
        seen.add(read.name)
        read = _first_read(lookup, read.asked, line)
    return first if read is not None else None


def _first_read(lookup: Scope, asked: str, line: list[Scope]) -> Endless | None:
    """Return the first attribute that is not set yet which `__getattr__` surely reads when asked for a name."""
    for step in lookup.steps:
        for term in evaluated(step.event):
            name = _name_read(term, lookup.parameters[0].name)
            if name and isinstance(term, (facts.Attribute, facts.Call)) and _is_unset(name, line):
                if catches(step.site, External("builtins.RecursionError")):
                    return None
                if _is_reached(step, asked):
                    return Endless(lookup, name, step, term)
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
    return not in_class and any(name in stores(base) for base in line)


# --- what is reached ---------------------------------------------------------------------------------------


def _is_reached(step: Step, asked: str) -> bool:
    """Whether `__getattr__` surely comes to a step when it is asked for a name."""
    scope = step.scope
    around = list(scope.enclosing(step.region))
    for index, region in enumerate(scope.regions):
        is_before = index not in around and region.events[1] <= step.order and region.parent in around
        taken = _is_taken(region, scope, asked) if region.flow is Flow.BRANCH else None
        if index in around and region.flow in (Flow.BRANCH, Flow.LOOP, Flow.HANDLER) and not taken:
            return False
        if is_before and region.ending is Ending.SCOPE and taken is not False:
            return False
    return True


def _is_taken(region: facts.Region, scope: Scope, asked: str) -> bool | None:
    known = _truth(region.subject, scope.parameters[1].name, asked) if region.subject is not None else None
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
