"""A function or class of a package's `__main__.py` is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import Module, StartMethods, unimported
from spawnsafe.rules.wording import place_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each definition that a fresh worker would have to find in a `__main__.py`, which it never imports."""
    for send, scope in () if module.is_notebook else unimported(module):
        when = send.when(StartMethods.FRESH)
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
