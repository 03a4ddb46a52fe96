"""Many small items are sent to workers one by one."""

from collections.abc import Iterator

from spawnsafe.edits import add_keyword
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Labour, Mapping, Module

KIND = Kind.ADVICE

_MANY = {Labour.LIGHT: 1_000, Labour.UNKNOWN: 10_000}
"""From so many items on, what it costs to send each counts; if a task has much to do, never."""


def check(module: Module) -> Iterator[Finding]:
    """Report each call that makes a task of every one of many items."""
    for mapping in _unchunked(module):
        send = mapping.send
        yield Finding(
            span=module.span(send.site.block, send.call.function.at),
            problem=f"`{send.api}` makes each of {mapping.count:,} items a task of its own, "
            f"so as many messages go to the workers and come back.",
            help=f"Pass `chunksize={mapping.advised_chunk}`.",
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Send many items as one task."""
    for mapping in _unchunked(module):
        site, call = mapping.send.site, mapping.send.call
        if module.span(site.block, call.function.at) == finding.span:
            code = f"chunksize={mapping.advised_chunk}"
            if mapping.chunksize is None and (fix := add_keyword(module, site.block, call, code, f"Pass `{code}`")):
                yield fix
            return


def _unchunked(module: Module) -> Iterator[Mapping]:
    for mapping in module.mappings:
        if mapping.is_one_by_one and mapping.count is not None and mapping.is_taken_whole:
            many = _MANY.get(mapping.labour)
            if many is not None and mapping.count >= many:
                yield mapping
