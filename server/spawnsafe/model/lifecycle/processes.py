"""The life of a process: whether it is started, and what is asked of it too early or too late."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, guarded, lineage, slot
from spawnsafe.model.lifecycle.paths import Paths, paths
from spawnsafe.model.lifecycle.pools import Life, method_of, outer
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.order import callees
from spawnsafe.model.terms import parts
from spawnsafe.model.timeline import is_tried
from spawnsafe.model.values import Class, Function, Instance, Literal, Method, Partial, Product, Workers
from spawnsafe.syntax import facts
from spawnsafe.syntax.facts import Ending, Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


class Oversight(Enum):
    """How it comes that a process is not started."""

    GROUP = "group"
    """Its target is given in the place of the first parameter, which is reserved."""
    RUN = "run"
    """`run` is called instead of `start`, which runs the target in the parent."""
    UNCALLED = "uncalled"
    """`start` is named, and not called."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Unstarted:
    """A process that is not started, or cannot be made; `step` and `term` are where that shows.

    `asked` is the name of a method that only a process which was started has an answer to, if one is called.
    """

    life: Life
    oversight: Oversight
    step: Step
    term: facts.Term
    when: When
    asked: str = ""


class Stage(Enum):
    """How far a process has come."""

    UNMADE = "unmade"
    FRESH = "fresh"
    STARTED = "started"
    """It runs, or has run."""
    JOINED = "joined"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Misplaced:
    """A method is called, or `daemon` set (`name`), at a stage of a process at which it raises.

    `is_repeated` says that a loop comes to it again after a start.
    """

    life: Life
    step: Step
    name: str
    stage: Stage
    when: When
    is_repeated: bool = False


_STARTED_ONLY = ("join", "terminate", "kill")
_ASKED_OF_OPEN = (*_STARTED_ONLY, "start", "is_alive", "exitcode", "pid", "ident", "sentinel")


def _processes(module: "Module") -> Iterator[Life]:
    """Yield the lives of processes whose class is that of the standard library, or one that does not start itself."""
    for life in module.lives:
        cls = life.workers.cls
        own = [scope for base in lineage(cls) for scope in base.walk()] if cls is not None else []
        if life.workers.maker is apis.PROCESS and not any(".start" in scope.mentions for scope in own):
            yield life


def _when(life: Life, module: "Module") -> When:
    methods = life.workers.methods
    return When.of(StartMethods.ALL, methods if methods is not None else module.chosen_methods)


# --- not started -------------------------------------------------------------------------------------------


def unstarted(module: "Module") -> Iterator[Unstarted]:
    """Yield the processes of a file that it makes and does not start."""
    is_clear = _starts_are_known(module)
    for life in _processes(module):
        when = _when(life, module)
        group = _group(life)
        if group is not None:
            yield Unstarted(life, Oversight.GROUP, life.made, group, when)
            continue
        methods = {method_of(step): step for step in reversed(life.uses)}
        if "start" in methods or not life.is_followed or not is_clear or _is_shared(life):
            continue
        asked = next((name for name in methods if name in _STARTED_ONLY), "")
        uncalled = _uncalled(life)
        if "run" in methods:
            yield Unstarted(life, Oversight.RUN, methods["run"], _call(methods["run"]), when, asked)
        elif uncalled is not None:
            yield Unstarted(life, Oversight.UNCALLED, *uncalled, when, asked)
        elif asked or life.made.scope.kind is not ScopeKind.COMPREHENSION:
            yield Unstarted(life, Oversight.NEVER, life.made, _call(life.made), when, asked)


def _call(step: Step) -> facts.Call:
    assert isinstance(step.event, facts.Invoke)  # noqa: S101 - methods are called, and so is what makes a process
    return step.event.call


def _group(life: Life) -> facts.Term | None:
    """Return what is given for the parameter `group` and is a target."""
    cls = life.workers.cls
    if cls is not None and any("__init__" in base.bindings for base in lineage(cls)):
        return None
    term = slot(_call(life.made), apis.Slot(("group",), 0))
    values = evaluate(term, life.made.site) if term is not None else ()
    is_target = bool(values) and all(isinstance(value, Function | Method | Partial | Class) for value in values)
    return term if is_target else None


def _starts_are_known(module: "Module") -> bool:
    """Whether it is known of each call of a method `start` in a file what it starts."""
    return all(
        isinstance(value, Workers | Product | Instance | Literal)
        for scope in module.scopes
        for step in (scope.steps if ".start" in scope.mentions else ())
        if method_of(step) == "start"
        for value in evaluate(_call(step).function.value, step.site)  # type: ignore[attr-defined]
    )


def _is_shared(life: Life) -> bool:
    """Whether another file can start a process: a variable of the module, an attribute, an item of what is kept."""
    made = life.made
    if made.scope.is_module and not guarded(made):
        return True
    module = made.scope.module
    if made.scope.kind is ScopeKind.COMPREHENSION or _loop(made):
        return any(".start" in scope.mentions for scope in module.scopes)
    return any(
        isinstance(step.event, facts.Store)
        and isinstance(step.event.source, facts.Assigned)
        and any(term is life.workers.call for term in parts(step.event.source.term))
        for step in made.scope.steps
    )


def _loop(step: Step) -> int:
    """Return the outermost loop of its scope that a step stands in, as the index of its region; 0 if it is in none."""
    loops = [index for index in step.scope.enclosing(step.region) if step.scope.regions[index].flow is Flow.LOOP]
    return min(loops, default=0)


def _uncalled(life: Life) -> tuple[Step, facts.Term] | None:
    """Return where `start` of a process stands without being called."""
    for step in life.made.scope.steps:
        match step.event:
            case facts.Evaluate(term=facts.Attribute(value=owner, name="start") as term):
                if any(_is(value, life) for value in evaluate(owner, step.site)):
                    return step, term
    return None


def _is(value: object, life: Life) -> bool:
    return isinstance(value, Workers) and value.call is life.workers.call


# --- too early, too late -------------------------------------------------------------------------------------


def misplaced(module: "Module") -> Iterator[Misplaced]:
    """Yield what is asked of the processes of a file before they are started, again, or after they are closed."""
    for life in _processes(module):
        loop = _loop(life.made)
        if life.made.scope.kind is ScopeKind.COMPREHENSION or life.returns or (loop and life.loans):
            continue
        for scope in dict.fromkeys(outer(step.scope) for step in life.uses):
            stages = _Stages(life, module).paths(scope)
            for step in scope.steps:
                if loop and (scope is not life.made.scope or loop in scope.enclosing(step.region)):
                    continue  # that may be another one, of an earlier round
                found = _misplaced(life, step, stages)
                if found is not None and not is_tried(step):
                    yield found


def _misplaced(life: Life, step: Step, stages: Paths[Stage]) -> Misplaced | None:
    """Return what is wrong with a step at the stages at which it finds a process."""
    found, name = stages.at(step) - {Stage.UNMADE}, _asked(step, life)
    if not name or not found:
        return None
    when, has_start = _when(life, life.made.scope.module), any(method_of(use) == "start" for use in life.uses)
    if found <= _BEGUN and name in ("start", "daemon"):
        return Misplaced(life, step, name, Stage.STARTED, when)
    if found == {Stage.STARTED} and name == "close" and _is_at_once(step, life):
        return Misplaced(life, step, name, Stage.STARTED, when)
    first = stages.first_at(step) - {Stage.UNMADE} if _comes_each_round(step) else found
    if first == {Stage.FRESH} and name in _STARTED_ONLY and has_start:
        return Misplaced(life, step, name, Stage.FRESH, when)
    if found == {Stage.CLOSED} and name in _ASKED_OF_OPEN:
        return Misplaced(life, step, name, Stage.CLOSED, when)
    if name == "start" and Stage.FRESH in found and found <= _BEGUN | {Stage.FRESH} and _is_repeated(step, life):
        return Misplaced(life, step, name, Stage.STARTED, when, is_repeated=True)
    return None


def _is_at_once(step: Step, life: Life) -> bool:
    """Whether nothing is called between the start of a process and a step."""
    before = [each for each in step.scope.steps[: step.order] if isinstance(each.event, facts.Invoke)]
    return bool(before) and before[-1] in life.uses and method_of(before[-1]) == "start"


_BEGUN = frozenset({Stage.STARTED, Stage.JOINED})


def _asked(step: Step, life: Life) -> str:
    """Return the method of a process that a step calls, or what else it asks of it; of no other one."""
    match step.event:
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name=name))) if step in life.uses:
            is_it = all(_is(value, life) or isinstance(value, Literal) for value in evaluate(owner, step.site))
            return name if is_it else ""
        case facts.Store(target=facts.Attribute(value=owner, name="daemon")):
            return "daemon" if evaluate(owner, step.site) == (life.workers,) else ""
        case event:
            return next((name for term in parts(event) if (name := _read(term, step, life))), "")


def _read(term: facts.Term, step: Step, life: Life) -> str:
    """Return what a term reads that a closed process does not tell, if it does."""
    match term:
        case facts.Attribute(value=owner, name="exitcode" | "pid" | "ident" | "sentinel" as name):
            return name if evaluate(owner, step.site) == (life.workers,) else ""
        case _:
            return ""


def _is_repeated(step: Step, life: Life) -> bool:
    """Whether a loop which does not make a process comes to a step in each of its rounds, without any condition."""
    return step.scope is life.made.scope and not _loop(life.made) and _comes_each_round(step)


def _comes_each_round(step: Step) -> bool:
    """Whether the innermost loop that a step stands in comes to it in each of its rounds."""
    regions = step.scope.regions
    for index in step.scope.enclosing(step.region):
        flow, begin = regions[index].flow, regions[index].events[0]
        if flow is Flow.LOOP:
            inner = (each for each in regions[1:] if begin <= each.events[0] and each.events[1] <= step.order)
            return all(each.ending is Ending.NONE for each in inner)
        if flow is not Flow.ALWAYS:
            return False
    return False


def _after_call(stage: Stage, method: str) -> Stage:
    """Return the stage of a process after a call of one of its methods that does not raise."""
    match method:
        case "start":
            return Stage.STARTED
        case "join" if stage is Stage.STARTED:
            return Stage.JOINED
        case "close":
            return Stage.CLOSED
        case _:
            return stage


@dataclass(frozen=True, slots=True)
class _Stages:
    life: Life
    module: "Module"

    def paths(self, scope: Scope) -> Paths[Stage]:
        """Return the stages of a process on the ways through a function that makes or uses it."""
        first = Stage.UNMADE if scope is outer(self.life.made.scope) else Stage.UNKNOWN
        return paths(scope, frozenset({first}), self._after, lambda _scope, _region, stages: stages)

    def _after(self, step: Step, stages: frozenset[Stage]) -> frozenset[Stage]:
        if step is self.life.made:
            return frozenset({Stage.FRESH})
        if step in self.life.loans or (step not in self.life.uses and self._may_change(step)):
            return stages | {Stage.UNKNOWN}
        if step not in self.life.uses:
            return stages
        after = frozenset(_after_call(stage, method_of(step)) for stage in stages)
        return after if _asked(step, self.life) else stages | after

    def _may_change(self, step: Step) -> bool:
        """Whether a step calls a function of the project, which can do something with a process that it can reach."""
        is_local = outer(step.scope) is outer(self.life.made.scope)
        return not is_local and isinstance(step.event, facts.Invoke) and any(callees(step.event.call, step.site))
