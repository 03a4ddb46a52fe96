"""A function or class of a package's `__main__.py` is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import Module, StartMethods, definitions
from spawnsafe.rules.wording import place_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each definition that a fresh worker would have to find in a `__main__.py`, which it never imports."""
    if not module.runs_by_name_only or module.is_notebook or module.imports_itself:
        return
    for send in module.sends:
        when = send.when(StartMethods.FRESH)
        for scope in definitions(send.value) if when else ():
            if scope.module is module and not scope.is_local and scope.name != "<lambda>":
                yield Finding(
                    span=module.span_of(send),
                    problem=f"`{scope.name}` is defined in `__main__.py`, which workers do not import when `python -m` "
                    f"runs it, so `{send.api}` {send.sender.trouble.value} {when}.",
                    help="Define it in another module, and import it from there.",
                    when=when,
                    trouble=send.sender.trouble,
                    notes=(
                        *place_notes(module, send, scope, f"`{scope.name}` is defined here."),
                        *way_notes(send),
                    ),
                )
