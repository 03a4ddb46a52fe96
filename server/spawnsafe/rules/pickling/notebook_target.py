"""A function or class of a notebook is sent to a worker process."""

from collections.abc import Iterator

from spawnsafe.edits import move_to_module
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module, StartMethods, unimported
from spawnsafe.rules.wording import place_notes, refusal_notes, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each definition that a fresh worker would have to find in a notebook, whose cells it does not run."""
    for send, scope in unimported(module) if module.is_notebook else ():
        when = send.when(StartMethods.FRESH)
        yield Finding(
            span=module.span_of(send),
            problem=f"`{scope.name}` is defined in a notebook, whose cells workers do not run, "
            f"so `{send.api}` {send.sender.trouble.value} {when}.",
            help="Move it to a module beside the notebook, and import it from there.",
            when=when,
            trouble=send.sender.trouble,
            notes=(
                *place_notes(module, send, scope, f"`{scope.name}` is defined here."),
                *way_notes(send),
                *refusal_notes(module, send, move_to_module(scope)),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move the definition to a new module."""
    for send, scope in unimported(module):
        if module.span_of(send) == finding.span:
            fix = move_to_module(scope)
            if isinstance(fix, Fix):
                yield fix
            return
