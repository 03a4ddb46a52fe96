"""The ways through a scope: in which states something can be before each of its steps.

The states are the caller's: a pool that runs or is closed, say. They flow along the steps; through every branch that
can be taken, through loops until nothing new comes, from each step of a `try` to its handlers, and through each
`finally` and the end of each `with` however these are left. Comprehensions run where they stand.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Generic, TypeVar

from spawnsafe.model.flow import Run, taken
from spawnsafe.model.names import Scope, Step
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow, ScopeKind

S = TypeVar("S")
States = frozenset[S]

_ROUNDS = 4
"""A state that goes round a loop does so at most this often before it is as it was."""


@dataclass
class Paths(Generic[S]):
    """What is known of the ways through a scope; comprehensions in it are part of it.

    `ends` are the states at each `return`, and (for None) where the scope runs out. `leaving` are those in which the
    end of a `with` is come to without an exception or `return`, by scope and region. `early` are the states before the
    steps of a loop in its first round.
    """

    before: dict[Step, States[S]] = field(default_factory=dict)
    ends: list[tuple[Step | None, States[S]]] = field(default_factory=list)
    leaving: dict[tuple[Scope, int], States[S]] = field(default_factory=dict)
    early: dict[Step, States[S]] = field(default_factory=dict)

    def at(self, step: Step) -> States[S]:
        """Return the states in which a step can be come to; none, if it cannot."""
        return self.before.get(step, frozenset())

    def first_at(self, step: Step) -> States[S]:
        """Return the states in which a step can be come to for the first time."""
        return self.early.get(step, self.at(step))


def paths(
    scope: Scope,
    states: States[S],
    apply: Callable[[Step, States[S]], States[S]],
    leave: Callable[[Scope, int, States[S]], States[S]],
) -> Paths[S]:
    """Follow states from the beginning of a scope.

    `apply` gives what a step makes of them, `leave` what the end of a `with` does.
    """
    found: Paths[S] = Paths()
    way = _Walk(scope, found, apply, leave).run(0, states)
    found.ends = [*way.exits, (None, way.states)] if way.states else way.exits
    return found


@dataclass
class _Way(Generic[S]):
    """How a region is gone through: what comes out of it by its end, by a jump in a loop, by `return` or exceptions."""

    states: States[S]
    jumps: States[S] = frozenset()
    exits: list[tuple[Step | None, States[S]]] = field(default_factory=list)
    thrown: States[S] = frozenset()

    def join(self, other: "_Way[S]") -> None:
        """Add the ways on which another region is left early."""
        self.jumps |= other.jumps
        self.exits += other.exits
        self.thrown |= other.thrown


@dataclass
class _Walk(Generic[S]):
    scope: Scope
    found: Paths[S]
    apply: Callable[[Step, States[S]], States[S]]
    leave: Callable[[Scope, int, States[S]], States[S]]

    def run(self, index: int, states: States[S]) -> _Way[S]:
        """Go through a region."""
        way = _Way(states)
        region = self.scope.regions[index]
        position, stop = region.events if index else (0, len(self.scope.steps))
        for group in self._groups(index):
            self._steps(index, position, self.scope.regions[group[0]].events[0], way)
            self._group(group, way)
            position = max(position, self.scope.regions[group[-1]].events[1])
        self._steps(index, position, stop, way)
        if index and way.states and region.ending is not Ending.NONE:
            if region.ending is not Ending.SCOPE:
                way.jumps |= way.states
            way.states = frozenset()
        return way

    def _groups(self, parent: int) -> list[list[int]]:
        """Return the parts of each statement directly in a region, in order."""
        found: dict[int, list[int]] = {}
        for index in self._inner.get(parent, ()):
            found.setdefault(self.scope.regions[index].group, []).append(index)
        return list(found.values())

    @cached_property
    def _inner(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for index, region in enumerate(self.scope.regions[1:], 1):
            found.setdefault(region.parent, []).append(index)
        return found

    def _steps(self, index: int, first: int, stop: int, way: _Way[S]) -> None:
        for position in range(first, stop + 1):
            for child in self._comprehensions.get((index, position), ()):
                inner = _Walk(child, self.found, self.apply, self.leave).run(0, way.states)
                way.states |= inner.states
                way.thrown |= inner.thrown
            if position < stop and way.states:
                self._step(self.scope.steps[position], way)

    @cached_property
    def _comprehensions(self) -> dict[tuple[int, int], list[Scope]]:
        found: dict[tuple[int, int], list[Scope]] = {}
        for child in self.scope.children.values():
            if child.kind is ScopeKind.COMPREHENSION and child.site is not None:
                found.setdefault((child.site.region, child.site.order), []).append(child)
        return found

    def _step(self, step: Step, way: _Way[S]) -> None:
        self.found.before[step] = self.found.at(step) | way.states
        after = self.apply(step, way.states)
        way.thrown |= way.states | after
        if isinstance(step.event, facts.Return):
            way.exits.append((step, after))
        way.states = frozenset() if isinstance(step.event, facts.Return | facts.Raise) else after

    def _group(self, group: list[int], way: _Way[S]) -> None:
        match self.scope.regions[group[0]].flow:
            case Flow.BRANCH:
                self._branches(group, way)
            case Flow.LOOP:
                self._loop(group, way)
            case Flow.TRY:
                self._try(group, way)
            case _:
                for index in group:
                    self._always(index, way)

    def _branches(self, group: list[int], way: _Way[S]) -> None:
        decided = {index: taken(self.scope, index, Run.MAIN) for index in group}
        is_sure = any(decided.values()) or any(self.scope.regions[index].exhaustive for index in group)
        after: States[S] = frozenset() if is_sure else way.states
        for index in group:
            if decided[index] is not False:
                inner = self.run(index, way.states)
                way.join(inner)
                after |= inner.states
        way.states = after

    def _loop(self, group: list[int], way: _Way[S]) -> None:
        loop, *rest = group
        states, inner = way.states, _Way[S](way.states)
        for _ in range(_ROUNDS):
            inner = self.run(loop, states)
            for step in self.scope.steps[slice(*self.scope.regions[loop].events)]:
                self.found.early.setdefault(step, self.found.at(step))
            around = states | inner.states | inner.jumps
            if around == states:
                break
            states = around
        way.exits += inner.exits
        way.thrown |= inner.thrown
        way.states = inner.jumps if self._is_endless(loop) else states
        for index in rest:  # its `else`, which a `break` leaves out
            self._always(index, way)
            way.states |= inner.jumps

    def _is_endless(self, loop: int) -> bool:
        tests = self._inner.get(loop, [])
        is_while = self.scope.regions[loop].subject is None and self.scope.kind is not ScopeKind.COMPREHENSION
        return is_while and bool(tests) and taken(self.scope, tests[-1], Run.MAIN) is True

    def _try(self, group: list[int], way: _Way[S]) -> None:
        body, *rest = group
        whole = self.run(body, way.states)
        caught, thrown = way.states | whole.thrown, whole.thrown
        handlers = [index for index in rest if self.scope.regions[index].flow is Flow.HANDLER]
        if handlers:
            whole.thrown = frozenset()
        for index in handlers:
            inner = self.run(index, caught)
            whole.join(inner)
            whole.states |= inner.states
        for index in rest[len(handlers) :]:  # its `finally`
            whole = self._passed(whole, partial(self._out_of, index))
        whole.thrown |= thrown if handlers and len(rest) == len(handlers) else frozenset()
        way.states = whole.states
        way.join(whole)

    def _out_of(self, index: int, states: States[S]) -> States[S]:
        return self.run(index, states).states

    def _always(self, index: int, way: _Way[S]) -> None:
        inner = self.run(index, way.states)
        if self.scope.regions[index].subject is not None:
            key = (self.scope, index)
            self.found.leaving[key] = self.found.leaving.get(key, frozenset()) | inner.states | inner.jumps
            inner = self._passed(inner, lambda states: self.leave(self.scope, index, states))
        way.states = inner.states
        way.join(inner)

    @staticmethod
    def _passed(way: _Way[S], through: Callable[[States[S]], States[S]]) -> _Way[S]:
        """Return ways that all go through something: a `finally`, the end of a `with`."""

        def passed(states: States[S]) -> States[S]:
            return through(states) if states else states

        exits = [(step, passed(states)) for step, states in way.exits]
        return _Way(passed(way.states), passed(way.jumps), exits, passed(way.thrown))
