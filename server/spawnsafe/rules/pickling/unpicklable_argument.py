"""Something that pickle refuses to write is an argument or item for a worker process."""

from collections.abc import Iterator

from spawnsafe.edits import hoist, of_processes, plan_hoist, wrap_argument
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Class, Function, Instance, Module, Role, Scope, Send, Unpicklable, definitions, stands_for
from spawnsafe.rules.wording import move_help, place_notes, refusal_notes, unpicklable_problem, value_notes, way_notes

KIND = Kind.MISTAKE

_HELP = {
    "an open file": "Send its path, and open it in the worker.",
    "a database connection": "Connect in the worker.",
    "a database cursor": "Connect in the worker.",
    "a view of a dictionary": "Send a `list` of it.",
    "a view of `os.environ`": "Send a `list` of it.",
    "a generator": "Send a `tuple` of its items.",
    "a coroutine": "Await it here, and send its result.",
    "a module": "Import it in the worker.",
    "`os.environ`": "Send `dict(os.environ)`.",
    "an instance of a local class": "Move its class to module level.",
}
_OTHERWISE = "Make it in the worker, or send plain data."


def check(module: Module) -> Iterator[Finding]:
    """Report each argument and item that a call would have to pickle, and cannot."""
    for send, why in _refused(module):
        when = send.when_pickled.on(why.pythons)
        scope = _definition(send)
        plan = plan_hoist(module, scope, send) if scope else None
        yield Finding(
            span=module.span_of(send),
            problem=unpicklable_problem(send, why, when),
            help=move_help(scope, plan) if scope and plan else _help(send, why),
            when=when,
            trouble=send.sender.refused,
            notes=(
                *value_notes(module, send, why),
                *(place_notes(module, send, scope, "It is defined here.") if scope else ()),
                *way_notes(send),
                *refusal_notes(module, send, plan),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Send a copy that pickles, such as `list(view)`; hoist a lambda; make what processes can share."""
    for send, why in _refused(module):
        if module.span_of(send) != finding.span:
            continue
        scope = _definition(send)
        fix = hoist(module, scope, send) if scope else wrap_argument(module, send, why.what) or of_processes(send, why)
        if isinstance(fix, Fix):
            yield fix
        return


def _help(send: Send, why: Unpicklable) -> str:
    if why.what in _HELP:
        return _HELP[why.what]
    shared = of_processes(send, why)
    return f"{shared.title}." if isinstance(shared, Fix) else _OTHERWISE


def _refused(module: Module) -> Iterator[tuple[Send, Unpicklable]]:
    for send, why in module.refused:
        is_callable = send.role is not Role.ARGUMENT and any(True for _ in definitions(send.value))
        if not why.inherited and not why.path and not is_callable and not stands_for(send.value):
            yield send, why


def _definition(send: Send) -> Scope | None:
    """Return the lambda, local function or class that is sent."""
    match send.value:
        case Function(scope=scope) | Class(scope=scope) | Instance(cls=scope) if (
            scope.is_local or scope.name == "<lambda>"
        ):
            return scope
        case _:
            return None
