"""Workers are forked while threads run or a lock is held."""

from collections.abc import Iterator

from spawnsafe.edits import spawn_instead
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Lack, Module, Moment, Overlap, Stall, Trouble, overlaps, stalls
from spawnsafe.rules.wording import call_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report forks whose workers wait for something in vain, and those that Python warns of."""
    told = set()
    for stall in stalls(module):
        told.add(stall.fork.moment.step)
        yield Finding(
            span=stall.fork.moment.span_in(module),
            problem=f"{_fact(stall)} {stall.when}.",
            help="Start the workers first." if stall.is_lazy else _HELP[stall.lack],
            when=stall.when,
            trouble=Trouble.HANGS,
            notes=tuple(_notes(stall)),
        )
    for overlap in overlaps(module):
        if overlap.fork.moment.step not in told:
            yield Finding(
                span=overlap.fork.moment.span_in(module),
                problem=(
                    f"{_threads(overlap)} when `{overlap.fork.start.label}` forks, "
                    f"so Python warns of deadlocks in the workers {overlap.when}."
                ),
                help="Start the workers first.",
                when=overlap.when,
                notes=(_note("It starts here.", overlap.threads.started),),
                kind=Kind.ADVICE,
            )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Spawn the workers, which then are no copies of a process with threads."""
    every: list[Stall | Overlap] = [*stalls(module), *overlaps(module)]
    for found in every:
        if found.fork.moment.span_in(module) == finding.span:
            fix = spawn_instead(module, found.fork.makers)
            if fix is not None:
                yield fix
            return


_HELP = {
    Lack.POOL: "Start the threads in the worker.",
    Lack.SERVER: "Start the thread in the worker.",
    Lack.RELEASE: "Release it before the workers start.",
}


def _fact(stall: Stall) -> str:
    code, start = stall.code, stall.fork.start.label
    if stall.lack is Lack.RELEASE:
        return f"`{start}` forks while `{code}` is held, which nobody releases in a worker, so it waits for ever"
    if stall.lack is Lack.SERVER:
        return f"`{start}` forks workers without the thread that answers `{code}` there, so it never returns"
    return f"`{start}` forks workers without the threads that `{code}` needs there, so its tasks never run"


def _threads(overlap: Overlap) -> str:
    if overlap.threads.is_listener:
        return "A `QueueListener` still listens"
    return "A pool of threads still runs" if overlap.threads.is_pool else "A thread still runs"


def _notes(stall: Stall) -> Iterator[Note]:
    if stall.lack is not Lack.RELEASE:
        yield _note("The threads start here." if stall.lack is Lack.POOL else "The thread starts here.", stall.origin)
    home = stall.site.scope.module
    yield Note("The worker waits here.", home.path, home.span(stall.site.block, stall.term.at))
    yield from call_notes(stall.visit)


def _note(message: str, moment: Moment) -> Note:
    step, home = moment.step, moment.step.scope.module
    return Note(message, home.path, home.span(step.block, step.event.at))
