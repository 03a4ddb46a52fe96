"""Leaves attributes that do not pickle out of what is sent of an object."""

from collections.abc import Iterator

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.members import behind, has_lines, member_indent, method_of
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, indentation, line_start, stands_alone
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.flow import evaluate, lineage
from spawnsafe.model.names import Scope
from spawnsafe.model.pickling.instances import Held, omitted
from spawnsafe.model.pickling.pickles import Unpicklable
from spawnsafe.model.sends import Send
from spawnsafe.model.terms import parts
from spawnsafe.model.values import External
from spawnsafe.syntax import facts

_RENEWABLE = frozenset(f"threading.{name}" for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore", "local"))
"""What each process can have of its own: it only keeps the threads of one process apart."""


def leave_out(send: Send, why: Unpicklable) -> Fix | Refusal:
    """Return the repair that leaves the attribute which pickle refuses out in `__getstate__`.

    A lock that the worker uses is made anew in `__setstate__`. The repair is never safe: copies of the object lack
    the attribute too.
    """
    attribute = why.path[-1]
    cls, name = attribute.cls, attribute.name
    if not cls.is_class or not has_lines(cls):
        return Refusal(f"`{name}` is not set in a class" if not cls.is_class else f"`{cls.name}` stands in one line")
    if any("__slots__" in base.bindings for base in lineage(cls)):
        return Refusal(f"`{cls.name}` has `__slots__`")
    if any(method in base.bindings for base in lineage(cls)[1:] for method in ("__getstate__", "__setstate__")):
        return Refusal(f"`{cls.name}` inherits how it is pickled")
    made = _made_anew(attribute) if _is_used(send, name) else ""
    if made is None:
        return Refusal(f"the worker uses `{name}`")
    edits = _edits(attribute, made)
    if edits is None:
        return Refusal(f"`{cls.name}` says itself how it is pickled")
    return Fix(f"Leave `{name}` out when pickling", tuple(edits), safe=False)


# --- what the worker needs ---------------------------------------------------------------------------------


def _is_used(send: Send, name: str) -> bool:
    """Whether code that runs in the workers reads an attribute of that name."""
    return any(
        isinstance(term, facts.Attribute) and term.name == name
        for work in send.site.scope.module.works
        if work.send.call is send.call
        for visit in work.visits
        for scope in visit.scope.walk()
        for term in _terms(scope)
    )


def _terms(scope: Scope) -> Iterator[facts.Term]:
    for step in scope.steps:
        yield from parts(step.event)
    for region in scope.regions:
        if region.subject is not None:
            yield from parts(region.subject)


def _made_anew(attribute: Held) -> str | None:
    """Return the code that makes an attribute which a process can have of its own, None if it is no such one."""
    step = attribute.step
    source = step.event.source if isinstance(step.event, facts.Store) else None
    call = source.term if isinstance(source, facts.Assigned) and not source.path else None
    if not isinstance(call, facts.Call) or not all(isinstance(each.value, facts.Constant) for each in call.arguments):
        return None
    names = {value.name for value in evaluate(call.function, step.site) if isinstance(value, External)}
    return step.scope.module.code(step.block, call.at) if names and names <= _RENEWABLE else None


# --- the methods -------------------------------------------------------------------------------------------


def _edits(attribute: Held, made: str) -> list[FileEdit] | None:
    """Return what adds the methods, or the lines to those that are there; None if it is not known where to."""
    cls = attribute.cls
    module, indent = cls.module, member_indent(cls)
    inner = indent + indent_unit(module.document.text)
    getstate, setstate = method_of(cls, "__getstate__"), method_of(cls, "__setstate__")
    receiver = _receiver(cls)
    found, lines = list[FileEdit](), list[str]()
    if "__getstate__" not in cls.bindings:
        lines += [
            "",
            f"{indent}def __getstate__({receiver}):",
            f"{inner}state = {receiver}.__dict__.copy()",
            f"{inner}{_dropped(attribute, 'state')}",
            f"{inner}return state",
        ]
    elif getstate is not None and (edit := _extended(getstate, attribute)) is not None:
        found.append(edit)
    else:
        return None
    if made and "__setstate__" not in cls.bindings:
        lines += [
            "",
            f"{indent}def __setstate__({receiver}, state):",
            f"{inner}{receiver}.__dict__.update(state)",
            f"{inner}{receiver}.{attribute.name} = {made}",
        ]
    elif made and setstate is not None and has_lines(setstate) and setstate.parameters and not _returns(setstate):
        line = f"{inner}{setstate.parameters[0].name}.{attribute.name} = {made}"
        found.append(replacement(module, *behind(setstate, [line])))
    elif made:
        return None
    if lines:
        init = method_of(cls, "__init__")
        last = init if init is not None and has_lines(init) else cls
        found.append(replacement(module, *behind(last, lines)))
    return found


def _receiver(cls: Scope) -> str:
    """Return what the methods of a class call their object."""
    init = method_of(cls, "__init__")
    return init.parameters[0].name if init is not None and init.parameters else "self"


def _dropped(attribute: Held, state: str) -> str:
    """Return the statement that takes an attribute out of a dictionary, in which it perhaps is not."""
    step = attribute.step
    is_there = step.scope.is_class or (step.scope.name == "__init__" and step.is_unconditional())
    return f'del {state}["{attribute.name}"]' if is_there else f'{state}.pop("{attribute.name}", None)'


def _returns(scope: Scope) -> bool:
    return any(isinstance(step.event, facts.Return) for step in scope.steps)


def _extended(getstate: Scope, attribute: Held) -> FileEdit | None:
    """Return the edit by which a `__getstate__` that returns a changed copy of `__dict__` leaves one more out."""
    steps = [step for step in getstate.steps if isinstance(step.event, facts.Return)]
    if omitted(attribute.cls) is None or len(steps) != 1:
        return None
    module, extent = getstate.module, steps[0].block.place(steps[0].event.statement)
    match steps[0].event:
        case facts.Return(term=facts.Name(id=state)) if stands_alone(module.document.text, extent):
            start = line_start(module.document.text, extent[0])
            indent = indentation(module.document.text, start)
            line = f"{indent}{_dropped(attribute, state)}{module.text.newline}"
            return replacement(module, (start, start), line)
        case _:
            return None
