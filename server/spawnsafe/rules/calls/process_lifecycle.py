"""Something is asked of a process before it is started, a second time, or when it, or a queue, is closed."""

from collections.abc import Iterator

from spawnsafe.edits import change_places
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Misplaced, Module, Stage, misplaced

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each call of a method at which a process or a closed queue raises."""
    for each in misplaced(module):
        yield Finding(
            span=module.span(each.step.block, each.step.event.at),
            problem=f"{_fact(each)} {each.when}.",
            help=_help(each),
            when=each.when,
        )
    for late in module.late_uses:
        yield Finding(
            span=module.span(late.step.block, late.step.event.at),
            problem=f"This queue is closed, so its `{late.name}` fails {late.when}.",
            help="Close it last.",
            when=late.when,
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Let the two statements change places."""
    for each in misplaced(module):
        if module.span(each.step.block, each.step.event.at) == finding.span:
            fix = change_places(module, each)
            if fix is not None:
                yield fix
            return


def _fact(each: Misplaced) -> str:
    if each.is_repeated:
        return "A process starts once, and this loop starts it again, so its `start` fails"
    if each.name == "daemon":
        return "Whether a process is a daemon is settled when it starts, and it is started here, so this fails"
    match each.stage:
        case Stage.STARTED if each.name == "close":
            return "This process has just been started and still runs, so its `close` fails"
        case Stage.FRESH:
            return f"This process is not started yet, so its `{each.name}` fails"
        case Stage.CLOSED:
            return f"This process is closed, so its `{each.name}` fails"
        case _:
            return "A process starts once, and this one was started before, so its `start` fails"


def _help(each: Misplaced) -> str:
    if each.name == "daemon":
        return "Set it before `start`, or pass `daemon` to the process."
    match each.stage:
        case Stage.STARTED if each.name == "close":
            return "Join it first."
        case Stage.FRESH:
            return "Start it first."
        case Stage.CLOSED:
            return "Close it last."
        case _:
            return "Make a new process for each start."
