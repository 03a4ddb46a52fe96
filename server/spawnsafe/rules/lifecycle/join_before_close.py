"""A pool is joined while it still takes tasks."""

from collections.abc import Iterator

from spawnsafe.edits import close_before_join
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import EVERYWHERE, Module, Step, called_by, method_of, receiver_of

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each `join` that comes to a pool which nothing has closed."""
    for step in _joins(module):
        pool = receiver_of(step) or "pool"
        joined = f"it is joined, so `{pool}.join`" if _is_direct(step) else f"`{called_by(step)}` joins it, so that"
        subject = f"`{receiver_of(step)}`" if _is_direct(step) and receiver_of(step) else "The pool"
        yield Finding(
            span=module.span(step.block, step.event.at),
            problem=f"{subject} still takes tasks when {joined} fails {EVERYWHERE}.",
            help=f"Call `{pool}.close()` first." if _is_direct(step) else "Close the pool first.",
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Close the pool in the line above."""
    for step in filter(_is_direct, _joins(module)):
        if module.span(step.block, step.event.at) == finding.span:
            fix = close_before_join(module, step)
            if fix is not None:
                yield fix


def _is_direct(step: Step) -> bool:
    """Whether a step joins the pool itself, and calls no function that does."""
    return method_of(step) == "join"


def _joins(module: Module) -> Iterator[Step]:
    for life in module.pool_lives:
        if life.workers.maker.noun == "pool":
            yield from life.premature_joins
