"""Puts what starts workers at module level under the main guard, or into `main()`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.statements import (
    Names,
    Statement,
    calls_external,
    free_names,
    run_names,
    run_steps,
    talks,
    top_level,
)
from spawnsafe.edits.wrap import Wrapping
from spawnsafe.findings import Fix
from spawnsafe.model.flow import Run, evaluate, guarded, reached
from spawnsafe.model.methods import StartMethods
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import Start
from spawnsafe.model.sends import definitions
from spawnsafe.model.values import Workers
from spawnsafe.source import Span
from spawnsafe.syntax import facts

_CHOOSERS = ("multiprocessing.set_start_method", "multiprocessing.freeze_support")
_IMPORT_SETTINGS = frozenset({"sys", "os", "site"})
"""Modules through which a program changes what its imports find."""
_GLOBALS = frozenset({"globals", "locals", "vars", "exec", "eval", "__import__"})
_ENDINGS = frozenset({"start", "close", "terminate", "shutdown", "set_start_method", "freeze_support"})


def guard_fixes(module: Module, start: Start) -> Iterator[Fix]:
    """Yield the repairs of a start at import: the main guard, and `main()` with the guard."""
    plan = _plan(module, start)
    if isinstance(plan, Refusal):
        return
    wrapping = Wrapping(module, plan.statements, plan.wrapped)
    if not plan.is_library:
        yield Fix("Add the main guard", wrapping.under_guard(), plan.is_safe)
    if plan.fits_function and (plan.is_apart or not plan.is_library):
        yield Fix("Move it into main()", wrapping.in_main(), plan.is_safe)


def guard_refusal(module: Module, start: Start) -> Refusal | None:
    """Return why a start at import gets no repair, or none that is safe; None if it gets a safe one."""
    plan = _plan(module, start)
    if isinstance(plan, Refusal):
        return plan
    return Refusal(plan.doubts[0]) if plan.doubts else None


def guard_here(module: Module, span: Span) -> Fix | None:
    """Return the change that puts the statements at a span, which print, ask or make workers, under the main guard.

    There is none that is not safe.
    """
    plan = _Plan(module)
    touched = {index for index, each in enumerate(plan.statements) if module.text.span(*each.extent).overlaps(span)}
    chosen = {index for index in touched if plan.is_deed(index)}
    chosen |= {index - 1 for index in chosen if index and plan.is_guard(index - 1)}
    if module.problems or not chosen or plan.settle(chosen) or not plan.is_safe:
        return None
    return Fix("Wrap it in the main guard", Wrapping(module, plan.statements, plan.wrapped).under_guard(), safe=True)


def _plan(module: Module, start: Start) -> "_Plan | Refusal":
    if module.problems:
        return Refusal("the file does not parse")
    plan = _Plan(module)
    refused = plan.why_not(start) or plan.settle(plan.started(start))
    return Refusal(refused) if refused else plan


# --- what to wrap ------------------------------------------------------------------------------------------


@dataclass
class _Plan:
    """Which statements of a module go under the guard; `doubts` are reasons not to do it unasked."""

    module: Module
    wrapped: set[int] = field(default_factory=set)
    doubts: list[str] = field(default_factory=list)
    _begin: set[int] = field(default_factory=set)
    """The statements that start workers, or are to be wrapped for other reasons, or choose how workers start."""

    @cached_property
    def statements(self) -> list[Statement]:
        return top_level(self.module)

    @cached_property
    def names(self) -> Names:
        return Names(self.module, self.statements)

    def why_not(self, start: Start) -> str | None:
        """Return why a start cannot be put under the guard at all."""
        site = _outermost(start.entry_site)
        if site is None:
            return "the body of a class runs in every process that imports it"
        statement = self.statements[self._index(site)]
        if statement.definition is not None and not self._is_for_parent(statement):
            name = statement.definition.name
            return f"every process needs `{name}`, whose definition starts it"
        if not reached(site, Run.MAIN):
            return "this runs only where the file is imported"
        return None

    def _is_for_parent(self, statement: Statement) -> bool:
        """Whether a statement defines a class that no worker needs."""
        is_class = statement.definition is not None and statement.definition.is_class
        return is_class and not statement.binds & self.names.read_in_workers

    def started(self, start: Start) -> set[int]:
        """Return the statements that start workers, of those that can be put under the guard."""
        starts = [own for own in self.module.starts_at_import if own is start or own.when(StartMethods.FRESH)]
        fit = [own for own in starts if not self.why_not(own)]
        if len(fit) < len(starts):
            self.doubts.append("other workers start where no guard can be put")
        return {self._index(site) for own in fit if (site := _outermost(own.entry_site))}

    def is_deed(self, index: int) -> bool:
        """Whether a statement prints, asks or makes workers, and stands under no guard."""
        statement = self.statements[index]
        is_plain = statement.definition is None and not statement.declares and not self.is_guard(index)
        return is_plain and (talks(statement) or _makes_workers(statement))

    def settle(self, begin: set[int]) -> str | None:
        """Work out what to wrap, which is to begin with these statements; return why that is impossible."""
        self._begin = begin | self._choosers
        first = min(self._begin)
        for index in range(first, len(self.statements)):
            if index in self._begin or not self._stays(index):
                self.wrapped.add(index)
        for index in range(first):
            self._take_along(index)
        refused = self._why_dependent() or self._why_reordered()
        if not refused:
            self._judge()
        return refused

    def _index(self, site: Site) -> int:
        return next(i for i, own in enumerate(self.statements) if own.extent[0] == site.block.start)

    @cached_property
    def _choosers(self) -> set[int]:
        """The statements that choose the start method, which no worker may repeat."""
        return {
            index
            for index, statement in enumerate(self.statements)
            if calls_external(statement, *_CHOOSERS)
            and statement.definition is None
            and not all(guarded(step) for step in statement.steps if _is_call(step))
        }

    def _stays(self, index: int) -> bool:
        """Whether a statement behind the first start stays at module level."""
        statement = self.statements[index]
        if statement.definition is not None or statement.is_import:
            return True
        if statement.declares:
            return not self._depends(index)
        needed = statement.binds | statement.receivers if statement.is_assignment else statement.binds
        return (
            bool(needed & (self.names.read_in_workers | self._read_by_definitions))
            and not self.is_guard(index)
            and not talks(statement)
            and not self._depends(index)
        )

    @cached_property
    def _read_by_definitions(self) -> frozenset[str]:
        """The names that definitions need to be made."""
        made = [own for own in self.statements if own.definition is not None or own.declares]
        return self.names.reached(frozenset[str]().union(*map(run_names, made)))

    def is_guard(self, index: int) -> bool:
        """Whether all that a statement does is done under the main guard."""
        steps = [step for step in self.statements[index].steps if step.region]
        return bool(steps) and all(guarded(step) for step in steps)

    def _depends(self, index: int) -> bool:
        """Whether a statement needs, when it runs, something that is wrapped before it."""
        reads = self.names.reached(run_names(self.statements[index]))
        return any(
            reads & (self.statements[other].binds | self._changed(other)) for other in self.wrapped if other < index
        )

    def _changed(self, index: int) -> frozenset[str]:
        """Return the variables that a statement changes from inside."""
        statement = self.statements[index]
        return frozenset(name for name in statement.changes if self._is_variable(name))

    def _is_variable(self, name: str) -> bool:
        return any(
            not isinstance(step.event.source, (facts.Imported, facts.Defined))
            for step in self.module.scope.bindings.get(name, ())
            if isinstance(step.event, facts.Bind)
        )

    def _take_along(self, index: int) -> None:
        """Wrap a statement before the first start that makes workers, prints or asks, if it can be moved."""
        statement = self.statements[index]
        if not (talks(statement) or _makes_workers(statement)) or self.is_guard(index):
            return
        along = {index}
        for other in range(index + 1, len(self.statements)):
            later = self.statements[other]
            if other not in self.wrapped and any(
                self.names.reached(run_names(later)) & self._given_by(mine) for mine in along
            ):
                along.add(other)
        if all(self._may_move(mine, along) for mine in along):
            self.wrapped |= along

    def _given_by(self, index: int) -> frozenset[str]:
        return self.statements[index].binds | self._changed(index)

    def _may_move(self, index: int, along: set[int]) -> bool:
        """Whether a statement before the first start can run behind all that stays."""
        statement = self.statements[index]
        if statement.definition is not None or statement.is_import or statement.declares or self.is_guard(index):
            return False
        if (statement.binds | self._changed(index)) & self.names.read_in_workers:
            return False
        mine = statement.binds | {name for name in run_names(statement) if self._is_variable(name)}
        for other in range(index + 1, len(self.statements)):
            later = self.statements[other]
            if other in self.wrapped or other in along or later.definition is not None or later.is_import:
                continue
            theirs = later.binds | {name for name in run_names(later) if self._is_variable(name)}
            if (mine & theirs and not later.is_assignment) or mine & later.binds or talks(later):
                return False
        return True

    # --- whether that is right

    def _why_dependent(self) -> str | None:
        """Return why something that stays needs something that is wrapped."""
        for index, statement in enumerate(self.statements):
            if index in self.wrapped:
                continue
            before = [self.statements[other].binds for other in self.wrapped if other < index]
            lost = self.names.reached(run_names(statement)) & frozenset[str]().union(*before)
            if lost:
                what = min(statement.binds, default="what stays")
                nearest = min(lost & run_names(statement) or lost)
                return f"every process needs `{what}`, which uses `{nearest}`"
        return None

    def _why_reordered(self) -> str | None:
        """Return why what is wrapped cannot run behind all that stays."""
        for index in sorted(self.wrapped):
            statement = self.statements[index]
            used = self.names.reached(run_names(statement)) | statement.binds
            before = frozenset[str]().union(*(other.binds for other in self.statements[:index]))
            for later in self._staying_after(index):
                twice = sorted(later.binds & used & (before | statement.binds) - self._imported)
                if twice:
                    return f"`{twice[0]}` means something else further down"
                if later.is_import and statement.receivers & _IMPORT_SETTINGS:
                    return f"`{min(later.binds)}` is imported after it"
        return None

    @cached_property
    def _imported(self) -> frozenset[str]:
        """The names that mean the same thing from elsewhere wherever they are bound."""
        found = set()
        for name, steps in self.module.scope.bindings.items():
            sources = [step.event.source for step in steps if isinstance(step.event, facts.Bind)]
            imported = [source for source in sources if isinstance(source, facts.Imported)]
            same = {(source.module, source.name, source.level) for source in imported}
            if len(imported) == len(sources) and len(same) == 1:
                found.add(name)
        return frozenset(found)

    def _staying_after(self, index: int) -> Iterator[Statement]:
        for other in range(index + 1, len(self.statements)):
            if other not in self.wrapped:
                yield self.statements[other]

    def _judge(self) -> None:
        """Note what makes the repair one that is only offered."""
        wrapped = [self.statements[index] for index in sorted(self.wrapped) if not self.is_guard(index)]
        last = self.statements[max(self._begin)]
        lost = sorted(
            name
            for statement in wrapped
            for name in statement.binds | (statement.receivers if statement.extent < last.extent else set())
            if name in self.names.read_in_workers and self._is_variable(name)
        )
        if lost:
            self.doubts.append(f"workers read `{lost[0]}`, which would be set only under the guard")
        needed = self.names.read_in_workers | self._sent
        for scope in (scope for statement in wrapped for scope in _defined_in(statement)):
            if scope.name in needed:
                self.doubts.append(f"workers need `{scope.name}`, which would be defined only under the guard")
        if self.is_library or not self._is_script:
            self.doubts.append("whoever imports this file needs what it computes here")

    @cached_property
    def _sent(self) -> frozenset[str]:
        return frozenset(scope.name for send in self.module.sends for scope in definitions(send.value))

    @property
    def is_apart(self) -> bool:
        """Whether nobody who imports the file can need what is wrapped: it gives no public names."""
        bound = frozenset[str]().union(*(self.statements[index].binds for index in self.wrapped))
        return all(name.startswith("_") for name in bound)

    @property
    def is_safe(self) -> bool:
        """Whether the repaired program surely runs, and means the same in the parent."""
        return not self.doubts

    @cached_property
    def is_library(self) -> bool:
        """Whether the file is made to be imported."""
        return self.module.is_imported

    @cached_property
    def _is_script(self) -> bool:
        """Whether the file does something, beside giving values to names."""
        return any(
            self.is_guard(index) or any(_is_deed(step) for step in run_steps(statement))
            for index, statement in enumerate(self.statements)
        )

    @cached_property
    def fits_function(self) -> bool:
        """Whether what is wrapped means the same in a function."""
        wrapped = [self.statements[index] for index in sorted(self.wrapped)]
        if "main" in self.module.scope.bindings or any(map(self.is_guard, self.wrapped)):
            return False
        bound = frozenset[str]().union(*(statement.binds for statement in wrapped))
        if "*" in bound or any(_defined_in(statement) for statement in wrapped):
            return False
        used = frozenset[str]().union(*(statement.reads for statement in wrapped))
        elsewhere = [s for i, s in enumerate(self.statements) if i not in self.wrapped]
        outside = frozenset[str]().union(*(other.binds | _all_names(other) for other in elsewhere))
        written = set(self.module.globals_bound_in_functions)
        return not (bound & outside or bound & written or used & _GLOBALS)


def _outermost(site: Site) -> Site | None:
    """Return the place at module level at which a site runs; None if that is in the body of a class in another one."""
    while not site.scope.is_module:
        around = site.scope.site
        if around is None or (site.scope.is_class and not around.scope.is_module):
            return None
        site = around
    return site


def _is_call(step: Step) -> bool:
    return isinstance(step.event, facts.Invoke)


def _makes_workers(statement: Statement) -> bool:
    """Whether a statement makes a process or executor that starts later."""
    scopes = [scope for scope in statement.scopes if scope.kind is facts.ScopeKind.COMPREHENSION]
    return statement.definition is None and any(
        isinstance(value, Workers) and value.call is step.event.call
        for steps in (statement.steps, *(scope.steps for scope in scopes))
        for step in steps
        if isinstance(step.event, facts.Invoke)
        for value in evaluate(step.event.call, step.site)
    )


def _is_deed(step: Step) -> bool:
    """Whether a step calls something for its effect, other than to start or end workers."""
    event = step.event
    if not (isinstance(event, facts.Evaluate) and event.at == event.statement):
        return False
    call = event.term
    if isinstance(call, facts.Call) and isinstance(call.function, facts.Attribute):
        return call.function.name not in _ENDINGS
    return not isinstance(call, facts.Constant)


def _defined_in(statement: Statement) -> list[Scope]:
    return [scope for scope in statement.scopes if scope.kind in (facts.ScopeKind.FUNCTION, facts.ScopeKind.CLASS)]


def _all_names(statement: Statement) -> frozenset[str]:
    return run_names(statement).union(*(free_names(scope) for scope in statement.scopes))
