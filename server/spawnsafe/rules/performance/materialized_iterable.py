"""A long iterable is read to its end before the first of its results is taken."""

from collections.abc import Iterator

from spawnsafe.edits import rename_method
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Mapping, Module, Stream, is_consumed_singly, stream

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each call that holds all items of a file, a generator or the like at once."""
    for mapping, drawn in _materialized(module):
        yield Finding(
            span=module.span(mapping.send.site.block, mapping.send.call.function.at),
            problem=_problem(mapping, drawn),
            help=_help(mapping),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Draw items while others are worked on."""
    for mapping, _ in _materialized(module):
        call, block = mapping.send.call, mapping.send.site.block
        if module.span(block, call.function.at) == finding.span:
            if _method(mapping) == "map" and mapping.sender.is_chunked:
                yield rename_method(module, block, call, "imap", "Use `imap`")
            return


def _materialized(module: Module) -> Iterator[tuple[Mapping, Stream]]:
    for mapping in module.mappings:
        if mapping.sender.is_lazy or mapping.is_buffered or not mapping.is_direct:
            continue
        drawn = stream(mapping)
        if drawn is not None and (drawn.is_endless or is_consumed_singly(mapping)):
            yield mapping, drawn


def _problem(mapping: Mapping, drawn: Stream) -> str:
    api = mapping.send.api
    if drawn.is_endless:
        return f"`{api}` takes all of {drawn.what} before it gives a result, so it gives none."
    if mapping.sender.is_chunked:
        return f"`{api}` makes a list of {drawn.what} and another of all results, so all of them are held at once."
    return (
        f"`{api}` makes a task of each item of {drawn.what} before it gives a result, so all of them are held at once."
    )


def _help(mapping: Mapping) -> str:
    if not mapping.sender.is_chunked:
        return "Pass `buffersize`, which Python 3.14 has, or use `Pool.imap`."
    if _method(mapping) == "map":
        return "Use `imap`, which gives each result when it is there."
    return "Use `imap` with a function that takes a tuple."


def _method(mapping: Mapping) -> str:
    return mapping.send.api.rpartition(".")[2]
