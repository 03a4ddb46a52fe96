"""Workers read a variable that only the main program sets."""

from collections.abc import Iterator

from spawnsafe.edits import Refusal, hand_over, move_binding
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Change, Module, Trouble, Unseen
from spawnsafe.rules.wording import (
    deed,
    handing_over,
    main_only,
    trouble_of,
    unseen_notes,
    unseen_span,
    unseen_trouble,
)

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each variable that fresh workers lack, or have as the import left it, since they run no main guard."""
    for unseen in _guarded(module):
        consequence = unseen_trouble(unseen) if unseen.is_missing else "they read the value that it has at import"
        yield Finding(
            span=unseen_span(module, unseen),
            problem=f"`{unseen.use.name}` is {deed(unseen)} {main_only(unseen)}, so {consequence} {unseen.when}.",
            help=handing_over(unseen) if isinstance(_fix(unseen), Refusal) else "Move it above the guard.",
            when=unseen.when,
            trouble=trouble_of(unseen.work.send) if unseen.is_missing else Trouble.LOSES,
            notes=tuple(unseen_notes(module, unseen)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Move an import, a definition or a constant above the guard; else hand it over when the workers start."""
    for unseen in _guarded(module):
        if unseen_span(module, unseen) == finding.span:
            yield from (fix for fix in (_fix(unseen), hand_over(unseen)) if isinstance(fix, Fix))
            return


def _fix(unseen: Unseen) -> Fix | Refusal:
    return move_binding(unseen.step) if unseen.is_missing else Refusal("the import sets it as well")


def _guarded(module: Module) -> Iterator[Unseen]:
    for unseen in module.unseen:
        if unseen.change is Change.BOUND and not unseen.is_late:
            yield unseen
