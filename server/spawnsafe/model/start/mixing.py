"""Primitives that are made in one context and handed to workers of another."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, resolve, slot
from spawnsafe.model.methods import EVERYWHERE, StartMethods, When
from spawnsafe.model.names import Site
from spawnsafe.model.sends import Send
from spawnsafe.model.terms import last_name
from spawnsafe.model.values import Channel, Context, Product
from spawnsafe.syntax import facts

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_LOCKING = frozenset(
    f"multiprocessing.{name}"
    for name in (
        *("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Condition", "Event", "Barrier", "Value", "Array"),
        *("Queue", "JoinableQueue", "SimpleQueue"),
    )
)
"""What holds a semaphore, which knows whether its context is that of fork (run, CPython 3.11 and 3.14)."""


@dataclass(frozen=True, slots=True)
class Mixture:
    """A primitive is made with fork and handed to fresh workers. `context` makes these, if that is known."""

    send: Send
    value: Channel | Product
    when: When

    @property
    def name(self) -> str:
        """What a call makes it by: `Lock`."""
        return last_name(self.value.call.function)

    @property
    def context(self) -> str | None:
        """The code of the context that makes the workers; None if it means nothing where the primitive is made."""
        workers = self.send.workers
        if (
            workers.call is None
            or workers.site is None
            or self.value.site.scope.module is not workers.site.scope.module
        ):
            return None
        function = workers.call.function
        passed = slot(workers.call, workers.maker.context) if workers.maker.context else None
        term = passed or (function.value if isinstance(function, facts.Attribute) else None)
        root = term
        while isinstance(root, facts.Attribute | facts.Call):
            root = root.value if isinstance(root, facts.Attribute) else root.function
        if term is None or not isinstance(root, facts.Name):
            return None
        here, there = resolve(root.id, self.value.site), resolve(root.id, workers.site)
        is_bound = all(
            step.scope is not self.value.site.scope or step.order < self.value.site.order for step in here or ()
        )
        if not here or here != there or not is_bound:
            return None
        return workers.site.scope.module.code(workers.site.block, term.at)


def mixtures(module: "Module") -> Iterator[Mixture]:
    """Yield each primitive that cannot be handed to the workers that a file hands it to."""
    for send in module.sends:
        value = send.value
        if send.is_task or send.inner or not isinstance(value, Channel | Product) or not _locks(value):
            continue
        if not (_is_settled(value.call, value.site) and _is_settled(send.workers.call, send.workers.site)):
            continue
        made_in = value.site.scope.module.methods_of(value.methods)
        is_fresh = isinstance(send.methods, StartMethods) and not send.methods & StartMethods.FORK
        if made_in is None and is_fresh:
            yield Mixture(send, value, When(StartMethods.FORK))
        elif made_in == StartMethods.FORK and send.methods is None:
            yield Mixture(send, value, When(StartMethods.FRESH))
        elif made_in == StartMethods.FORK and is_fresh:
            yield Mixture(send, value, EVERYWHERE)


def _is_settled(call: facts.Call | None, site: Site | None) -> bool:
    """Whether the context that a call uses is one and the same whatever the program is given."""
    if call is None or site is None or not isinstance(call.function, facts.Attribute):
        return True
    return len({value for value in evaluate(call.function.value, site) if isinstance(value, Context)}) <= 1


def _locks(value: Channel | Product) -> bool:
    if isinstance(value, Channel):
        return True
    return value.name in _LOCKING and slot(value.call, apis.Slot(("lock",), None)) is None
