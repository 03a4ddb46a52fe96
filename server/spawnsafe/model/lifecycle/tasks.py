"""What becomes of the tasks that a program hands to pools without waiting for them: read, dropped, cut off."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from spawnsafe.model import apis
from spawnsafe.model.flow import elements, evaluate, slot
from spawnsafe.model.lifecycle.pools import Life, Phase, method_of, outer, outer_site
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.values import External, Items, Many, Product, Value, Workers
from spawnsafe.model.workers import lets_nothing_out
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import ScopeKind

_HANDING = {
    apis.POOL: frozenset({"apply_async", "map_async", "starmap_async", "imap", "imap_unordered"}),
    apis.EXECUTOR: frozenset({"submit", "map"}),
}
"""The methods that give something at once from which results are read later."""

_ITERATED = frozenset({"imap", "imap_unordered", "map"})
_READING = frozenset({"get", "wait", "result", "exception", "next", "__next__"})
_CONSUMERS = frozenset(
    f"builtins.{name}"
    for name in ("list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "max", "min", "any", "all", "next")
) | {"builtins.enumerate", "builtins.zip", "collections.deque", "tqdm.tqdm", "tqdm.auto.tqdm"}
"""What iterates over what it is given, or is iterated over where it stands."""

_QUICK = frozenset(f"builtins.{name}" for name in ("print", "range", "len", "list", "str", "int", "enumerate", "zip"))
"""Calls that take no time to speak of."""


@dataclass(eq=False)
class Task:
    """A call that hands work to a pool or executor and does not wait for it.

    `life` is that of the pool, None if the file does not make it. `reads` are the steps that wait for the result or
    iterate over the results; `looks` those that let the program know that they are there, or hand them to something
    that is not followed; `returns` those that return them.
    """

    workers: Workers
    life: Life | None
    step: Step
    call: facts.Call
    reads: list[Step] = field(default_factory=list)
    looks: list[Step] = field(default_factory=list)
    returns: list[Step] = field(default_factory=list)

    @property
    def is_iterated(self) -> bool:
        """Whether its results come from an iterator."""
        return method_of(self.step) in _ITERATED

    @property
    def late_reads(self) -> list[Step]:
        """The steps that wait for it when its pool has been ended, whether or not it was done."""
        if self.cut_off_by is not None and not self._own(self.looks):
            return self.reads  # it is kept somewhere, and read by another function
        return self._own(self.reads) if self._is_unseen else []

    @property
    def late_returns(self) -> list[Step]:
        """The steps that return it and thereby end its pool, or come when that has been ended."""
        if self.life is None or not self._is_unseen:
            return []
        return [
            step
            for step in self.returns
            for end, phases in self.life.paths(outer(step.scope)).ends
            if end is step and phases == {Phase.ENDED}
        ]

    @property
    def _is_unseen(self) -> bool:
        """Whether nothing can see that it is done before its pool has been ended."""
        life = self.life
        return life is not None and all(life.phases(step) == {Phase.ENDED} for step in self._own(self.looks))

    def _own(self, steps: list[Step]) -> list[Step]:
        """Return those of some steps that stand in the function that hands it to the pool."""
        return [step for step in steps if outer(step.scope) is outer(self.step.scope)]

    @cached_property
    def is_dropped(self) -> bool:
        """Whether nothing ever looks at what the call gives."""
        return _is_dropped(self.call, self.step.scope)

    @property
    def has_callback(self) -> bool:
        """Whether the pool itself tells of its exception."""
        return any(passed.keyword == "error_callback" or passed.stars > 1 for passed in self.call.arguments)

    @property
    def is_guarded(self) -> bool:
        """Whether what the workers run lets no exception out."""
        target = slot(self.call, self.workers.maker.methods[method_of(self.step)].callable)
        values = evaluate(target, self.step.site) if target is not None else ()
        return bool(values) and all(map(lets_nothing_out, values))

    @property
    def cut_off_by(self) -> int | None:
        """The region of the `with` that ends the pool at once, without waiting for the task; None if there is none."""
        life, step = self.life, self.step
        if life is None:
            return None
        site = outer_site(step.site)
        scope = site.scope
        for index in scope.enclosing(site.region):
            if life.exits.get((scope, index)) is Phase.ENDED:
                phases = life.paths(scope).leaving.get((scope, index), frozenset())
                rest = scope.steps[site.order : scope.regions[index].events[1]]
                is_quick = all(_is_quick(each, self.call, life) for each in rest)
                return index if phases and phases <= {Phase.RUNNING, Phase.CLOSED} and is_quick else None
        return None


def _is_quick(step: Step, handing: facts.Call, life: Life) -> bool:
    """Whether a step surely waits for nothing."""
    if not isinstance(step.event, facts.Invoke) or step.event.call is handing:
        return not isinstance(step.event, facts.Yield)
    name = method_of(step)
    if name in ("append", "format", "close", "terminate"):
        return True
    if name in _HANDING[apis.POOL] and step in life.uses:
        return True
    return _calls(step, _QUICK)


def _calls(step: Step, names: frozenset[str]) -> bool:
    """Whether a step surely calls one of some functions from outside the project."""
    called = evaluate(step.event.call.function, step.site) if isinstance(step.event, facts.Invoke) else ()
    return bool(called) and all(isinstance(value, External) and value.name in names for value in called)


def tasks(scopes: Iterable[Scope], lives: Iterable[Life]) -> list[Task]:
    """Return the tasks that these scopes hand to pools without waiting for them, in the order of the text."""
    known = {id(life.workers.call): life for life in lives}
    found = {
        id(step.event.call): Task(value, known.get(id(value.call)), step, step.event.call)
        for scope in scopes
        if not scope.mentions.isdisjoint(_MENTIONS)
        for step in scope.steps
        if isinstance(step.event, facts.Invoke) and isinstance(step.event.call.function, facts.Attribute)
        for value in evaluate(step.event.call.function.value, step.site)
        if isinstance(value, Workers) and method_of(step) in _HANDING.get(value.maker, ())
    }
    for scope in scopes if found else ():
        for step in scope.steps:
            _note(step, found)
    return list(found.values())


_MENTIONS = frozenset(f".{name}" for names in _HANDING.values() for name in names)


def _note(step: Step, found: dict[int, Task]) -> None:
    """Note what a step does with the results of tasks."""
    for term in _read_by(step):
        for task in _named_by(term, step.site, found):
            lazy = _returned_by(step)
            if lazy is not None:
                task.returns.append(lazy)
            else:
                task.reads.append(step)
                task.looks.append(step)
    match step.event:
        case facts.Invoke(call=call) if method_of(step) in _LOOKING:
            assert isinstance(call.function, facts.Attribute)  # noqa: S101 - that is what a method is
            for task in _named_by(call.function.value, step.site, found):
                task.looks.append(step)
        case facts.Invoke(call=call) if method_of(step) not in _KEEPING and not _calls(step, _BLIND):
            for passed in call.arguments:
                for task in _given(evaluate(passed.value, step.site), found):
                    task.looks.append(step)
        case facts.Return(term=facts.Term() as term):
            for task in _given(evaluate(term, step.site), found):
                task.returns.append(step)


_LOOKING = frozenset({"ready", "successful", "done", "running", "cancel", "add_done_callback"})
_KEEPING = frozenset({"append", "add", "insert", "setdefault"})


_BLIND = frozenset(f"builtins.{name}" for name in ("print", "len", "str", "repr", "bool", "type", "id"))
"""Calls that learn nothing of whether a task that they are given, or each of a list, is done."""


def _returned_by(step: Step) -> Step | None:
    """Return the step that returns the generator expression in which a step stands, None if there is none."""
    scope = step.scope
    for each in scope.parent.steps if scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None else ():
        match each.event:
            case facts.Return(term=facts.Comprehension(kind="generator", scope=own)) if own is scope.facts:
                return each
    return None


def _read_by(step: Step) -> Iterator[facts.Term]:
    """Yield the terms from which a step reads results."""
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if name in _READING:
            yield owner
        case facts.Invoke(call=call):
            called = evaluate(call.function, step.site)
            if any(isinstance(value, External) and value.name in _CONSUMERS for value in called):
                yield from (passed.value for passed in call.arguments)
        case facts.Bind(source=facts.Element(term=term)):
            yield term
        case facts.Yield(term=facts.Term() as term, delegated=True):
            yield term


def _named_by(term: facts.Term, site: Site, found: dict[int, Task]) -> Iterator[Task]:
    return _of(evaluate(term, site), found)


def _of(values: Iterable[Value], found: dict[int, Task]) -> Iterator[Task]:
    for value in values:
        if isinstance(value, Product) and id(value.call) in found:
            yield found[id(value.call)]


def _given(values: Iterable[Value], found: dict[int, Task]) -> Iterator[Task]:
    """Yield the tasks among values, and those in lists of them."""
    for value in values:
        yield from _of(elements((value,)) if isinstance(value, Items | Many) else (value,), found)


# --- dropped -----------------------------------------------------------------------------------------------


def _is_dropped(term: facts.Term, scope: Scope) -> bool:
    """Whether what a term gives in a scope is never looked at: a statement of its own, or put where nothing reads."""
    for step in scope.steps:
        match step.event:
            case facts.Evaluate(term=whole) if whole is term and step.event.statement == term.at:
                return True
            case facts.Bind(name=name, source=facts.Assigned(term=whole, path=())) if whole is term:
                return _is_unread(name, step)
            case facts.Invoke(
                call=facts.Call(
                    function=facts.Attribute(value=facts.Name(id=name), name="append" | "add"), arguments=(passed,)
                )
            ) if passed.value is term:
                return _is_unread(name, step)
    if scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
        return any(
            term in whole.elements and whole.kind != "generator" and _is_dropped(whole, scope.parent)
            for whole in _comprehensions(scope)
        )
    return False


def _comprehensions(scope: Scope) -> Iterator[facts.Comprehension]:
    """Yield the term that a comprehension is, where it stands as a statement or is bound."""
    assert scope.parent is not None  # noqa: S101 - a module is no comprehension
    for step in scope.parent.steps:
        term = getattr(step.event, "term", None) or getattr(getattr(step.event, "source", None), "term", None)
        if isinstance(term, facts.Comprehension) and term.scope is scope.facts:
            yield term


def _is_unread(name: str, step: Step) -> bool:
    """Whether nothing reads a variable but to put more into it."""
    home = step.scope.home(name)
    if home is None or (home.is_module and step.scope is not home) or name in step.scope.declared_global:
        return False
    filled = {id(owner) for _, owner, _ in home.module.put.get(name, ())}
    return not any(
        read.id == name and id(read) not in filled and inner.home(name) is home
        for inner in home.walk()
        for read, _ in inner.reads
    )
