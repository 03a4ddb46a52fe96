"""The environment is changed when the forkserver is there, whose workers do not see it."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind, Note
from spawnsafe.model import Module, Trouble, stale

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each variable that is set too late for the workers that read it."""
    for each in stale(module):
        yield Finding(
            span=each.moment.span_in(module),
            problem=(
                f"`{each.name}` is set when the forkserver is there, "
                f"so its workers go on with the environment as it was {each.when}."
            ),
            help="Set it before the first workers start.",
            when=each.when,
            trouble=Trouble.LOSES,
            notes=(Note("The forkserver starts here.", module.path, each.first.span_in(module)),),
        )
