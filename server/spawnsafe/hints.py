"""What stands in the text of an editor without being written there: chunksizes and start methods that calls use."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import StartMethods, Target, effective
from spawnsafe.source import Point, Span

if TYPE_CHECKING:
    from spawnsafe.model import Mapping, Module


@dataclass(frozen=True, slots=True)
class Hint:
    """A text that an editor shows at a point, and what it tells of it on demand."""

    at: Point
    text: str
    detail: str


CHUNKSIZE, START_METHOD = HINTS = ("chunksize", "start-method")
"""What hints can show."""


def hints(module: "Module", span: Span, kinds: Collection[str], targets: Collection[Target]) -> Iterator[Hint]:
    """Yield the hints of some kinds for a part of a module that is meant to run on targets."""
    if CHUNKSIZE in kinds:
        yield from (hint for hint in _chunksizes(module) if hint.at in span)
    if START_METHOD in kinds:
        yield from (hint for hint in _start_methods(module, targets) if hint.at in span)


def _chunksizes(module: "Module") -> Iterator[Hint]:
    """Yield the chunksizes that calls of `map` and the like use where they are given none."""
    for mapping in module.mappings:
        if mapping.is_untold and (text := _chunk(mapping)):
            yield Hint(_end(module, mapping), f"chunksize={text}", f"`{mapping.send.api}` {mapping.reckoning}.")


def _start_methods(module: "Module", targets: Collection[Target]) -> Iterator[Hint]:
    """Yield by which methods workers start; not where any of them is possible, for that says nothing."""
    for life in module.lives:
        workers, call = life.workers, life.workers.call
        if call is None or workers.maker.noun == "manager":
            continue
        chosen = module.methods_of(workers.methods)
        methods = effective(chosen, targets)
        if methods not in (StartMethods.NONE, StartMethods.ALL):
            reason = "the default of the targets of this project" if chosen is None else "chosen by this program"
            end = module.text.point(life.made.block.place(call.at)[1])
            yield Hint(end, f"by {' or '.join(methods.names)}", f"How the workers start: {reason}.")


def _chunk(mapping: "Mapping") -> str:
    """Return the chunksize, as a formula where the number of workers is left to the machine; nothing if not known."""
    if mapping.chunk is not None:
        return str(mapping.chunk)
    if mapping.count and mapping.is_for_each_cpu:
        return f"⌈{mapping.count} / (4 * CPUs)⌉"
    return ""


def _end(module: "Module", mapping: "Mapping") -> Point:
    """Return where an argument behind the last one would be written."""
    block = mapping.send.site.block
    last, end = block.place(mapping.send.call.arguments[-1].value.at)[1], block.place(mapping.send.call.at)[1] - 1
    between = module.document.text[last:end].split("#")[0].rstrip().rstrip(",")
    return module.text.point(last + len(between))
