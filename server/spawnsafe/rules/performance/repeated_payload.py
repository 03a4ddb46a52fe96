"""A large object that stays the same is pickled again with each task."""

from collections.abc import Iterator

from spawnsafe.edits import hand_once
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Module, Payload
from spawnsafe.rules.wording import size_of

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each large object that goes along with every task."""
    for payload in module.payloads:
        send = payload.send
        yield Finding(
            span=payload.span_in(module),
            problem=f"`{send.api}` pickles `{payload.name}`, {size_of(payload.weight)} or more, {_again(payload)}.",
            help="Hand it to each worker once, with `initializer` and `initargs`.",
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Hand it to each worker once."""
    for payload in module.payloads:
        if payload.span_in(module) == finding.span:
            fix = hand_once(payload.send, payload.term)
            if isinstance(fix, Fix):
                yield fix
            return


def _again(payload: Payload) -> str:
    if payload.times is None:
        return "again with each task"
    return f"again with each of {payload.times:,} tasks, so {size_of(payload.weight * payload.times)} go to the workers"
