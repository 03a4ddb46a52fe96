"""An exception that cannot be pickled or rebuilt is raised by a worker, given back by it or sent to it."""

from collections.abc import Iterator
from dataclasses import dataclass

from spawnsafe.edits import rebuildable, rebuildable_refusal
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Instance, Loss, Module, Raised, Result, Send, StartMethods, Unpicklable, loss
from spawnsafe.rules.wording import call_notes, quoted, refusal_notes, sender_note, way_notes

KIND = Kind.MISTAKE


@dataclass(frozen=True, slots=True)
class _Case:
    """An exception crosses: `send` sends it, or sends what raises or returns it."""

    lost: Loss
    send: Send
    crossing: Raised | Result | Send


def check(module: Module) -> Iterator[Finding]:
    """Report each exception that crosses and whose class cannot be called with its `args`."""
    yield from _refused(module)
    for case in _cases(module):
        lost, send = case.lost, case.send
        when = send.when(StartMethods.ALL) if send.is_task else send.when_pickled
        yield Finding(
            span=module.span_near(case.crossing, send),
            problem=f"{_fact(lost)}, so `{send.api}` {send.sender.trouble.value} {when}.",
            help=_help(lost),
            when=when,
            trouble=send.sender.trouble,
            notes=(
                *_class_notes(lost),
                *(call_notes(case.crossing.visit) if isinstance(case.crossing, Raised) else ()),
                *sender_note(module, send, case.crossing),
                *way_notes(send),
                *refusal_notes(module, send, rebuildable_refusal(lost)),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Tell pickle how to make the exception."""
    for case in _cases(module):
        if module.span_near(case.crossing, case.send) == finding.span:
            yield from rebuildable(case.lost)
            return


def _refused(module: Module) -> Iterator[Finding]:
    """Report each exception that leaves a worker and that pickle refuses to write."""
    for work in module.told_works:
        send = work.send
        for raised, why in work.refused_raised if send.is_task else ():
            if not module.tells(raised, send):
                continue
            when = send.when(StartMethods.ALL).on(why.pythons)
            yield Finding(
                span=module.span_near(raised, send),
                problem=f"{_holding(raised, why)}, so `{send.api}` fails to pickle it {when}.",
                help="Raise it with plain data." if why.path or why.holds else "Move its class to module level.",
                when=when,
                notes=(*call_notes(raised.visit), *sender_note(module, send, raised), *way_notes(send)),
            )


def _holding(raised: Raised, why: Unpicklable) -> str:
    cls = raised.value.cls if isinstance(raised.value, Instance) else raised.value.scope
    name = cls.name
    if why.path:
        return f"`{name}` has a `{why.dotted}` that {why.verb} {why.what}"
    return f"`{name}` holds {why.what}" if why.holds else f"`{name}` is a local class"


def _cases(module: Module) -> Iterator[_Case]:
    for work in module.told_works:
        made = [result for result in work.results if isinstance(result.value, Instance)]
        crossings: list[Raised | Result] = [*work.raised, *made]
        for crossing in crossings if work.send.is_task else ():
            if module.tells(crossing, work.send) and (lost := loss(crossing.value)):
                yield _Case(lost, work.send, crossing)
    for send in module.sends:
        if send.when_pickled and not send.is_put and isinstance(send.value, Instance) and (lost := loss(send.value)):
            yield _Case(lost, send, send)


def _fact(lost: Loss) -> str:
    name = lost.cls.name
    if lost.is_frozen:
        return f"`{name}` is a frozen dataclass, whose attributes cannot be set when it is unpickled"
    if lost.misread is not None:
        parameter, attribute = lost.misread
        return f"`{name}` is rebuilt with its message for `{parameter}`, which has no `{attribute}`"
    if lost.too_many:
        return f"`{name}` is rebuilt from its `args`, which are more than it takes"
    return f"`{name}` is rebuilt from its `args`, which lack {quoted(lost.lacking)}"


def _help(lost: Loss) -> str:
    if lost.is_frozen:
        return f"Drop `frozen=True` from `{lost.cls.name}`."
    return f"Define `__reduce__` in `{lost.owner.name}`."


def _class_notes(lost: Loss) -> Iterator[Note]:
    home, scope = lost.cls.module, lost.init if lost.init is not None else lost.cls
    if scope.facts is not None:
        home = scope.module
        message = f"`{lost.owner.name}.__init__` sets `args`." if lost.init else f"`{lost.cls.name}` is defined here."
        yield Note(message, home.path, home.span(scope.block, scope.facts.name_at))
