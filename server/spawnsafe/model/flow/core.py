"""The questions that the parts of this package ask each other, in circles as a program leads them.

`evaluate` gives every value that a term can have at a site; `Anything` among them says that there may be more.
"""

from collections.abc import Iterator

from spawnsafe.model.memory import Values
from spawnsafe.model.methods import Targets
from spawnsafe.model.names import Site, Step
from spawnsafe.model.values import (
    Value,
)
from spawnsafe.syntax import facts


def evaluate(term: facts.Term, site: Site) -> Values:
    """Return what a term can be at a site, without duplicates, in the order of the text."""
    return site.scope.module.memory.answer(term, lambda: terms.values_of(term, site))


def bound(step: Step) -> Values:
    """Return what a binding binds its name to."""
    event = step.event
    assert isinstance(event, facts.Bind)  # noqa: S101 - that is what a binding is
    return step.scope.module.memory.answer(event, lambda: variables.values_bound(event, step.site))


def member(owner: Value, name: str) -> Values:
    """Return what an attribute of a value can be."""
    return attributes.member_of(owner, name)


def item_at(owners: Values, indices: Values) -> Iterator[Value]:
    """Yield what an item can be. A key that a dict lacks means another dict, if there is one."""
    return containers.items_of(owners, indices)


def elements(values: Values, seen: frozenset[Value] = frozenset()) -> Values:
    """Return what iterating over values gives; over those that are `seen`, nothing more."""
    return iteration.elements_of(values, seen)


def entered(values: Values) -> Values:
    """Return what `with` gives its target for a context manager."""
    return attributes.entered_by(values)


def arms(term: facts.Term, site: Site) -> Iterator[tuple[Targets, Values]]:
    """Yield what a term is, with the targets on which it can be that; where targets do not matter, all at once."""
    return reach.arms(term, site)


def where(step: Step) -> Targets:
    """Return the targets on which a step can be reached, as far as the conditions around and before it tell."""
    return reach.where(step.site)


from spawnsafe.model.flow import attributes, containers, iteration, reach, terms, variables  # noqa: E402 - they ask these themselves
