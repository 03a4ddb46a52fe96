"""A list or dict inside a manager's object is changed, which changes a copy of it."""

from collections.abc import Iterator

from spawnsafe.edits import assign_back
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Detached, Module, Trouble, detached

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each change that no manager learns of."""
    for each in detached(module):
        copy = module.code(each.site.block, each.copy.at)
        yield Finding(
            span=module.span(each.site.block, each.term.at),
            problem=f"`{copy}` gives a copy of what the manager has, so this change of it is lost {each.when}.",
            help="Assign the changed copy back.",
            when=each.when,
            trouble=Trouble.LOSES,
            notes=(_note(each),),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Assign the changed copy back."""
    for each in detached(module):
        if module.span(each.site.block, each.term.at) == finding.span:
            fix = assign_back(each)
            if fix is not None:
                yield fix
            return


def _note(each: Detached) -> Note:
    home = each.proxy.site.scope.module
    return Note("The manager makes it here.", home.path, home.span(each.proxy.site.block, each.proxy.call.at))
