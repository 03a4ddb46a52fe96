"""The main module raises or exits when workers import it."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind, Note
from spawnsafe.model import Departure, Module
from spawnsafe.rules.wording import FORKSERVER_DIES

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report the line at which a worker leaves the main module instead of importing it."""
    has_workers = bool(module.lives or module.sends) and not module.runs_by_name_only
    left = module.departure if has_workers else None
    if left is None or left.start is None:
        return
    start = left.start
    when = start.when(left.methods)
    home = start.entry_site.scope.module
    yield Finding(
        span=left.moment.span_in(module) if left.takes or left.moment.chain else module.statement(left.moment.step),
        problem=f"{_fact(left)}, so `{start.label}` fails {when}.",
        help=_help(left),
        when=when,
        trouble=start.maker.stillborn,
        otherwise=(FORKSERVER_DIES,),
        notes=(Note("Workers start here.", home.path, home.span(start.entry_site.block, start.entry_call.at)),),
    )


def _fact(left: Departure) -> str:
    if left.takes:
        return "Workers import this module, and have only the arguments that this call has left"
    return "Workers import this module, which they leave here"


def _help(left: Departure) -> str:
    if left.takes:
        return "Read the argument and leave it in `sys.argv`."
    return 'Remove it, and put what starts workers under `if __name__ == "__main__":`.'
