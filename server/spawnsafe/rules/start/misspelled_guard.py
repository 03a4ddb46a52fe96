"""A condition that is meant as the main guard is never true, so nothing under it runs."""

from collections.abc import Iterator

from spawnsafe.edits import replace_code
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import EVERYWHERE, DeadGuard, Module, Trouble, dead_guards

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each guard that is never true."""
    for guard in dead_guards(module):
        when = EVERYWHERE.on(guard.pythons)
        yield Finding(
            span=module.span(guard.block, guard.comparison),
            problem=f"{_fact(guard)}, so nothing under this condition runs {when}.",
            help=f"Write `{guard.right}`.",
            when=when,
            trouble=Trouble.LOSES,
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Correct what is misspelled."""
    for guard in dead_guards(module):
        if module.span(guard.block, guard.comparison) == finding.span:
            yield replace_code(module, module.span(guard.block, guard.at), guard.right, f"Write `{guard.right}`")
            return


def _fact(guard: DeadGuard) -> str:
    if guard.wrong == "is":
        return '`__name__` equals `"__main__"` but is another string'
    if guard.right == "__name__":
        return f'`{guard.wrong}` is never `"__main__"`'
    return f"`__name__` is never `{guard.wrong}`"
