"""A process is joined before what it puts on a queue is read."""

from collections.abc import Iterator

from spawnsafe.edits import read_before_join
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import EVERYWHERE, Module, Trouble

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each join that waits for a process which waits until its queue is read."""
    for drain in module.drains:
        queue, home = drain.name, drain.put.scope.module
        fails = f"so `{module.label(drain.join.block, drain.waiting.at) or 'process.join'}` hangs"
        yield Finding(
            span=module.span(drain.join.block, drain.join.event.at),
            problem=(
                f"The worker puts more on `{queue}` than fits in its pipe, {fails} {EVERYWHERE}."
                if drain.is_large
                else f"A worker ends when what it put on `{queue}` fits in its pipe or is read, {fails} beyond 64 KiB."
            ),
            help=f"Read `{queue}` first.",
            notes=(Note("The worker puts this.", home.path, home.span(drain.put.block, drain.put.event.at)),),
            kind=Kind.MISTAKE if drain.is_large else None,
            trouble=Trouble.HANGS,
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move what reads the queue above the join."""
    for drain in module.drains:
        if module.span(drain.join.block, drain.join.event.at) == finding.span:
            fix = read_before_join(module, drain)
            if fix is not None:
                yield fix
