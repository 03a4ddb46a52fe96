"""An instance is sent whose attributes pickle refuses to write."""

from collections.abc import Iterator

from spawnsafe.edits import HoistPlan, free_method, hoist, leave_out, plan_hoist
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Function, Instance, Method, Module, Scope, Send, Unpicklable, Workers
from spawnsafe.rules.wording import move_help, refusal_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each object, and each bound method of one, that holds what does not pickle."""
    for send, why in _refused(module):
        when = send.when_pickled.on(why.pythons)
        has = "holds" if why.holds else "is"
        scope = _definition(why)
        plan = plan_hoist(module, scope, send) if scope else leave_out(send, why)
        yield Finding(
            span=module.span_of(send),
            problem=(
                f"{_subject(send)}, whose `{why.dotted}` {has} {why.what}, so `{send.api}` fails to pickle it {when}."
            ),
            help=move_help(scope, plan) if scope and isinstance(plan, HoistPlan) else _help(send, why),
            when=when,
            trouble=send.sender.refused,
            notes=(*_path_notes(why), *way_notes(send), *refusal_notes(module, send, plan)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Make a lambda a function at module level; leave the attribute out of what is pickled; send a function."""
    for send, why in _refused(module):
        if module.span_of(send) == finding.span:
            scope = _definition(why)
            found = [hoist(module, scope, send)] if scope else []
            yield from (fix for fix in (*found, leave_out(send, why), free_method(send)) if isinstance(fix, Fix))
            return


def _refused(module: Module) -> Iterator[tuple[Send, Unpicklable]]:
    return ((send, why) for send, why in module.refused if why.path)


def _definition(why: Unpicklable) -> Scope | None:
    """Return the lambda or local function that an attribute is, or holds."""
    return why.value.scope if isinstance(why.value, Function) else None


def _subject(send: Send) -> str:
    match send.value:
        case Method(receiver=Instance(cls=cls)):
            return f"`{send.label or send.value.function.scope.name}` sends its whole `{cls.name}`"
        case Instance(cls=cls):
            code = send.label
            return f"`{code}` is sent with its whole `{cls.name}`" if code else f"A `{cls.name}` is sent"
        case _:
            return f"`{send.api}` sends the whole process"


def _help(send: Send, why: Unpicklable) -> str:
    if isinstance(send.value, Workers):
        return f"Keep `{why.dotted}` in a variable, not on the process."
    first = why.path[-1]
    leave = f"Leave `{first.name}` out in `{first.cls.name}.__getstate__`"
    return f"{leave}, or send a function." if isinstance(send.value, Method) else f"{leave}."


def _path_notes(why: Unpicklable) -> Iterator[Note]:
    for each in why.path:
        home = each.cls.module
        yield Note(f"`{each.name}` is set here.", home.path, home.span(each.step.block, each.step.event.at))
