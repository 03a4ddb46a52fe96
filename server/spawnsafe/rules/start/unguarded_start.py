"""Worker processes are started while the module is imported."""

from collections.abc import Iterator

from spawnsafe.edits import guard_fixes, guard_refusal
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Module, Start, StartMethods, Trouble
from spawnsafe.rules.wording import FORKSERVER_DIES

KIND = Kind.MISTAKE
FIRST_ONLY = True


def check(module: Module) -> Iterator[Finding]:
    """Report the starts that importing the module reaches, each with those below it; one guard mends them all."""
    starts = _biting(module)
    for number, start in enumerate(starts):
        yield _finding(module, start, starts[number + 1 :])
    if not starts:
        yield from _forks_that_hang(module)


def _finding(module: Module, first: Start, others: list[Start]) -> Finding:
    when = first.when(StartMethods.ALL if module.waits_for_itself else StartMethods.FRESH)
    place = "in a function that is called under" if module.is_imported else "under"
    return Finding(
        span=module.span(first.entry_site.block, first.entry_call.at),
        problem=(
            f"`{first.label}` starts workers while this module is imported, "
            f"and spawned workers import it again, so it fails {when}."
        ),
        help=f'Start it {place} `if __name__ == "__main__":`.',
        when=when,
        trouble=first.maker.stillborn,
        otherwise=((StartMethods.FORK, Trouble.HANGS), FORKSERVER_DIES),
        notes=(*_waiting(module, first), *_chain(first), *_others(module, others), *_refused(module, first)),
    )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Add the main guard, or a `main()`."""
    for start in _biting(module):
        if module.span(start.entry_site.block, start.entry_call.at) == finding.span:
            yield from guard_fixes(module, start)


def _forks_that_hang(module: Module) -> Iterator[Finding]:
    """Yield the first start of a program that forks in any case; it fails only where pickle waits for the import."""
    starts = _biting(module, StartMethods.FORK)
    if module.waits_for_itself and starts:
        first, *others = starts
        when = first.when(StartMethods.FORK)
        yield Finding(
            span=module.span(first.entry_site.block, first.entry_call.at),
            problem=(
                f"`{first.label}` starts workers while this module is imported, "
                f"and to send a function, pickle waits for the import to end, so it hangs {when}."
            ),
            help='Start it in a function that is called under `if __name__ == "__main__":`.',
            when=when,
            trouble=Trouble.HANGS,
            notes=(*_chain(first), *_others(module, others)),
        )


def _biting(module: Module, methods: StartMethods = StartMethods.FRESH) -> list[Start]:
    """Return the starts that bite, of those that one call comes to the first."""
    found: dict[int, Start] = {}
    for start in module.starts_at_import:
        if start.when(methods):
            found.setdefault(id(start.entry_call), start)
    return list(found.values())


def _waiting(module: Module, start: Start) -> Iterator[Note]:
    if module.waits_for_itself:
        span = module.span(start.entry_site.block, start.entry_call.at)
        yield Note("Under fork it hangs: to send a function, pickle waits for the import to end.", module.path, span)


def _chain(start: Start) -> Iterator[Note]:
    """Yield the calls between the module and the start."""
    for call in start.chain[1:]:
        home = call.site.scope.module
        code = home.code(call.site.block, call.call.function.at)
        name = f"{code}()" if "\n" not in code else "…()"
        yield Note(f"`{name}` is called here.", home.path, home.span(call.site.block, call.call.at))
    if start.chain:
        home = start.site.scope.module
        yield Note(f"`{start.name}` starts workers here.", home.path, home.span(start.site.block, start.call.at))


def _others(module: Module, others: list[Start]) -> Iterator[Note]:
    """Yield the other module-level calls that start workers."""
    for start in others:
        span = module.span(start.entry_site.block, start.entry_call.at)
        yield Note(f"`{start.label}` starts workers as well.", module.path, span)


def _refused(module: Module, start: Start) -> Iterator[Note]:
    refusal = guard_refusal(module, start)
    if refusal is not None:
        span = module.span(start.entry_site.block, start.entry_call.at)
        yield Note(f"No safe quick fix: {refusal.reason}.", module.path, span)
