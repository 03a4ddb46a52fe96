"""A daemonic worker, such as one of a pool, starts workers of its own."""

from collections.abc import Iterator

from spawnsafe.edits import drop_keyword
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import EVERYWHERE, Module, Trouble, nested
from spawnsafe.rules.wording import call_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report what daemons start, at the call if it stands in the file, or else at what is sent."""
    for each in nested(module):
        start, maker = each.start, each.send.workers.maker
        is_here = start.site.scope.module is module
        whose = f"a worker of {each.send.receiver}" if maker.noun == "pool" else "a daemonic process"
        yield Finding(
            span=module.span(start.site.block, start.call.at) if is_here else module.span_of(each.send),
            problem=(
                f"`{start.label}` starts workers in {whose}, and daemons have no children, so it fails {EVERYWHERE}."
            ),
            help="Use a `ProcessPoolExecutor` around it." if maker.noun == "pool" else "Leave out `daemon`.",
            notes=tuple(call_notes(each.visit)),
            trouble=Trouble.FAILS if each.send.is_task else Trouble.CRASHES,
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Make no daemon of a process."""
    for each in nested(module):
        start, workers = each.start, each.send.workers
        is_here = start.site.scope.module is module
        span = module.span(start.site.block, start.call.at) if is_here else module.span_of(each.send)
        if span == finding.span and workers.call is not None and workers.site is not None:
            home = workers.site.scope.module
            fix = drop_keyword(home, workers.site.block, workers.call, "daemon")
            if fix is not None:
                yield fix
            return
