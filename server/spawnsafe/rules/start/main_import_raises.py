"""The main module raises or exits when workers import it."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind, Note
from spawnsafe.model import Module, StartMethods, departure, first_start
from spawnsafe.rules.wording import FORKSERVER_DIES

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report the line at which a worker leaves the main module instead of importing it."""
    left = departure(module) if not module.runs_by_name_only else None
    start = first_start(module) if left is not None else None
    if left is None or start is None:
        return
    when = start.when(StartMethods.FRESH)
    home = start.entry_site.scope.module
    yield Finding(
        span=module.span(left.block, left.event.statement),
        problem=f"Workers import this module, which they leave here, so `{start.label}` fails {when}.",
        help='Remove it, and put what starts workers under `if __name__ == "__main__":`.',
        when=when,
        trouble=start.maker.stillborn,
        otherwise=(FORKSERVER_DIES,),
        notes=(Note("Workers start here.", home.path, home.span(start.entry_site.block, start.entry_call.at)),),
    )
