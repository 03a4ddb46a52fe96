"""An instance is sent whose attributes pickle refuses to write."""

from collections.abc import Iterator

from spawnsafe.edits import HoistPlan, Refusal, add_wraps, free_method, hoist, leave_out, plan_hoist
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import (
    Function,
    Instance,
    Method,
    Module,
    Scope,
    Send,
    Unpicklable,
    Workers,
    nameless,
    stands_for,
)
from spawnsafe.rules.wording import move_help, refusal_notes, way_notes, wraps_help

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each object, and each bound method of one, that holds what does not pickle."""
    for send, why in _refused(module):
        when = send.when_pickled.on(why.pythons)
        has = "holds" if why.holds else "is"
        repair = _repair(module, send, why)
        yield Finding(
            span=module.span_of(send),
            problem=(
                f"{_subject(send)}, whose `{why.dotted}` {has} {why.what}, so `{send.api}` fails to pickle it {when}."
            ),
            help=_help(send, why, repair),
            when=when,
            trouble=send.sender.refused,
            notes=(*_path_notes(why), *way_notes(send), *refusal_notes(module, send, repair)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move a definition to module level, or name it by `wraps`; leave the attribute out; send a function."""
    for send, why in _refused(module):
        if module.span_of(send) == finding.span:
            scope = _definition(why)
            first = hoist(module, scope, send) if scope else _repair(module, send, why)
            found = (first, leave_out(send, why), free_method(send))
            yield from dict.fromkeys(fix for fix in found if isinstance(fix, Fix))
            return


def _refused(module: Module) -> Iterator[tuple[Send, Unpicklable]]:
    return ((send, why) for send, why in module.refused if why.path)


def _repair(module: Module, send: Send, why: Unpicklable) -> Fix | HoistPlan | Refusal:
    """Return what mends it best: a name for what a decorator made, a move to module level, or leaving it out."""
    if isinstance(why.value, Function) and stands_for(why.value):
        return add_wraps(nameless(why.value))
    scope = _definition(why)
    return plan_hoist(module, scope, send) if scope else leave_out(send, why)


def _definition(why: Unpicklable) -> Scope | None:
    """Return the lambda, or the local function or class, that keeps an attribute from being pickled."""
    match why.value:
        case Function(scope=scope) if not stands_for(why.value):
            return scope
        case Instance(cls=scope) if scope.is_local:
            return scope
        case _:
            return None


def _subject(send: Send) -> str:
    match send.value:
        case Method(receiver=Instance(cls=cls)):
            return f"`{send.label or send.value.function.scope.name}` sends its whole `{cls.name}`"
        case Instance(cls=cls):
            code = send.label
            return f"`{code}` is sent with its whole `{cls.name}`" if code else f"A `{cls.name}` is sent"
        case _:
            return f"`{send.api}` sends the whole process"


def _help(send: Send, why: Unpicklable, repair: Fix | HoistPlan | Refusal) -> str:
    scope = _definition(why)
    if scope and isinstance(repair, HoistPlan):
        return move_help(scope, repair)
    if isinstance(why.value, Function) and stands_for(why.value):
        return wraps_help(why.value)
    if isinstance(send.value, Workers):
        return f"Keep `{why.dotted}` in a variable, not on the process."
    first = why.path[-1]
    leave = f"Leave `{first.name}` out in `{first.cls.name}.__getstate__`"
    return f"{leave}, or send a function." if isinstance(send.value, Method) else f"{leave}."


def _path_notes(why: Unpicklable) -> Iterator[Note]:
    for each in why.path:
        home = each.cls.module
        yield Note(f"`{each.name}` is set here.", home.path, home.span(each.step.block, each.step.event.at))
