"""Moves a definition with what it needs: above the main guard, or above the statement that forks workers."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from spawnsafe.edits.borrow import Refusal, RefusedError, is_inside, is_prepared
from spawnsafe.edits.guard import guard_fixes
from spawnsafe.edits.hoist import HoistPlan, hoist, plan_hoist
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.statements import Statement, free_names, talks, top_level
from spawnsafe.edits.text import (
    indentation,
    joined,
    reindent,
    removal,
    spaced,
    stands_alone,
    whole_lines,
    with_comments,
)
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model.flow import evaluate, guarded
from spawnsafe.model.methods import StartMethods
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.order import arrival, definition
from spawnsafe.model.sends import Send, fork_order
from spawnsafe.model.terms import root_name
from spawnsafe.model.values import External
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent

_PURE = frozenset(
    {
        "functools.partial",
        "re.compile",
        "operator.attrgetter",
        "operator.itemgetter",
        "builtins.bool",
        "builtins.dict",
        "builtins.float",
        "builtins.frozenset",
        "builtins.int",
        "builtins.len",
        "builtins.list",
        "builtins.max",
        "builtins.min",
        "builtins.range",
        "builtins.round",
        "builtins.set",
        "builtins.sorted",
        "builtins.str",
        "builtins.sum",
        "builtins.tuple",
    }
)
"""Calls that do nothing but give a value."""

_OWN = frozenset(f"threading.{name}" for name in ("Condition", "Event", "Lock", "RLock", "local"))
"""Calls that give what each process has of its own, a forked one as well, whatever it does with it."""


_IN_FUNCTION = Refusal("a function defines it, and declares it `global`")


def move_out_of_guard(scope: Scope, send: Send) -> Fix | Refusal:
    """Return the repair that moves a definition from under the main guard to module level above it.

    Imports, definitions and constants that it needs go along; other variables are passed by
    `functools.partial`.
    """
    title = f"Move `{_outer(scope).name}` above the guard"
    if scope.owner is not None and scope.owner.is_function:
        return _IN_FUNCTION
    try:
        return _Move.of(_outer(scope), None).fix(title)
    except RefusedError as error:
        hoisted = hoist(scope.module, _outer(scope), send)
        return replace(hoisted, title=title) if isinstance(hoisted, Fix) else error.refusal


def move_binding(step: Step) -> Fix | Refusal:
    """Return the repair that moves an import, a constant or a definition from under the main guard above it."""
    event = step.event
    if not (isinstance(event, facts.Bind) and step.scope.is_module):
        return Refusal("a function sets it")
    try:
        return _Move(step.scope.module, event.name, step, None).fix(f"Move `{event.name}` above the guard")
    except RefusedError as error:
        return error.refusal


def leaving_guard(scope: Scope, send: Send) -> tuple[str, ...] | Refusal:
    """Return the names that `move_out_of_guard` would pass by `functools.partial`, or why it cannot move. Cheap."""
    if scope.owner is not None and scope.owner.is_function:
        return _IN_FUNCTION
    try:
        _Move.of(_outer(scope), None)
    except RefusedError as error:
        plan = plan_hoist(scope.module, _outer(scope), send)
        return plan.variables if isinstance(plan, HoistPlan) else error.refusal
    return ()


def move_above(scope: Scope, send: Send) -> Fix | Refusal:
    """Return the repair that moves a late definition, with what it needs, above what forks the workers."""
    title = f"Define `{_outer(scope).name}` above {send.receiver}"
    try:
        return _Move.of(_outer(scope), fork_order(send, scope.module)).fix(title)
    except RefusedError as error:
        if not _is_guarded(scope):
            return error.refusal
        hoisted = hoist(scope.module, _outer(scope), send)
        return replace(hoisted, title=title) if isinstance(hoisted, Fix) else error.refusal


def late_fixes(scope: Scope, send: Send) -> Iterator[Fix]:
    """Yield the repairs of a definition that comes after the fork, the one that mends most first."""
    module = scope.module
    order = fork_order(send, module)
    found: list[Fix | Refusal] = [move_above(scope, send)]
    starts = [start for start in module.starts_at_import if arrival(start.entry_site, module) == order]
    step = definition(scope)
    if starts and step is not None and not step.region:
        mends_both = bool(starts[0].when(StartMethods.FRESH))
        guard = list(guard_fixes(module, starts[0]))[:1]
        found = [*guard, *found] if mends_both else [*found, *guard]
    yield from (fix for fix in found if isinstance(fix, Fix))


def _outer(scope: Scope) -> Scope:
    """Return the function or class at module level that a scope is or stands in."""
    while scope.owner is not None and not scope.owner.is_module:
        scope = scope.owner
    return scope


def _is_guarded(scope: Scope) -> bool:
    step = definition(scope)
    return step is not None and guarded(step)


# --- what moves --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Unit:
    """Whole lines that move: a statement at module level, or one from a block of one."""

    extent: Extent
    top: Statement
    is_import: bool
    is_definition: bool


class _Move:
    """Moves what binds a name above a statement: above the step `order`, or above the guard that it stands under.

    Raises RefusedError for something that it needs and cannot take along.
    """

    @classmethod
    def of(cls, scope: Scope, order: int | None) -> "_Move":
        """Return the move of a definition."""
        step = definition(scope)
        if step is None:
            raise RefusedError(f"`{scope.name}` is defined in a function")
        return cls(scope.module, scope.name, step, order)

    def __init__(self, module: Module, name: str, step: Step, order: int | None) -> None:
        self.module = module
        self._text = self.module.document.text
        self._is_late = order is not None
        if self.module.problems:
            raise RefusedError("the file does not parse")
        self._above = self._top(self.module.scope.steps[order] if order is not None else step)
        self._units: dict[Extent, _Unit] = {}
        self._settle(name)

    @cached_property
    def _statements(self) -> list[Statement]:
        return top_level(self.module)

    def _top(self, step: Step) -> Statement:
        offset = step.block.place(step.event.at)[0]
        return next(statement for statement in self._statements if offset in statement)

    def _settle(self, name: str) -> None:
        """Find what moves; a guard further up of which something moves is a new place to move above."""
        while True:
            self._units.clear()
            self._seen = {name}
            self._add(name, self.module.scope.bindings[name])
            tops = [unit.top for unit in self._units.values() if unit.extent != unit.top.extent]
            highest = min((self._above, *tops), key=lambda statement: statement.extent)
            if highest is self._above:
                return
            self._above = highest

    def _bring(self, name: str) -> None:
        """Take along what binds a name, unless it is there above or comes from elsewhere."""
        if name in self._seen:
            return
        self._seen.add(name)
        steps = self.module.scope.bindings.get(name, [])
        if not steps or any(self._is_there(step) for step in steps) or is_prepared(self.module, name):
            return
        try:
            self._add(name, steps)
        except RefusedError:
            if self._is_late or all(guarded(step) for step in steps):
                raise

    def _is_there(self, step: Step) -> bool:
        """Whether a binding holds in every process where what moves is put."""
        return not guarded(step) and self._top(step).extent < self._above.extent

    def _add(self, name: str, steps: list[Step]) -> None:
        unit = self._unit(name, steps)
        self._units[unit.extent] = unit
        inside = [step for step in self.module.scope.steps if self._holds(unit, step)]
        for step in inside:
            if isinstance(step.event, facts.Bind):
                self._check_bound_here(unit, step.event.name)
        for needed in sorted(self._needs(unit)):
            self._bring(needed)

    def _holds(self, unit: _Unit, step: Step) -> bool:
        return unit.extent[0] <= step.block.place(step.event.at)[0] < unit.extent[1]

    def _check_bound_here(self, unit: _Unit, name: str) -> None:
        elsewhere = self.module.globals_bound_in_functions.get(name, [])
        steps = self.module.scope.bindings.get(name, [])
        if not all(self._holds(unit, step) for step in steps) or (elsewhere and not unit.is_definition):
            raise RefusedError(f"`{name}` is bound in several places")

    def _needs(self, unit: _Unit) -> frozenset[str]:
        """Return the names of the module that what moves reads, now or when it is called."""
        scope = self.module.scope
        found = {read.id for read, block in scope.reads if unit.extent[0] <= block.place(read.at)[0] < unit.extent[1]}
        for child in scope.children.values():
            if child.facts and unit.extent[0] <= child.block.place(child.facts.at)[0] < unit.extent[1]:
                found |= free_names(child)
        return frozenset(found)

    def _unit(self, name: str, steps: list[Step]) -> _Unit:
        """Return the lines that bind a name, if they may move. Raises RefusedError."""
        top = self._top(steps[0])
        if top is not self._above and not any(guarded(step) for step in steps) and self._may_move_whole(top):
            return _Unit(top.extent, top, top.is_import, top.definition is not None or top.declares)
        if top is self._above and top.definition is not None:
            raise RefusedError(f"the workers start where `{name}` is defined")
        if len(steps) > 1:
            raise RefusedError(f"`{name}` is bound in several places")
        return self._inner_unit(name, steps[0], top)

    def _may_move_whole(self, top: Statement) -> bool:
        if top.definition is not None or top.is_import or top.declares:
            return True
        return top.is_assignment and all(self._is_simple(step) for step in top.steps if _binds(step))

    def _inner_unit(self, name: str, step: Step, top: Statement) -> _Unit:
        event = step.event
        source = event.source if isinstance(event, facts.Bind) else None
        if isinstance(source, facts.Defined):
            if self._sends(step.scope.children[id(source.scope)]):
                raise RefusedError(f"the workers start where `{name}` is defined")
            extent = step.block.place(source.scope.at)
        elif isinstance(source, facts.Imported) or self._is_simple(step):
            extent = step.block.place(event.statement)
        else:
            raise RefusedError(f"it uses `{name}`, which only the parent has")
        if not stands_alone(self._text, extent):
            raise RefusedError(f"`{name}` shares its line with other statements")
        return _Unit(
            whole_lines(self._text, extent),
            top,
            isinstance(source, facts.Imported),
            isinstance(source, facts.Defined),
        )

    def _sends(self, scope: Scope) -> bool:
        """Whether a definition sends something when it is run; what it would send only when called does not count."""
        return any(send.site.function is None and is_inside(send.site.scope, scope) for send in self.module.sends)

    def _is_simple(self, step: Step) -> bool:
        """Whether a step binds a name to a value that is the same wherever it is worked out."""
        event = step.event
        if not (isinstance(event, facts.Bind) and isinstance(event.source, facts.Assigned)):
            return False
        term = event.source.term
        if isinstance(term, facts.Call) and not term.arguments and _is_call_of(term, step.site, _OWN):
            return True
        return _is_plain(term, step.site) and (_is_immutable(term) or not self._is_changed(event.name))

    def _is_changed(self, name: str) -> bool:
        """Whether something in the file may change what a name of the module stands for."""
        return any(
            self.module.scope is scope.home(name) and name in _changed(step)
            for scope in self.module.scopes
            for step in scope.steps
        )

    # --- the edits

    def fix(self, title: str) -> Fix:
        """Return the repair."""
        units = sorted(self._units.values(), key=lambda unit: unit.extent)
        imports = [unit for unit in units if unit.is_import]
        others = [unit for unit in units if not unit.is_import]
        home = self._import_home
        place = self._clipped(with_comments(self._text, self._above.extent)[0])
        if home is None:
            imports, others = [], units
        newline = self.module.text.newline
        edits = [self._edit(*removal(self._text, extent)) for extent in joined(self._text, map(self._whole, units))]
        if imports and home is not None:
            edits.append(self._edit((home, home), "".join(map(self._lines, imports))))
        if others:
            edits.append(self._edit(*spaced(self._text, (place, place), self._code(others), newline, 2)))
        return Fix(title, tuple(edits), is_safe(units))

    @cached_property
    def _import_home(self) -> int | None:
        """Where the imports above end; None if there are none."""
        ends = [s.extent[1] for s in self._statements if s.is_import and s.extent < self._above.extent]
        return max(ends, default=None)

    def _clipped(self, offset: int) -> int:
        return max(offset, self._text.startswith("\ufeff"))

    def _edit(self, extent: Extent, text: str) -> FileEdit:
        return replacement(self.module, extent, text)

    def _whole(self, unit: _Unit) -> Extent:
        return with_comments(self._text, unit.extent)

    def _lines(self, unit: _Unit) -> str:
        start, end = self._whole(unit)
        code = reindent(self._text[start:end], indentation(self._text, unit.extent[0]))
        return code if code.endswith(("\r", "\n")) else code + self.module.text.newline

    def _code(self, units: list[_Unit]) -> str:
        """Return what moves as it stands at module level: two blank lines round definitions."""
        newline = self.module.text.newline
        code = ""
        for before, unit in zip((None, *units), units, strict=False):
            if before is not None and (before.is_definition or unit.is_definition):
                code += newline * 2
            code += self._lines(unit)
        return code


def is_safe(units: list[_Unit]) -> bool:
    """Whether every process can run what moves without showing it."""
    return not any(unit.is_definition and unit.extent == unit.top.extent and talks(unit.top) for unit in units)


def _binds(step: Step) -> bool:
    return isinstance(step.event, facts.Bind)


def _is_plain(term: facts.Term, site: Site) -> bool:
    """Whether a term is made of literals, names and calls that do nothing but give a value."""
    match term:
        case facts.Constant() | facts.Name() | facts.Lambda():
            return True
        case facts.Attribute(value=value):
            return _is_plain(value, site)
        case facts.Display(items=items, keys=keys):
            return all(_is_plain(item, site) for item in (*items, *keys) if item is not None)
        case facts.Opaque(parts=parts):
            return bool(parts) and all(_is_plain(part, site) for part in parts)
        case facts.Call(arguments=arguments):
            return _is_call_of(term, site, _PURE) and all(_is_plain(passed.value, site) for passed in arguments)
        case facts.Comprehension(scope=scope, elements=elements):
            inner = site.scope.children[id(scope)]
            subjects = [region.subject for region in inner.regions if region.subject is not None]
            return all(_is_plain(part, inner.end) for part in (*elements, *subjects))
        case _:
            return False


def _is_call_of(call: facts.Call, site: Site, names: frozenset[str]) -> bool:
    values = evaluate(call.function, site)
    return bool(values) and all(isinstance(value, External) and value.name in names for value in values)


def _is_immutable(term: facts.Term) -> bool:
    match term:
        case facts.Constant() | facts.Lambda():
            return True
        case facts.Display(kind="tuple", items=items):
            return all(map(_is_immutable, items))
        case facts.Opaque(parts=parts):
            return all(map(_is_immutable, parts))
        case _:
            return False


def _changed(step: Step) -> Iterator[str]:
    """Yield the names of what a step may change from inside."""
    match step.event:
        case facts.Store(target=target):
            yield root_name(target)
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner))):
            yield root_name(owner)
