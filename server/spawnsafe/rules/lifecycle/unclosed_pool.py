"""A pool is never closed, terminated or left by a `with`."""

from collections.abc import Iterator

from spawnsafe.edits import wrap_in_with
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Life, Module

KIND = Kind.ADVICE

_PROBLEM = "Nothing closes this pool, so its workers stay until the garbage collector or the program ends them."


def check(module: Module) -> Iterator[Finding]:
    """Report each pool that nothing gives up."""
    for life in _open(module):
        yield Finding(
            span=module.span(life.made.block, life.made.event.at),
            problem=_PROBLEM,
            help="Call `close()` and `join()` when its work is done."
            if _waits(module, life)
            else "Make it in a `with`.",
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Put what uses the pool under a `with`, whose end terminates it; nothing is being done then."""
    for life in _open(module):
        if module.span(life.made.block, life.made.event.at) == finding.span and not _waits(module, life):
            fix = wrap_in_with(module, life)
            if fix is not None:
                yield fix


def _open(module: Module) -> Iterator[Life]:
    for life in module.pool_lives:
        if life.is_left_open:
            yield life


def _waits(module: Module, life: Life) -> bool:
    """Whether tasks of the pool can be under way when all that uses it has been done."""
    return any(task.life is life for task in module.tasks)
