"""Worker processes are started while the module is imported."""

from collections.abc import Iterator

from spawnsafe.edits import guard_fixes, guard_refusal
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Module, Start, StartMethods, Trouble
from spawnsafe.rules.wording import FORKSERVER_DIES

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report the first start that importing the module reaches; one guard mends all that follow."""
    starts = _biting(module)
    if not starts:
        return
    first, *others = starts
    when = first.when(StartMethods.ALL if module.waits_for_itself else StartMethods.FRESH)
    place = "in a function that is called under" if module.is_imported else "under"
    yield Finding(
        span=module.span(first.entry_site.block, first.entry_call.at),
        problem=(
            f"`{first.label}` starts workers while this module is imported, "
            f"and spawned workers import it again, so it fails {when}."
        ),
        help=f'Start it {place} `if __name__ == "__main__":`.',
        when=when,
        trouble=first.maker.stillborn,
        otherwise=((StartMethods.FORK, Trouble.HANGS), FORKSERVER_DIES),
        notes=(*_waiting(module, first), *_chain(first), *_others(module, first, others), *_refused(module, first)),
    )


def fixes(module: Module, _: Finding) -> Iterator[Fix]:
    """Add the main guard, or a `main()`."""
    starts = _biting(module)
    if starts:
        yield from guard_fixes(module, starts[0])


def _biting(module: Module) -> list[Start]:
    return [start for start in module.starts_at_import if start.when(StartMethods.FRESH)]


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


def _others(module: Module, first: Start, others: list[Start]) -> Iterator[Note]:
    """Yield the other module-level calls that start workers."""
    seen = {id(first.entry_call)}
    for start in others:
        if id(start.entry_call) not in seen:
            seen.add(id(start.entry_call))
            span = module.span(start.entry_site.block, start.entry_call.at)
            yield Note(f"`{start.label}` starts workers as well.", module.path, span)


def _refused(module: Module, start: Start) -> Iterator[Note]:
    refusal = guard_refusal(module, start)
    if refusal is not None:
        span = module.span(start.entry_site.block, start.entry_call.at)
        yield Note(f"No safe quick fix: {refusal.reason}.", module.path, span)
