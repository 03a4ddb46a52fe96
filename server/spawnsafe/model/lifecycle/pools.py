"""The life of a pool: where it is made, what is asked of it, how it ends."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import Run, argument, bound, evaluate, guarded, is_sure, lineage, sourced
from spawnsafe.model.lifecycle.paths import Paths, paths
from spawnsafe.model.memory import Values
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import callees
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.values import (
    Class,
    External,
    Function,
    Instance,
    Literal,
    MakerClass,
    Method,
    Product,
    Value,
    Workers,
)
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.facts import At, Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


class End(Enum):
    """How a pool is given up."""

    WITH = "with"
    """A `with` leaves it."""
    CLOSED = "closed"
    """A call of `close`, `terminate` or `shutdown`, on some path at least."""
    ALWAYS_CLOSED = "always closed"
    """The same, in a `finally` or on the only path."""
    OPEN = "open"


_CLOSERS = ("close", "terminate", "shutdown", "stop", "__exit__")
"""The methods that give a pool or executor up; `stop` is pebble's."""


class Phase(Enum):
    """How far a pool has come in its life."""

    UNMADE = "unmade"
    RUNNING = "running"
    CLOSED = "closed"
    """It takes no more tasks; those that it has are still being done."""
    DONE = "done"
    """It takes no more tasks, and has done those that it had."""
    ENDED = "ended"
    """Its workers are gone, whether or not the tasks were done."""
    UNKNOWN = "unknown"


_NO_TASKS = frozenset({Phase.CLOSED, Phase.DONE, Phase.ENDED})


@dataclass(eq=False)
class Life:
    """A pool, executor, process or manager that a call makes.

    `uses` are the calls of its methods, in order. `loans` are the steps that hand it, or a method that ends it, to
    something that is not followed; `returns` those that give it to whoever calls the function. `errands` are the calls
    of functions that do with it what is seen: that part of its life begins with the function's parameter.
    """

    workers: Workers
    made: Step
    uses: list[Step] = field(default_factory=list)
    loans: list[Step] = field(default_factory=list)
    returns: list[Step] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    """The attributes of instances in which it is."""
    errands: dict[Step, "Life"] = field(default_factory=dict)
    exits: dict[tuple[Scope, int], Phase] = field(default_factory=dict)
    """What the end of a `with` makes of it, by scope and region."""
    _paths: dict[Scope, Paths[Phase]] = field(default_factory=dict)

    @property
    def end(self) -> End:
        """How it is given up."""
        if any(phase in (Phase.ENDED, Phase.DONE) for phase in self.exits.values()):
            return End.WITH
        closing = self._closing
        if self.exits or any(is_sure(step, Run.MAIN) for step in closing):
            return End.ALWAYS_CLOSED
        return End.CLOSED if closing else End.OPEN

    @property
    def is_followed(self) -> bool:
        """Whether all that is done to it is seen."""
        return not self.loans and not self.returns

    @property
    def is_lasting(self) -> bool:
        """Whether it lives as long as the program: made when the module is imported, or bound to a global."""
        home = self.made.scope
        if home.is_module:
            return not guarded(self.made)
        binds = (step for step in home.steps if isinstance(step.event, facts.Bind))
        return any(_name_of(step) in home.declared_global and _is_any(bound(step), self) for step in binds)

    @property
    def is_left_open(self) -> bool:
        """Whether it is a pool that nothing gives up, for all that is seen, while the program goes on."""
        if self.workers.maker is not apis.POOL or self.workers.cls is not None or self.loans or self._enders:
            return False
        if self.is_joined or self.is_lasting or not all(self._is_returned_to_callers(step) for step in self.returns):
            return False
        return not self._is_ended_by_users

    @property
    def _is_ended_by_users(self) -> bool:
        """Whether other files, which import this one, end what is in an attribute, or hand it on."""
        home = self.made.scope.module
        users = home.project.users_of(home.path) if self.kept else []
        return any(_ends_kept(self.kept, scope) for user in users for scope in user.scopes)

    @property
    def is_joined(self) -> bool:
        """Whether something waits for its workers to end."""
        return any(method_of(step) == "join" for step in self.uses) or any(
            errand.is_joined for errand in self.errands.values()
        )

    @property
    def is_executor(self) -> bool:
        """Whether it waits for its tasks when a `with` leaves it."""
        return after_with(self.workers) is Phase.DONE

    @property
    def fits_with(self) -> bool:
        """Whether it is a pool or executor that is known from its beginning to its end, in one function."""
        is_pool = self.workers.maker in (apis.POOL, apis.EXECUTOR) and self.workers.cls is None
        hurried = (step for step in self.uses if method_of(step) == "shutdown" and not _waits(step))
        return is_pool and self.is_followed and self._enders <= {outer(self.made.scope)} and not any(hurried)

    def _is_returned_to_callers(self, step: Step) -> bool:
        """Whether it is given to those that call a function of this file, and they stand in this file."""
        function, module = outer(step.scope), step.scope.module
        is_plain = isinstance(step.event, facts.Return) and function is outer(self.made.scope)
        return is_plain and bool(module.calls_of(function)) and not module.is_imported

    @property
    def premature_joins(self) -> list[Step]:
        """The calls of `join`, or of functions that call it, which come to a pool that still runs."""
        joins = [step for step in self.uses if method_of(step) == "join"]
        joins += [step for step, errand in self.errands.items() if errand.premature_joins]
        return [step for step in joins if _made(self.paths(outer(step.scope)).first_at(step)) == {Phase.RUNNING}]

    @property
    def late_tasks(self) -> list[Step]:
        """The calls that give it tasks when it takes no more."""
        return [
            step
            for step in self.uses
            if method_of(step) in self.workers.maker.methods and (found := self.phases(step)) and found <= _NO_TASKS
        ]

    def end_before(self, step: Step) -> "Step | tuple[Scope, int] | None":
        """Return what has given it up when a step is come to: the last call that does, or the region of a `with`."""
        site, scope = outer_site(step.site), outer(step.scope)
        calls = [step for step in self._closing if step.scope is scope]
        found: list[tuple[int, Step | tuple[Scope, int]]] = [(use.order, use) for use in calls]
        found += [(scope.regions[index].events[1], (home, index)) for home, index in self.exits if home is scope]
        return max((each for each in found if each[0] <= site.order), key=lambda each: each[0], default=(0, None))[1]

    def phases(self, step: Step) -> frozenset[Phase]:
        """Return the phases in which a step can find it."""
        return _made(self.paths(outer(step.scope)).at(step))

    def paths(self, scope: Scope) -> Paths[Phase]:
        """Return its phases on the ways through a function or module."""
        known = self._paths.get(scope)
        if known is None:
            begin = frozenset({self._first(scope)})
            known = self._paths[scope] = paths(scope, begin, self._after, self._left)
        return known

    @property
    def _closing(self) -> list[Step]:
        """The calls that give it up, or of functions that do."""
        found = [step for step in self.uses if method_of(step) in _CLOSERS]
        return found + [step for step, errand in self.errands.items() if errand.is_given_up]

    @property
    def is_given_up(self) -> bool:
        """Whether anything gives it up."""
        return bool(self._enders)

    @property
    def _enders(self) -> set[Scope]:
        """The functions in which it is given up."""
        return {outer(step.scope) for step in self._closing} | {outer(scope) for scope, _ in self.exits}

    def _first(self, scope: Scope) -> Phase:
        if scope is outer(self.made.scope):
            return Phase.UNMADE
        return Phase.RUNNING if self.is_followed and self._enders <= {scope} else Phase.UNKNOWN

    def _after(self, step: Step, phases: frozenset[Phase]) -> frozenset[Phase]:
        if step is self.made:
            is_own = self._enders <= {outer(step.scope)}
            return frozenset({Phase.RUNNING if is_own else Phase.UNKNOWN})
        if step in self.loans:
            return phases | {Phase.UNKNOWN}
        if step in self.errands:
            return self.errands[step].lead(phases) or phases
        if step not in self.uses:
            return phases
        after = frozenset(_after_call(phase, step, self.workers) for phase in phases)
        return after if self._is_only_one(step) else phases | after

    def lead(self, phases: frozenset[Phase]) -> frozenset[Phase]:
        """Return the phases to which the function that has it for a parameter leads."""

        def after(step: Step, before: frozenset[Phase]) -> frozenset[Phase]:
            return before if step is self.made else self._after(step, before)

        ways = paths(outer(self.made.scope), phases, after, self._left)
        return frozenset().union(*(states for _, states in ways.ends))

    def _is_only_one(self, step: Step) -> bool:
        """Whether what a method is called on is this pool and no other that the same call makes, or another one."""
        assert isinstance(step.event, facts.Invoke)  # noqa: S101 - that is what a use is
        function = step.event.call.function
        assert isinstance(function, facts.Attribute)  # noqa: S101 - likewise
        if isinstance(self.made.event, facts.Bind):
            return True  # what is passed for the parameter
        if self.returns and outer(step.scope) is not outer(self.made.scope):
            return False
        if any(isinstance(term, facts.Subscript) for term in parts(function.value)):
            return False
        return all(_is(value, self) or isinstance(value, Literal) for value in evaluate(function.value, step.site))

    def _left(self, scope: Scope, region: int, phases: frozenset[Phase]) -> frozenset[Phase]:
        phase = self.exits.get((scope, region))
        if phase is None:
            return phases
        left = frozenset(_later(each, phase) for each in phases)
        return left if self._is_alone_in(outer(scope)) else phases | left

    def _is_alone_in(self, scope: Scope) -> bool:
        """Whether no other one that the same call makes can be in a scope: another call of its function gives that."""
        home = outer(self.made.scope)
        if not self.returns or scope is home:
            return True
        return sum(outer(call.site.scope) is scope for call in home.module.calls_of(home)) == 1


def _made(phases: frozenset[Phase]) -> frozenset[Phase]:
    """Return the phases in which something can be used."""
    return phases - {Phase.UNMADE}


def _is(value: Value, life: Life) -> bool:
    return isinstance(value, Workers) and value.call is life.workers.call


def _is_any(values: Values, life: Life) -> bool:
    return any(_is(value, life) for value in values)


def _name_of(step: Step) -> str:
    return step.event.name if isinstance(step.event, facts.Bind) else ""


def _later(phase: Phase, other: Phase) -> Phase:
    """Return the phase after something that makes the other phase of a running pool."""
    if phase in (Phase.UNMADE, Phase.DONE, Phase.ENDED):
        return phase
    return Phase.CLOSED if phase is Phase.UNKNOWN and other is Phase.ENDED else other


def _after_call(phase: Phase, step: Step, workers: Workers) -> Phase:
    """Return the phase of a pool after a call of one of its methods."""
    match method_of(step):
        case "close":
            return _later(phase, Phase.CLOSED)
        case "join":
            return Phase.DONE if phase is Phase.CLOSED else phase
        case "terminate" | "stop":
            return _later(phase, Phase.ENDED)
        case "shutdown":
            return _later(phase, Phase.DONE if _waits(step) else Phase.CLOSED)
        case "__exit__":
            return _later(phase, after_with(workers))
        case _:
            return phase


def after_with(workers: Workers) -> Phase:
    """Return what the end of its `with` makes of a pool: it is terminated, while an executor waits for its tasks."""
    return Phase.ENDED if workers.maker.noun == "pool" else Phase.DONE


def _waits(step: Step) -> bool:
    assert isinstance(step.event, facts.Invoke)  # noqa: S101 - that is what a use is
    return not step.event.call.arguments


def method_of(step: Step) -> str:
    """Return the name of the method that a step calls, empty if it calls none."""
    call = step.event.call if isinstance(step.event, facts.Invoke) else None
    return call.function.name if call and isinstance(call.function, facts.Attribute) else ""


def receiver_of(step: Step) -> str:
    """Return what a step calls a method on as it is written, empty if that is no short dotted name."""
    function = step.event.call.function if isinstance(step.event, facts.Invoke) else None
    if not isinstance(function, facts.Attribute):
        return ""
    code = step.scope.module.code(step.block, function.value.at)
    plain = code.replace(".", "").replace("_", "").isalnum()
    return code if plain and len(code) <= _LONGEST else ""


def called_by(step: Step) -> str:
    """Return what a step calls as it is written, empty if that is no short dotted name."""
    call = step.event.call if isinstance(step.event, facts.Invoke) else None
    return step.scope.module.label(step.block, call.function.at) if call is not None else ""


_LONGEST = 32


def outer(scope: Scope) -> Scope:
    """Return a scope, or the one around it in which a comprehension runs."""
    while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
        scope = scope.parent
    return scope


def outer_site(site: Site) -> Site:
    """Return a site, or where the comprehension that it is in stands in the scope around."""
    while site.scope.kind is ScopeKind.COMPREHENSION and site.scope.site is not None:
        site = site.scope.site
    return site


# --- what happens to them ----------------------------------------------------------------------------------


def lives(scopes: list[Scope], making: list[Scope]) -> list[Life]:
    """Return the lives of all workers made in some of the scopes of a file, in the order of their making."""
    found = {
        id(call): Life(value, step)
        for scope in making
        for step in scope.steps
        if isinstance(step.event, facts.Invoke)
        for call in (step.event.call,)
        for value in evaluate(call, step.site)
        if isinstance(value, Workers) and value.call is call and value.maker not in apis.FUNCTIONS
    }
    _follow(scopes, found)
    return list(found.values())


def adopted(scopes: list[Scope], making: list[Scope]) -> list[Life]:
    """Return the lives of the pools that functions of other files make for some of the scopes of a file.

    A function that is called twice makes two that are not told apart: they are left out.
    """
    made: dict[int, list[Life]] = {}
    for scope in making:
        for step in scope.steps:
            if isinstance(step.event, facts.Invoke):
                for value in evaluate(step.event.call, step.site):
                    if isinstance(value, Workers) and _is_made_by(step.event.call, step.site, value):
                        made.setdefault(id(value.call), []).append(Life(value, step))
    found = {key: each[0] for key, each in made.items() if len(each) == 1}
    _follow(scopes, found)
    return list(found.values())


def _is_made_by(call: facts.Call, site: Site, workers: Workers) -> bool:
    """Whether a call of a function of another file makes a pool for whoever calls it, and keeps nothing of it."""
    home = outer(workers.site.scope) if workers.site is not None else None
    if home is None or home.module is site.scope.module or home.is_module or workers.maker not in _FOLLOWED:
        return False
    if {scope for scope, _ in callees(call, site)} != {home} or home.is_generator or home.is_async:
        return False
    own = [life for life in lives(list(home.walk()), [home]) if life.workers.call is workers.call]
    is_decorated = home.facts is not None and bool(home.facts.decorators)
    is_stored = any(isinstance(step.event, facts.Store) for step in home.steps)
    return not (is_decorated or is_stored) and all(
        not (life.loans or life.is_given_up or life.is_lasting)
        and all(isinstance(step.event, facts.Return) for step in life.returns)
        for life in own
    )


def _follow(scopes: list[Scope], found: dict[int, Life]) -> None:
    """Note what some scopes do with workers."""
    for scope in scopes if found else ():
        for step in scope.steps:
            _note(step, found)
        for index, region in enumerate(scope.regions):
            if region.flow is Flow.ALWAYS and region.subject is not None:
                _note_with(scope, index, region.subject, found)


def _note(step: Step, found: dict[int, Life]) -> None:
    """Note what a step does with workers."""
    match step.event:
        case facts.Invoke(call=call):
            if isinstance(call.function, facts.Attribute):
                for life in _named_by(call.function.value, step.site, found):
                    life.uses.append(step)
            for passed in call.arguments:
                for life in _given_by(passed.value, step.site, found):
                    if isinstance(passed.value, facts.Attribute) or not _collects(call, step.site):
                        _lend(life, step, call, passed.value)
        case facts.Return(term=facts.Term() as term) | facts.Yield(term=facts.Term() as term):
            for life in _given_by(term, step.site, found):
                life.returns.append(step)
        case facts.Store(target=target, source=facts.Assigned(term=term)):
            for life in _given_by(term, step.site, found):
                if isinstance(target, facts.Attribute) and _is_kept(target, step.site):
                    life.kept.add(target.name)
                else:
                    life.loans.append(step)
        case facts.Bind(source=facts.Assigned(term=facts.Display(), path=(_, *_))):
            pass  # each name is bound to an item
        case facts.Bind(source=facts.Assigned(term=term)):
            for life in _given_by(term, step.site, found):
                if not isinstance(term, facts.Name | facts.Call | facts.Conditional | facts.Logical | facts.Attribute):
                    life.loans.append(step)


def _named_by(term: facts.Term, site: Site, found: dict[int, Life]) -> list[Life]:
    """Return the lives of the workers that a term can be."""
    values = evaluate(term, site)
    return [found[id(value.call)] for value in values if isinstance(value, Workers) and id(value.call) in found]


def _given_by(term: facts.Term, site: Site, found: dict[int, Life]) -> Iterator[Life]:
    """Yield the lives of the workers that a term gives: itself, in a display, or by a method to start or end them."""
    match term:
        case facts.Call() | facts.Name():
            yield from _named_by(term, site, found)
        case facts.Attribute(value=owner, name=name):
            yield from _named_by(term, site, found)
            yield from _named_by(owner, site, found) if name in (*_CLOSERS, "start") else ()
        case facts.Display(items=items) | facts.Opaque(parts=items):
            for item in items:
                yield from _given_by(item, site, found)
        case facts.Conditional(body=left, orelse=right) | facts.Logical(left=left, right=right):
            yield from _given_by(left, site, found)
            yield from _given_by(right, site, found)
        case facts.Starred(value=value) | facts.Walrus(value=value):
            yield from _given_by(value, site, found)


def _is_kept(target: facts.Term, site: Site) -> bool:
    """Whether what is assigned to a target is found again: an attribute of an instance of a class of this file."""
    owners = evaluate(target.value, site) if isinstance(target, facts.Attribute) else ()
    return bool(owners) and all(_is_at_home(value, site.scope.module) for value in owners)


def _ends_kept(names: set[str], scope: Scope) -> bool:
    """Whether a scope ends what is in an attribute of one of these names, or gives it to something."""
    subjects = (region.subject for region in scope.regions if region.flow is Flow.ALWAYS)
    if any(isinstance(term, facts.Attribute) and term.name in names for term in subjects):
        return True
    for step in scope.steps:
        given = step.event.call.arguments if isinstance(step.event, facts.Invoke) else ()
        if any(isinstance(each.value, facts.Attribute) and each.value.name in names for each in given):
            return True
        for term in parts(step.event):
            match term:
                case facts.Attribute(value=facts.Attribute(name=kept), name=name) if kept in names and name in _CLOSERS:
                    return True
    return False


def _is_at_home(owner: Value, module: "Module") -> bool:
    cls = owner.cls if isinstance(owner, Instance) else owner.scope if isinstance(owner, Class) else None
    return cls is not None and all(base.module is module for base in lineage(cls))


def _lend(life: Life, step: Step, call: facts.Call, given: facts.Term) -> None:
    """Note that a call is given workers, or something that holds or ends them."""
    if last_name(call.function) in _MANAGERS:
        return  # a `with` ends them that is looked at itself
    if last_name(call.function) == "enter_context" and _is_entered(call.function, step.site):
        return
    is_whole = _is_any(evaluate(given, step.site), life)
    errands = _errands(life.workers, call, given, step.site) if is_whole else None
    if errands is None:
        life.loans.append(step)
    elif len(errands) == 1:
        life.errands[step] = errands[0]
    elif any(errand.is_given_up or errand.is_joined for errand in errands):
        life.loans.append(step)


def _collects(call: facts.Call, site: Site) -> bool:
    """Whether a call puts what it is given into a list of the function, in which only loops over it look."""
    match call.function:
        case facts.Attribute(value=facts.Name(id=name), name="append" | "add"):
            home = site.scope.home(name)
        case _:
            return False
    if home is None or not home.is_function:
        return False
    looks = {id(owner) for _, owner, _ in home.module.put.get(name, ())}
    scopes = list(home.walk())
    for step in (step for scope in scopes for step in scope.steps):
        if isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Element):
            looks.add(id(step.event.source.term))
    reads = [read for scope in scopes for read, _ in scope.reads if read.id == name and scope.home(name) is home]
    return all(id(read) in looks for read in reads)


_MANAGERS = frozenset({"closing", "nullcontext"})
_LOOKING = frozenset(f"builtins.{name}" for name in ("print", "isinstance", "type", "id", "repr", "str", "bool"))


def _is_entered(method: facts.Term, site: Site) -> bool:
    """Whether a method is that of an `ExitStack` in whose `with` a site stands."""
    stacks = evaluate(method.value, site) if isinstance(method, facts.Attribute) else ()
    site = outer_site(site)
    return any(
        region.subject is not None and not set(stacks).isdisjoint(evaluate(region.subject, site))
        for region in map(site.scope.regions.__getitem__, site.scope.enclosing(site.region))
        if region.flow is Flow.ALWAYS
    )


def _errands(
    workers: Workers, call: facts.Call, given: facts.Term, site: Site, around: frozenset[Scope] = frozenset()
) -> list[Life] | None:
    """Return what the functions that a call can mean do with workers that it gives them; None if that is not known."""
    found: list[Life] = []
    for value in evaluate(call.function, site):
        match value:
            case External(name=name) if name in _LOOKING:
                continue
            case Function(scope=scope) | Method(function=Function(scope=scope)) if workers.maker in _FOLLOWED:
                offset = 1 if isinstance(value, Method) else 0
                places = [n for n in range(len(scope.parameters)) if argument(call, scope, n, offset) is given]
                errand = _errand(workers, scope, scope.parameters[places[0]].name, around) if places else None
                if errand is None:
                    return None
                found.append(errand)
            case _:
                return None
    return found


def _errand(workers: Workers, scope: Scope, name: str, around: frozenset[Scope]) -> Life | None:
    """Return what a function does with workers that it has for a parameter; None if it does more than is seen."""
    binds = scope.bindings.get(name, [])
    if len(binds) != 1 or scope.is_generator or scope.is_async or scope in around:
        return None
    errand = Life(workers, binds[0])
    seen: set[int] = set()
    for inner in scope.walk():
        if outer(inner) is scope:
            for step in inner.steps:
                seen.update(map(id, _done_to(name, step, errand, around | {scope})))
            for index, region in enumerate(inner.regions):
                seen.update(map(id, _done_by(name, inner, index, region, errand)))
    reads = [read for inner in scope.walk() for read, _ in inner.reads if read.id == name and inner.home(name) is scope]
    return errand if all(id(read) in seen for read in reads) else None


def _done_to(name: str, step: Step, errand: Life, around: frozenset[Scope]) -> Iterator[facts.Term]:
    """Note what a step does with workers of that name, and yield the reads of it that this is all of."""
    if not isinstance(step.event, facts.Invoke):
        return
    call = step.event.call
    match call.function:
        case facts.Attribute(value=facts.Name(id=owner) as read, name=method) if owner == name and method in _METHODS:
            errand.uses.append(step)
            yield read
    for passed in call.arguments:
        if isinstance(passed.value, facts.Name) and passed.value.id == name:
            inner = _errands(errand.workers, call, passed.value, step.site, around)
            if inner is not None and len(inner) <= 1:
                errand.errands.update((step, each) for each in inner)
                yield passed.value


def _done_by(name: str, scope: Scope, index: int, region: facts.Region, errand: Life) -> Iterator[facts.Term]:
    """Note what a `with` does with workers of that name, and yield the reads of it, and those of conditions."""
    match region.subject:
        case facts.Name(id=owner) as read if owner == name and region.flow is Flow.ALWAYS:
            errand.exits[scope, index] = after_with(errand.workers)
            yield read
        case facts.Name(id=owner) as read if owner == name and region.flow is Flow.BRANCH:
            yield read
        case facts.Not(value=facts.Name(id=owner) as read) if owner == name:
            yield read
        case facts.Comparison(left=facts.Name(id=owner) as read, right=facts.Constant()) if owner == name:
            yield read


_FOLLOWED = (apis.POOL, apis.EXECUTOR)
"""What is followed into the functions that it is given to."""

_METHODS = frozenset((*apis.POOL.methods, *apis.EXECUTOR.methods, *_CLOSERS, "join"))


def _note_with(scope: Scope, index: int, manager: facts.Term, found: dict[int, Life]) -> None:
    """Note what leaving a `with` does to workers."""
    site = scope.site_before(index)
    for life in _named_by(manager, site, found):
        phase = _left_by(manager, site, life)
        if phase is not None:
            life.exits[scope, index] = phase
    for value in evaluate(manager, site):
        if isinstance(value, Product) and value.name in _STACKS:
            for step in _steps_within(scope, scope.regions[index]):
                for life in _entered_by(step, value, found):
                    life.exits[scope, index] = after_with(life.workers)


def _steps_within(scope: Scope, region: facts.Region) -> Iterator[Step]:
    """Yield the steps of a region, and those of the comprehensions in it."""
    yield from scope.steps[slice(*region.events)]
    for child in scope.children.values():
        if child.kind is ScopeKind.COMPREHENSION and child.site and child.site.order in range(*region.events):
            yield from child.steps


_STACKS = frozenset({"contextlib.ExitStack", "contextlib.AsyncExitStack"})


def _left_by(manager: facts.Term, site: Site, life: Life) -> Phase | None:
    """Return what leaving a context manager, which is or gives workers, makes of them; None if nothing."""
    if isinstance(manager, facts.Call) and manager is not life.workers.call:
        match evaluate(manager.function, site):
            case (External(name="contextlib.closing"),):
                return Phase.CLOSED if life.workers.maker.noun == "pool" else Phase.UNKNOWN
            case (External(name="contextlib.nullcontext"),):
                return None
            case (Function(scope=scope),) | (Method(function=Function(scope=scope)),) if not scope.is_generator:
                return after_with(life.workers)
            case _:
                return Phase.UNKNOWN
    return after_with(life.workers)


def _entered_by(step: Step, stack: Product, found: dict[int, Life]) -> Iterator[Life]:
    """Yield the workers that a step enters into an `ExitStack`."""
    match step.event:
        case facts.Invoke(
            call=facts.Call(function=facts.Attribute(value=owner, name="enter_context"), arguments=(passed, *_))
        ) if stack in evaluate(owner, step.site):
            yield from _named_by(passed.value, step.site, found)


# --- where they are mentioned ------------------------------------------------------------------------------


def workers_at(module: "Module", offset: int) -> Iterator[tuple[At, Block, Workers | MakerClass]]:
    """Yield the names, bindings and attributes at an absolute offset that stand for workers or make them."""
    for scope in module.scopes:
        for step in scope.steps:
            if not step.block.start <= offset <= step.block.end:
                continue
            for at, values in _mentions(step, offset):
                for value in values:
                    if isinstance(value, (Workers, MakerClass)):
                        yield at, step.block, value


def _mentions(step: Step, offset: int) -> Iterator[tuple[At, Values]]:
    """Yield the places in a step that cover an offset, with what they stand for."""

    def here(at: At) -> bool:
        start, end = step.block.place(at)
        return start <= offset <= end

    event = step.event
    if isinstance(event, facts.Bind) and here(event.at) and event.name != "*":
        yield event.at, bound(step)
    elif isinstance(event, facts.Store) and here(event.target.at):
        yield event.target.at, sourced(event.source, step.site)
    terms: tuple[facts.Term, ...] = ()
    if isinstance(event, facts.Invoke):
        function = event.call.function
        terms = (function.value, function) if isinstance(function, facts.Attribute) else (function,)
        terms += tuple(passed.value for passed in event.call.arguments if isinstance(passed.value, facts.Name))
    elif isinstance(event, facts.Evaluate):
        terms = (event.term,)
    for term in terms:
        if isinstance(term, (facts.Name, facts.Attribute)) and here(term.at):
            yield term.at, evaluate(term, step.site)
