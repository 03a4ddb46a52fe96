"""The statements at module level, and what they have to do with each other."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from spawnsafe.model.flow import bases, evaluate, lineage, look_up
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.order import callees
from spawnsafe.model.sends import Role
from spawnsafe.model.terms import root_name
from spawnsafe.model.values import (
    ANYTHING,
    Class,
    External,
    Function,
    Instance,
    MakerClass,
    Method,
    Parameter,
    Product,
    Value,
    Workers,
)
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent
from spawnsafe.syntax.facts import ScopeKind

_TALKERS = frozenset({"print", "input", "pprint"})


@dataclass(frozen=True, eq=False)
class Statement:
    """A statement at module level, or several that share a line.

    `steps` are those of the module's scope, `scopes` the definitions, lambdas and comprehensions directly in
    it, `reads` the names that it reads itself.
    """

    extent: Extent
    steps: tuple[Step, ...]
    scopes: tuple[Scope, ...]
    reads: frozenset[str]

    def __contains__(self, offset: int) -> bool:
        """Whether an offset lies in it."""
        return self.extent[0] <= offset < self.extent[1]

    @cached_property
    def binds(self) -> frozenset[str]:
        """The names that it binds in the module."""
        return frozenset(step.event.name for step in self.steps if isinstance(step.event, facts.Bind))

    @property
    def definition(self) -> Scope | None:
        """The function or class that it defines, if that is all it does."""
        named = [scope for scope in self.scopes if scope.kind in (ScopeKind.FUNCTION, ScopeKind.CLASS)]
        whole = len(named) == 1 and all(_is_whole(step) for step in self.steps if _defines(step))
        return named[0] if whole and any(_defines(step) for step in self.steps) else None

    @cached_property
    def is_import(self) -> bool:
        """Whether it imports and does nothing else, under no condition."""
        return bool(self.steps) and all(
            isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Imported) and not step.region
            for step in self.steps
        )

    @cached_property
    def is_assignment(self) -> bool:
        """Whether it assigns and does nothing else, under no condition."""
        return (
            any(isinstance(step.event, (facts.Bind, facts.Store)) for step in self.steps)
            and not any(_acts(step) or step.region for step in self.steps)
            and not any(_defines(step) or _imports(step) for step in self.steps)
        )

    @cached_property
    def declares(self) -> bool:
        """Whether it defines or imports, under conditions perhaps, and does nothing else."""
        return any(_defines(step) or _imports(step) for step in self.steps) and not any(map(_acts, self.steps))

    @cached_property
    def receivers(self) -> frozenset[str]:
        """The names of what it may change from inside: whose items it assigns, whose methods it calls."""
        found = set()
        for step in self.steps:
            if isinstance(step.event, facts.Store):
                found.add(root_name(step.event.target))
            elif isinstance(step.event, facts.Invoke) and isinstance(step.event.call.function, facts.Attribute):
                found.add(root_name(step.event.call.function))
        return frozenset(found - {""})

    @cached_property
    def changes(self) -> frozenset[str]:
        """The names of what it may change from inside, arguments of calls included."""
        calls = [step.event.call for step in self.steps if isinstance(step.event, facts.Invoke)]
        return self.receivers | {root_name(passed.value) for call in calls for passed in call.arguments} - {""}


def _is_whole(step: Step) -> bool:
    return not step.region and isinstance(step.event, facts.Bind)


def _defines(step: Step) -> bool:
    return isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Defined)


def _imports(step: Step) -> bool:
    return isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Imported)


def _acts(step: Step) -> bool:
    """Whether a step is an expression that is evaluated for its effect."""
    event = step.event
    return (
        isinstance(event, facts.Evaluate) and event.at == event.statement and not isinstance(event.term, facts.Constant)
    )


# --- cutting -----------------------------------------------------------------------------------------------


def top_level(module: Module) -> list[Statement]:
    """Return the statements at module level, in order."""
    scope = module.scope
    extents = [(block.start, block.end) for block in module.document.blocks]
    steps = _sorted_into(extents, scope.steps, lambda step: step.block.place(step.event.at)[0])
    scopes = _sorted_into(extents, scope.children.values(), _scope_start)
    names = _sorted_into(extents, scope.reads, lambda name: name[1].place(name[0].at)[0])
    return [
        Statement(extent, tuple(steps[i]), tuple(scopes[i]), frozenset(name.id for name, _ in names[i]))
        for i, extent in enumerate(extents)
    ]


def _scope_start(scope: Scope) -> int:
    return scope.block.place(scope.facts.at)[0] if scope.facts else 0


_Item = TypeVar("_Item")


def _sorted_into(extents: list[Extent], items: Iterable[_Item], offset: Callable[[_Item], int]) -> list[list[_Item]]:
    """Return, for each extent, the items that stand in it."""
    found: list[list[_Item]] = [[] for _ in extents]
    starts = [start for start, _ in extents]
    for item in items:
        found[bisect_right(starts, offset(item)) - 1].append(item)
    return found


# --- names -------------------------------------------------------------------------------------------------


def free_names(scope: Scope) -> frozenset[str]:
    """Return the names of the module that a scope and all in it read."""
    return frozenset(
        name.id for inner in scope.walk() for name, _ in inner.reads if inner.home(name.id) is scope.module.scope
    )


def run_names(statement: Statement) -> frozenset[str]:
    """Return the names that a statement reads when it runs; not those in the bodies of its functions."""
    found = set(statement.reads)
    for scope in statement.scopes:
        if scope.kind is ScopeKind.CLASS:
            found |= {name.id for inner in _run_with(scope) for name, _ in inner.reads}
        elif scope.kind is not ScopeKind.FUNCTION:
            found |= free_names(scope)
    return frozenset(found)


def _run_with(scope: Scope) -> Iterator[Scope]:
    """Yield a class and what runs with its body."""
    yield scope
    for child in scope.children.values():
        if not child.is_function:
            yield from _run_with(child)


class Names:
    """What the names of a module lead to."""

    def __init__(self, module: Module, statements: list[Statement]) -> None:
        self.module = module
        self._binding: dict[str, list[Statement]] = {}
        for statement in statements:
            for name in statement.binds:
                self._binding.setdefault(name, []).append(statement)

    def reached(self, names: Iterable[str]) -> frozenset[str]:
        """Return these names and those that what they stand for reads, now or when it is called."""
        found, pending = set(), set(names)
        while pending:
            name = pending.pop()
            if name not in found:
                found.add(name)
                pending |= self._behind(name) - found
        return frozenset(found)

    def _behind(self, name: str) -> frozenset[str]:
        found: set[str] = set()
        for statement in self._binding.get(name, ()):
            defined = [scope for scope in statement.scopes if scope.name == name]
            found |= statement.reads if not defined else set()
            for scope in defined or statement.scopes:
                found |= free_names(scope)
        return frozenset(found)

    @cached_property
    def read_in_workers(self) -> frozenset[str]:
        """The names of the module that workers can come to read, but for workers themselves."""
        roots = set().union(*map(free_names, self._worker_scopes()))
        found = self.reached(roots)
        return frozenset(name for name in found if not self._is_workers(name))

    def _is_workers(self, name: str) -> bool:
        return any(isinstance(value, Workers) for value in look_up(name, self.module.scope.end))

    def _worker_scopes(self) -> set[Scope]:
        """Return the functions and classes of the file whose code can run in a worker."""
        found: set[Scope] = set()
        for send in self.module.sends:
            if send.role is not Role.ARGUMENT and self._is_unknown(send.value):
                return {scope for scope in self.module.scopes if scope.is_function or scope.is_class}
            found.update(_code_of(send.value))
        found.update(
            scope
            for scope in self.module.scopes
            if scope.is_class and any(isinstance(value, MakerClass) for base in lineage(scope) for value in bases(base))
        )
        return self._with_methods({scope for scope in found if scope.module is self.module})

    def _is_unknown(self, value: Value) -> bool:
        if isinstance(value, Parameter):
            return not self.module.calls_of(value.scope)
        return value == ANYTHING or isinstance(value, Product)

    def _with_methods(self, scopes: set[Scope]) -> set[Scope]:
        """Add the classes that have a method which the scopes call on something."""
        owners: dict[str, set[Scope]] = {}
        for scope in self.module.scopes:
            if scope.is_function and scope.owner is not None and scope.owner.is_class:
                owners.setdefault(scope.name, set()).add(scope.owner)
        pending = list(scopes)
        while pending:
            for inner in pending.pop().walk():
                for name in _methods_called(inner):
                    new = owners.get(name, set()) - scopes
                    scopes |= new
                    pending.extend(new)
        return scopes


def _code_of(value: Value) -> Iterator[Scope]:
    match value:
        case Function(scope=scope) | Class(scope=scope) | Instance(cls=scope):
            yield scope
        case Method(function=function, receiver=Instance(cls=cls) | Class(scope=cls)):
            yield function.scope
            yield cls
        case _:
            return


def _methods_called(scope: Scope) -> Iterator[str]:
    for step in scope.steps:
        if isinstance(step.event, facts.Invoke) and isinstance(step.event.call.function, facts.Attribute):
            yield step.event.call.function.name


# --- effects -----------------------------------------------------------------------------------------------


def talks(statement: Statement) -> bool:
    """Whether running a statement prints or asks for input, itself or in the functions that it calls."""
    return _any_talks(run_steps(statement), set())


def run_steps(statement: Statement) -> list[Step]:
    """Return the steps that running a statement comes to, those in bodies of classes and comprehensions included."""
    steps = [*statement.steps]
    for scope in statement.scopes:
        if scope.kind in (ScopeKind.CLASS, ScopeKind.COMPREHENSION):
            steps += [step for inner in _run_with(scope) for step in inner.steps]
    return steps


def _any_talks(steps: list[Step], seen: set[Scope]) -> bool:
    for step in steps:
        if not isinstance(step.event, facts.Invoke):
            continue
        call = step.event.call
        if isinstance(call.function, facts.Name) and call.function.id in _TALKERS:
            return True
        for scope, _ in callees(call, step.site):
            if scope not in seen:
                seen.add(scope)
                if _any_talks(list(scope.steps), seen):
                    return True
    return False


def calls_external(statement: Statement, *names: str) -> bool:
    """Whether a statement calls one of the functions outside the project."""
    return any(
        isinstance(value, External) and value.name in names
        for step in statement.steps
        if isinstance(step.event, facts.Invoke)
        for value in evaluate(step.event.call.function, step.site)
    )
