"""Arguments that are to be in a tuple and stand alone: what is unpacked in their place, or cannot be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import objects
from spawnsafe.model.calls.numbers import number
from spawnsafe.model.calls.signatures import Given, mismatch, parameters
from spawnsafe.model.flow import bases, evaluate, lineage, slot
from spawnsafe.model.names import Site
from spawnsafe.model.order import inflow
from spawnsafe.model.sends import Send
from spawnsafe.model.values import (
    Channel,
    Class,
    Function,
    Instance,
    Items,
    Literal,
    Method,
    Parameter,
    Product,
    Value,
    Workers,
)
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


@dataclass(frozen=True, slots=True)
class Loose:
    """A call of an API passes `term` for its parameter `name`, a tuple of arguments; it is `what` instead."""

    send: Send
    term: facts.Term
    name: str
    what: str

    @property
    def is_text(self) -> bool:
        """Whether each of its letters is passed as an argument."""
        return self.what == "a string"

    @property
    def fits(self) -> bool:
        """Whether what is called takes all these letters, as far as is known."""
        values, target = evaluate(self.term, self.send.site), slot(self.send.call, self.send.sender.callable)
        slots = parameters(evaluate(target, self.send.site)[0]) if target is not None else None
        counts = [len(value.value) for value in values if isinstance(value, Literal) and isinstance(value.value, str)]
        return slots is not None and bool(counts) and all(mismatch(slots, Given(count)) is None for count in counts)

    @property
    def is_written(self) -> bool:
        """Whether it is known which constant it is."""
        return all(isinstance(value, Literal) for value in evaluate(self.term, self.send.site))

    @property
    def is_in_parentheses(self) -> bool:
        """Whether parentheses around it, which make no tuple, tell that one is meant."""
        block, text = self.send.site.block, self.send.site.scope.module.document.text
        return text[block.start : block.place(self.term.at)[0]].rstrip().endswith("(")

    @property
    def is_dict(self) -> bool:
        """Whether its keys are passed as arguments."""
        return self.what == "a dict"


def loose(module: "Module") -> Iterator[Loose]:
    """Yield what the calls of a file pass for a tuple of arguments and is none."""
    for send in module.sends:
        wanted = send.sender.arguments
        term = slot(send.call, wanted) if wanted is not None and wanted.names and not send.inner else None
        if term is None or wanted is None or not _is_used(send):
            continue
        values = tuple(value for value in evaluate(term, send.site) if not _is_row(value))
        kinds = {_kind(value) for value in inflow(values) if not isinstance(value, Parameter)} - {_LETTER}
        what = kinds.pop() if len(kinds) == 1 else ""
        what = what or _kind_of_term(term, send.site)
        found = Loose(send, term, wanted.names[0], what)
        if what and (found.is_in_parentheses or not (found.is_text and found.fits)):
            yield found


def _is_row(value: Value) -> bool:
    """Whether a value is all that a parameter with stars is given."""
    return isinstance(value, Parameter) and bool(value.scope.parameters[value.index].stars) and value.item is None


def _is_used(send: Send) -> bool:
    """Whether the arguments are looked at: always by a process, by others if there is something to call."""
    if send.workers.maker.noun == "process":
        return True
    target = slot(send.call, send.sender.callable)
    return target is not None and Literal(None) not in evaluate(target, send.site)


_LETTER = "a letter"


def _kind(value: Value) -> str:
    """Return what a value is that is no tuple and the like, with its article; else nothing."""
    match value:
        case Literal(value=None):
            return "`None`"
        case Literal(value=str() | bytes() as text):
            return "a string" if len(text) != 1 else _LETTER  # which is passed as it is
        case Literal():
            return "a number"
        case Items(kind="dict", items=items):
            return "a dict" if items else ""
        case Function() | Method():
            return "a function"
        case Class():
            return "a class"
        case Channel():
            return "a queue"
        case Workers(maker=maker):
            return f"{'an' if maker.noun[0] in 'aeiou' else 'a'} {maker.noun}"
        case Instance(cls=cls, is_self=False) if not _can_iterate(value):
            return f"an instance of `{cls.name}`"
        case Product(name=name):
            return _kind_of_product(name)
        case _:
            return ""


def _can_iterate(value: Instance) -> bool:
    """Whether an instance can be gone through, for all that is known."""
    return any(
        not base.bindings.keys().isdisjoint(("__iter__", "__getitem__"))
        or any(not isinstance(each, Class) for each in bases(base))
        for base in lineage(value.cls)
    )


def _kind_of_product(name: str) -> str:
    if name in objects.NUMBERS:
        return "a number"
    if name in objects.TEXTS:
        return "a string"
    last = name.rpartition(".")[2]
    is_shared = name in objects.INHERITED_ONLY and last not in ("Array", "RawArray")
    is_lock = name.startswith(("threading.", "multiprocessing.Manager().")) and last in _SYNCHRONIZING
    return f"{'an' if last[0] in 'AEIOUR' else 'a'} `{last}`" if is_shared or is_lock else ""


_SYNCHRONIZING = ("Lock", "RLock", "Event", "Condition", "Semaphore", "BoundedSemaphore", "Barrier", "Queue", "Value")


def _kind_of_term(term: facts.Term, site: Site) -> str:
    """Return what a term is of which the values are not known."""
    if number(term, site) is not None:
        return "a number"
    return "a string" if _is_text(term) else ""


def _is_text(term: facts.Term) -> bool:
    """Whether a term is an f-string, or something is put together with one."""
    match term:
        case facts.Combined(parts=parts, operator="+"):
            return any(map(_is_text, parts))
        case _:
            return isinstance(term, facts.Formatted)
