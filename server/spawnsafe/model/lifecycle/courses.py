"""What a run of a function comes to, in order, with what the functions do that it calls."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from spawnsafe.model.flow import evaluate, follow, passed_terms
from spawnsafe.model.lifecycle.pools import outer, outer_site
from spawnsafe.model.memory import Values, distinct
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.order import CallSite, callees, inflow
from spawnsafe.model.values import Parameter, Value
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

_DEEPEST = 4
_MOST = 2000
"""So many steps of a run are looked at."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of a function comes to `step` through the calls of `chain`, the first of which its step `top` makes.

    If the step stands in the function itself, it is its own `top`.
    """

    step: Step
    top: Step
    chain: tuple[CallSite, ...] = ()

    @property
    def called(self) -> Scope | None:
        """The function that the step `top` calls, None if it does not lead elsewhere."""
        if not self.chain:
            return None
        return outer(self.chain[1].site.scope if len(self.chain) > 1 else self.step.scope)

    def step_in(self, module: "Module") -> Step:
        """Return the step, or the call that leads to it if it stands in another file."""
        return self.step if self.step.scope.module is module else self.top

    def values(self, term: facts.Term) -> Values:
        """Return what a term of the step is, with what is passed in the place of parameters."""
        return distinct(_arriving(evaluate(term, self.step.site), self.chain))


def _arriving(values: Values, chain: tuple[CallSite, ...]) -> Iterator[Value]:
    for value in values if chain else inflow(values):
        if isinstance(value, Parameter) and chain:
            call = chain[-1]
            for term in passed_terms(call.call, value, call.site, call.offset):
                yield from _arriving(follow(evaluate(term, call.site), value.path), chain[:-1])
        else:
            yield value


def course(scope: Scope) -> Iterator[Passage]:
    """Yield what a run of a function or module comes to."""
    yield from islice(_course(scope, None, (), frozenset({scope})), _MOST)


def _course(scope: Scope, top: Step | None, chain: tuple[CallSite, ...], seen: frozenset[Scope]) -> Iterator[Passage]:
    for step in sorted(_within(scope), key=lambda step: outer_site(step.site).order):
        yield Passage(step, top or step, chain)
        if isinstance(step.event, facts.Invoke) and len(chain) < _DEEPEST:
            for inner, offset in dict.fromkeys(callees(step.event.call, step.site)):
                if not (inner in seen or inner.is_generator or inner.is_async):
                    call = CallSite(step.event.call, step.site, offset)
                    yield from _course(inner, top or step, (*chain, call), seen | {inner})


def _within(scope: Scope) -> Iterator[Step]:
    """Yield the steps of a scope and of the comprehensions in it."""
    yield from scope.steps
    for child in scope.children.values():
        if child.kind is ScopeKind.COMPREHENSION:
            yield from _within(child)
