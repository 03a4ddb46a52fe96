"""A loop waits for each task before it sends the next one."""

from collections.abc import Iterator

from spawnsafe.edits import map_instead
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Module, Turn

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each task that is waited for in the loop that sends it."""
    for turn in module.turns:
        if not turn.is_process:
            yield Finding(
                span=module.span(turn.awaited.block, turn.call.at),
                problem=f"This loop waits for {_what(turn)} before it sends the next one, "
                "so one worker is busy at a time.",
                help=_help(turn),
                notes=tuple(_notes(module, turn)),
            )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Start all tasks before waiting for any."""
    for turn in module.turns:
        if not turn.is_process and module.span(turn.awaited.block, turn.call.at) == finding.span:
            fix = map_instead(module, turn)
            if fix is not None:
                yield fix
            return


def _what(turn: Turn) -> str:
    return f"each `{turn.scope.module.code(turn.started.block, turn.start.function.at)}`"


def _help(turn: Turn) -> str:
    if turn.started is turn.awaited:
        return "Send them all with `map` or `apply_async`, and then read the results."
    return "Send them all first, and then read the results."


def _notes(module: Module, turn: Turn) -> Iterator[Note]:
    if not turn.is_at_once:
        yield Note("It is sent here.", module.path, module.span(turn.started.block, turn.start.at))
