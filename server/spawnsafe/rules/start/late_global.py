"""Workers read a variable that is set after they have started."""

from collections.abc import Iterator

from spawnsafe.edits import pass_along
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module, Trouble, Unseen
from spawnsafe.rules.wording import deed, trouble_of, unseen_notes, unseen_span, unseen_trouble

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each variable that workers lack, or have as it was, since it is set when they are there already."""
    for unseen in module.unseen:
        if unseen.is_late:
            subject = f"`{unseen.use.name}` is {deed(unseen)} after {_start(unseen)}"
            consequence = unseen_trouble(unseen) if unseen.is_missing else "they go on with what it was before"
            yield Finding(
                span=unseen_span(module, unseen),
                problem=f"{subject}, so {consequence} {unseen.when}.",
                help=f"Pass it to `{unseen.use.visit.scope.name}` as an argument.",
                when=unseen.when,
                trouble=trouble_of(unseen.work.send) if unseen.is_missing else Trouble.LOSES,
                notes=tuple(unseen_notes(module, unseen)),
            )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Pass it with each task."""
    for unseen in module.unseen:
        if unseen.is_late and unseen_span(module, unseen) == finding.span:
            fix = pass_along(unseen)
            if isinstance(fix, Fix):
                yield fix
            return


def _start(unseen: Unseen) -> str:
    send = unseen.work.send
    return f"{send.receiver} started its workers" if send.is_task else "the workers started"
