"""A task submits to the executor that runs it."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import Module, Trouble, circles
from spawnsafe.rules.wording import call_notes, sender_note

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each task that goes back to the executor whose worker runs it."""
    for circle in circles(module):
        home = circle.site.scope.module
        owner = home.code(circle.site.block, circle.term.value.at)
        if circle.when:
            yield Finding(
                span=module.span_near(circle, circle.send),
                problem=(
                    f"A worker has a copy of `{owner}` that was made while it was locked, "
                    f"so `{owner}.{circle.term.name}` hangs there {circle.when}."
                ),
                help="Submit it in the parent.",
                when=circle.when,
                trouble=Trouble.HANGS,
                notes=(*call_notes(circle.visit), *sender_note(module, circle.send, circle)),
            )
