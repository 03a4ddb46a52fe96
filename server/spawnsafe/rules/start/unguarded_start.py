"""Worker processes are started while the module is imported."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind, Note
from spawnsafe.model import Module, Start, StartMethods, When

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report the first start that importing the module reaches; one guard mends all that follow."""
    biting = [start for start in module.starts_at_import if start.when(StartMethods.FRESH)]
    if not biting:
        return
    first, *others = biting
    when = first.when(StartMethods.FRESH)
    yield Finding(
        span=module.span(first.entry_site.block, first.entry_call.at),
        problem=(
            f"`{first.label}` starts workers while this module is imported, "
            f"and spawned workers import it again, so it fails {when}."
        ),
        help=f"Start it {'in a function that is called ' * module.is_imported}under `if __name__ == \"__main__\":`.",
        when=when,
        notes=(*_chain(first), *_others(module, first, others)),
    )


def _chain(start: Start) -> Iterator[Note]:
    """Yield the calls between the module and the start."""
    for call in start.chain[1:]:
        home = call.site.scope.module
        yield Note(f"`{_name(home.code(call.site.block, call.call.function.at))}` is called here.",
                   home.path, home.span(call.site.block, call.call.at))
    if start.chain:
        home = start.site.scope.module
        yield Note(f"`{start.name}` starts workers here.", home.path, home.span(start.site.block, start.call.at))


def _name(code: str) -> str:
    return f"{code}()" if "\n" not in code else "…()"


def _others(module: Module, first: Start, others: list[Start]) -> Iterator[Note]:
    """Yield the other module-level calls that start workers."""
    seen = {id(first.entry_call)}
    for start in others:
        if id(start.entry_call) not in seen:
            seen.add(id(start.entry_call))
            span = module.span(start.entry_site.block, start.entry_call.at)
            yield Note(f"`{start.label}` starts workers as well.", module.path, span)
