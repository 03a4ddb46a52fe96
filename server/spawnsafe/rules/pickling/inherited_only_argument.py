"""Something that only a starting worker can inherit is sent with a task."""

from collections.abc import Iterator

from spawnsafe.edits import hand_once, of_processes
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module, Send, Unpicklable
from spawnsafe.rules.wording import unpicklable_problem, value_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each lock, queue, shared value, pool or process that a task would carry."""
    for send, why in _refused(module):
        when = send.when_pickled
        yield Finding(
            span=module.span_of(send),
            problem=unpicklable_problem(send, why, when),
            help=_help(why.what),
            when=when,
            trouble=send.sender.refused,
            notes=(*value_notes(module, send, why), *way_notes(send)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Let a manager make it; or hand it to the workers once, when they start."""
    for send, why in _refused(module):
        if module.span_of(send) == finding.span:
            yield from (fix for fix in (of_processes(send, why), hand_once(send)) if isinstance(fix, Fix))
            return


def _refused(module: Module) -> Iterator[tuple[Send, Unpicklable]]:
    return ((send, why) for send, why in module.refused if why.inherited and not why.path)


def _help(what: str) -> str:
    if "multiprocessing." not in what:
        return "Keep it in the process that made it."
    return "Give it to the workers when they start, by `initializer` and `initargs`, or use one of a `Manager`."
