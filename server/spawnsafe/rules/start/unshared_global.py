"""Workers use an object of a module of which each makes its own."""

from collections.abc import Iterator

from spawnsafe.edits import hand_over
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Change, Channel, Module, Product, Trouble, Unseen, Unshared
from spawnsafe.rules.wording import handing_over, main_only, unseen_notes, unseen_span

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report what importing a module makes for each worker anew, and what only the main program changes in it."""
    for unshared in module.unshared:
        code = module.code(unshared.use.block, unshared.use.at) if _is_here(module, unshared) else unshared.use.name
        others = "the parent" if unshared.has_parent else "other workers"
        yield Finding(
            span=unseen_span(module, unshared),
            problem=(
                f"Workers that import this module make a `{code}` of their own, "
                f"so what they do with it does not reach {others} {unshared.when}."
            ),
            help=_help(unshared),
            when=unshared.when,
            trouble=Trouble.HANGS if isinstance(unshared.value, Channel) else Trouble.LOSES,
            notes=tuple(_notes(module, unshared)),
        )
    for unseen in _filled(module):
        yield Finding(
            span=unseen_span(module, unseen),
            problem=(
                f"`{unseen.use.name}` is changed {main_only(unseen)}, "
                f"so they read it as the import leaves it {unseen.when}."
            ),
            help=handing_over(unseen),
            when=unseen.when,
            trouble=Trouble.LOSES,
            notes=tuple(unseen_notes(module, unseen)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Hand over what the parent has: by an initializer, or as an argument of the process."""
    every: list[Unshared | Unseen] = [*module.unshared, *_filled(module)]
    for found in every:
        if unseen_span(module, found) == finding.span:
            fix = hand_over(found)
            if isinstance(fix, Fix) and not _is_map(found):
                yield fix
            return


def _filled(module: Module) -> Iterator[Unseen]:
    return (unseen for unseen in module.unseen if unseen.change is Change.FILLED and not unseen.is_late)


def _is_map(found: Unshared | Unseen) -> bool:
    """Whether it is shared memory that cannot be pickled: maps of no file are not."""
    return isinstance(found, Unshared) and isinstance(found.value, Product) and found.value.name == "mmap.mmap"


def _help(unshared: Unshared) -> str:
    return "Use a `SharedMemory`, and pass its name." if _is_map(unshared) else handing_over(unshared)


def _is_here(module: Module, found: Unseen | Unshared) -> bool:
    return found.use.visit.scope.module is module


def _notes(module: Module, unshared: Unshared) -> Iterator[Note]:
    home = unshared.value.site.scope.module
    yield Note("The import makes it here.", home.path, home.span(unshared.value.site.block, unshared.value.call.at))
    yield Note("This is what the workers run.", module.path, module.place_of(unshared.work.send))
