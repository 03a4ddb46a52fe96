"""A loop waits for each process before it starts the next one."""

from collections.abc import Iterator

from spawnsafe.edits import join_after
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Module

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each process that is joined in the loop that starts it."""
    for turn in module.turns:
        if turn.is_process:
            code = module.code(turn.awaited.block, turn.call.function.at)
            yield Finding(
                span=module.span(turn.awaited.block, turn.call.at),
                problem=f"`{code}` waits for each process before the loop starts the next one, "
                "so only one of them runs at a time.",
                help="Start them all in one loop, and join them in another.",
                notes=(Note("It is started here.", module.path, module.span(turn.started.block, turn.start.at)),),
            )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Start all processes before waiting for any."""
    for turn in module.turns:
        if turn.is_process and module.span(turn.awaited.block, turn.call.at) == finding.span:
            fix = join_after(module, turn)
            if fix is not None:
                yield fix
            return
