"""A pool is joined while it still takes tasks."""

from collections.abc import Iterator

from spawnsafe.edits import close_before_join
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import EVERYWHERE, Module, Step, receiver_of

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each `join` that comes to a pool which nothing has closed."""
    for step in _joins(module):
        pool = receiver_of(step)
        subject = f"`{pool}`" if pool else "The pool"
        yield Finding(
            span=module.span(step.block, step.event.at),
            problem=f"{subject} still takes tasks when it is joined, so `{pool or 'pool'}.join` fails {EVERYWHERE}.",
            help=f"Call `{pool or 'pool'}.close()` first.",
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Close the pool in the line above."""
    for step in _joins(module):
        if module.span(step.block, step.event.at) == finding.span:
            fix = close_before_join(module, step)
            if fix is not None:
                yield fix


def _joins(module: Module) -> Iterator[Step]:
    for life in module.lives:
        if life.workers.maker.noun == "pool":
            yield from life.premature_joins
