"""Moves a local function, class or lambda to module level, where a worker finds it by its name."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from spawnsafe.edits.borrow import (
    Baggage,
    Refusal,
    RefusedError,
    Travel,
    Use,
    bound_name,
    calls_of,
    encloses,
)
from spawnsafe.edits.imports import importing
from spawnsafe.edits.judge import Shipment, changed_by, check_borrowed, is_doubtful, passed_definitions, refuse_tied
from spawnsafe.edits.naming import choose_names
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import (
    indent_unit,
    indentation,
    joined,
    line_start,
    reindent,
    reindent_expression,
    removal,
    spaced,
    stands_alone,
    whole_lines,
    with_comments,
)
from spawnsafe.findings import Fix
from spawnsafe.model.apis import Crossing
from spawnsafe.model.calls.signatures import takes_further
from spawnsafe.model.flow import evaluate, guarded
from spawnsafe.model.methods import StartMethods
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.order import when_run
from spawnsafe.model.sends import Role, Send
from spawnsafe.model.values import External, Function
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.blocks import Extent
from spawnsafe.syntax.facts import ScopeKind


def hoist(module: Module, scope: Scope, send: Send | None = None) -> Fix | Refusal:
    """Return the repair that moves a definition, which `send` sends, to module level; or one that nothing sends yet."""
    plan = plan_hoist(module, scope, send)
    return plan if isinstance(plan, Refusal) else _Writer(plan).fix()


def hoist_refusal(module: Module, scope: Scope, send: Send) -> str | None:
    """Return why a definition cannot move to module level, None if it can. Cheap: answered from facts."""
    plan = plan_hoist(module, scope, send)
    return plan.reason if isinstance(plan, Refusal) else None


# --- the plan ----------------------------------------------------------------------------------------------


@dataclass(eq=False)
class HoistPlan:
    """What moves, where to, and what it takes along."""

    module: Module
    main: Travel
    travels: list[Travel]
    above: Block
    """The top-level statement above which the definitions are put."""
    send: Send | None
    sure: bool
    """Whether the variables surely are the same, and travel, where they are now read."""

    @property
    def safe(self) -> bool:
        """Whether the moved definitions surely do the same."""
        doubts = (is_doubtful(travel) or _comes_late(travel, self.send) for travel in self.travels)
        is_sent = self.send is not None and bool(self.send.when(StartMethods.FRESH))
        is_lost = self.module.runs_by_name_only and is_sent  # as a lambda is
        return self.sure and not is_lost and not any(doubts)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names that are passed to the moved definition by `functools.partial`."""
        passed = [name for names in self.main.defaults.values() for name in names]
        return tuple(dict.fromkeys((*self.main.variables, *passed)))


def plan_hoist(module: Module, scope: Scope, send: Send | None) -> HoistPlan | Refusal:
    """Return how a definition, which `send` sends, moves to module level, or why it cannot."""
    del module  # the definition may stand in another file than the send
    try:
        return _plan(scope, send)
    except RefusedError as error:
        return error.refusal


def _plan(scope: Scope, send: Send | None) -> HoistPlan:
    baggage = Baggage(scope)
    shipment = _shipment(scope.module, send)
    for passed in [each for travel in baggage.travels.values() for each in passed_definitions(travel, shipment)]:
        baggage.add(passed)
    shipment = replace(shipment, moved=frozenset(baggage.travels))
    travels = sorted(baggage.travels.values(), key=lambda travel: (travel.extent[1], -travel.extent[0]))
    for travel in travels:
        _settle(travel)
    above = _place(scope.module, travels, send)
    sure = [_check(travel, travels, above, shipment) for travel in travels]
    return HoistPlan(scope.module, baggage.main, travels, above, send, all(sure))


def _settle(travel: Travel) -> None:
    """Decide what becomes of the statement that binds a lambda.

    It goes if it does nothing else; in a class it becomes a method. Otherwise its name stays a variable.
    """
    if travel.scope.kind is not ScopeKind.LAMBDA or travel.home is None:
        return
    if _can_go(travel):
        travel.stays = travel.home.is_class
    else:
        around = travel.scope.parent
        travel.home, travel.binding = None, None
        travel.uses = [Use(travel.extent, around, travel.scope.block)] if around else []


def _can_go(travel: Travel) -> bool:
    """Whether a lambda's statement is `name = lambda …` on lines of its own."""
    step, text = travel.binding, travel.scope.module.document.text
    if step is None or travel.home is None or travel.defaults or (travel.home.is_class and travel.variables):
        return False
    statement = step.block.place(step.event.statement)
    head = text[statement[0] : travel.extent[0]]
    is_plain = re.fullmatch(r"\w+[ \t]*(?::[^=]*)?=[ \t]*", head) is not None
    return is_plain and statement[1] == travel.extent[1] and stands_alone(text, statement)


def _place(module: Module, travels: Sequence[Travel], send: Send | None) -> Block:
    """Return the first top-level statement that holds a definition or a use, or starts the workers."""
    offsets = [travel.extent[0] for travel in travels]
    offsets += [use.extent[0] for travel in travels for use in travel.uses]
    blocks = [_top_block(module, offset) for offset in offsets]
    if send is not None and send.site.scope.module is module:
        blocks.append(_top_block(module, send.site.block.start))
    made = _made(module, send)
    if made is not None:
        blocks.append(made)
    return min(blocks, key=lambda block: block.start)


def _made(module: Module, send: Send | None) -> Block | None:
    """Return the top-level statement that brings the workers of a send into being."""
    made = send.origin.workers.site if send is not None else None
    order = when_run(made) if made is not None and made.scope.module is module else None
    return module.scope.steps[order].block if order is not None and order < len(module.scope.steps) else None


def _top_block(module: Module, offset: int) -> Block:
    return next(block for block in reversed(module.document.blocks) if block.start <= offset)


def _check(travel: Travel, travels: Sequence[Travel], above: Block, shipment: Shipment) -> bool:
    """Return whether a moved definition surely gets the same variables. Raises RefusedError if it cannot."""
    refuse_tied(travel)
    changed = changed_by(travel.scope, travel.variables)
    if changed:
        raise RefusedError(f"{travel.title} changes `{changed}`, and the parent would not see that")
    uses = [use for use in travel.uses if not any(encloses(other.extent, use.extent) for other in travels)]
    uses = travel.uses if travel.home is None else uses
    is_sure = check_borrowed(travel, uses, shipment)
    _check_early(travel, above)
    _check_uses(travel, uses)
    return is_sure


def _shipment(module: Module, send: Send | None) -> Shipment:
    """Return how a send ships variables; what nothing sends yet may be sent as a task."""
    if send is None:
        return Shipment(None, Crossing.TASK)
    is_here = send.site.scope.module is module
    call = send.site.block.place(send.call.at) if is_here else None
    return Shipment(call, send.sender.crossing, send.value if isinstance(send.value, Function) else None)


def _comes_late(travel: Travel, send: Send | None) -> bool:
    """Whether forked workers lack a name of the module that the definition reads."""
    module, made = travel.scope.module, _made(travel.scope.module, send)
    return made is not None and any(
        all(step.block.start > made.start for step in module.scope.bindings.get(name, []))
        for name in travel.module_names
    )


def _check_early(travel: Travel, above: Block) -> None:
    """Refuse if something that the definition needs at once comes only below its new place."""
    module = travel.scope.module.scope
    for name in travel.early:
        steps = module.bindings.get(name, [])
        if not any(step.block.start < above.start and not guarded(step) for step in steps):
            raise RefusedError(f"`{name}` is defined further down")


def _check_uses(travel: Travel, outside: Sequence[Use]) -> None:
    """Refuse a definition whose variables cannot be passed where it is used; `outside` are the uses that stay."""
    if not travel.variables and not travel.defaults:
        return
    if travel.is_member:
        raise RefusedError(f"{travel.title} is a member of a class")
    if travel.variables and not takes_further(travel.scope):
        raise RefusedError(f"its decorator does not pass `{min(travel.variables)}` on")
    text = travel.scope.module.document.text
    for use in travel.uses if travel.home is not None else ():
        if text[use.extent[1] :].lstrip().startswith("."):
            raise RefusedError(f"an attribute of {travel.title} is used")
    given = [travel.scope.parameters[index] for index in travel.defaults]
    is_moved_use = travel.home is not None and len(outside) < len(travel.uses)
    if given and (is_moved_use or any(parameter.positional_only for parameter in given)):
        raise RefusedError(f"the default of `{given[0].name}` uses variables around it")


# --- the edit ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Change:
    """Replaces an extent by a text, which may be made of changed text inside."""

    extent: Extent
    text: Callable[[], str]


def _constant(text: str) -> Callable[[], str]:
    return lambda: text


@dataclass
class _Writer:
    """Writes a plan down as changes of the file, one inside the other; the outermost become edits."""

    plan: HoistPlan
    changes: list[_Change] = field(default_factory=list)

    def __post_init__(self) -> None:
        plan = self.plan
        self.module = plan.module
        self.text = plan.module.document.text
        self.newline = plan.module.text.newline
        default = "initialize" if plan.send is not None and plan.send.role is Role.INITIALIZER else "work"
        self.names = choose_names(plan.module, plan.travels, default)
        self.partial = ""

    def fix(self) -> Fix | Refusal:
        """Return the repair."""
        if any(map(_needs_partial, self.plan.travels)) and not self._import_partial():
            return Refusal("the names `partial` and `functools` are taken")
        for travel in self.plan.travels:
            self._change_uses(travel)
            if travel.scope.kind is ScopeKind.FUNCTION:
                self._change_function(travel)
            elif travel.scope.is_class:
                self._rename(travel)
            else:
                self._drop_defaults(travel)
        self._move()
        edits = [replacement(self.module, change.extent, change.text()) for change in _outermost(self.changes)]
        return Fix(self._title(), tuple(edits), self.plan.safe)

    def _title(self) -> str:
        name = bound_name(self.plan.main.binding)
        if self.plan.main.scope.kind is ScopeKind.LAMBDA:
            return f"Make `{name}` a function" if name else "Make the lambda a function"
        return f"Move `{name}` to module level"

    def _import_partial(self) -> bool:
        scopes = [use.scope for travel in self.plan.travels for use in travel.uses]
        found = importing(self.module, "functools", "partial", scopes, self.plan.above.start)
        if found is None:
            return False
        self.partial = found.code
        if found.change:
            self._change(*found.change)
        return True

    def _change(self, extent: Extent, text: str) -> None:
        self.changes.append(_Change(extent, _constant(text)))

    # --- uses

    def _change_uses(self, travel: Travel) -> None:
        calls = calls_of(travel)
        for use in travel.uses:
            call = calls.get(use.extent)
            if call is not None and travel.variables and not travel.defaults:
                self._change_call(travel, use, call)
            else:
                self._change_reference(travel, use)

    def _change_reference(self, travel: Travel, use: Use) -> None:
        name, old = self.names[travel], bound_name(travel.binding)
        extent = _unwrapped(self.text, use.extent) if travel.home is None else use.extent
        if travel.variables or travel.defaults:
            self.changes.append(_Change(extent, lambda: self._bound(travel, use)))
        elif name != old and not travel.is_member:
            self._change(extent, name)

    def _bound(self, travel: Travel, use: Use) -> str:
        """Return a definition with its variables, as they are written where it is used."""
        passed = [self.names[travel], *travel.variables, *self._passed_defaults(travel)]
        if not travel.defaults and _is_in_partial(use):
            return ", ".join(passed)
        return f"{self.partial}({', '.join(passed)})"

    def _passed_defaults(self, travel: Travel) -> Iterator[str]:
        for index in travel.defaults:
            parameter = travel.scope.parameters[index]
            if parameter.default is not None:
                extent = travel.scope.block.place(parameter.default.at)
                yield f"{parameter.name}={self._code(_parenthesized(self.text, extent))}"

    def _change_call(self, travel: Travel, use: Use, call: Extent) -> None:
        """Pass the variables in a call, before its other arguments."""
        if self.names[travel] != bound_name(travel.binding):
            self._change(use.extent, self.names[travel])
        opening = self.text.index("(", use.extent[1], call[1])
        self._give(opening, list(travel.variables))

    def _give(self, opening: int, names: Sequence[str]) -> None:
        """Put names first into the brackets that open at an offset."""
        match = re.compile(r"(?:\s|#[^\r\n]*|\\)*").match(self.text, opening + 1)
        first = match.end() if match else opening + 1
        listed = ", ".join(names)
        if self.text[first] == ")":
            self._change((opening + 1, opening + 1), listed)
        elif line_start(self.text, first) > opening:
            gap = self.newline + indentation(self.text, first)
            self._change((first, first), "".join(f"{name},{gap}" for name in names))
        else:
            self._change((first, first), f"{listed}, ")

    # --- definitions

    def _rename(self, travel: Travel) -> None:
        own = travel.scope.facts
        if own is not None and self.names[travel] != own.name:
            self._change(travel.scope.block.place(own.name_at), self.names[travel])

    def _change_function(self, travel: Travel) -> None:
        """Give a function its name, its parameters and its imports."""
        own, block = travel.scope.facts, travel.scope.block
        if own is None:
            return
        self._rename(travel)
        if travel.variables:
            after = _after_type_parameters(self.text, block.place(own.name_at)[1])
            self._give(self.text.index("(", after), list(travel.variables))
        self._drop_defaults(travel)
        if travel.imports:
            self._insert_imports(travel)

    def _drop_defaults(self, travel: Travel) -> None:
        parameters = travel.scope.parameters
        for index in travel.defaults:
            default = parameters[index].default
            if default is None:
                continue
            start, end = _parenthesized(self.text, travel.scope.block.place(default.at))
            equals = len(self.text[: self.text.rindex("=", 0, start)].rstrip(" \t"))
            needs_one = not parameters[index].keyword_only and any(
                before.default is not None and number not in travel.defaults
                for number, before in enumerate(parameters[:index])
            )
            left = f"{self.text[equals:start]}None" if needs_one else ""
            self._change((equals, end), left)

    def _insert_imports(self, travel: Travel) -> None:
        offset, on_own_line, is_import = _body(self.text, travel)
        lines = _import_lines(travel)
        if not on_own_line:
            self._change((offset, offset), "".join(f"{line}; " for line in lines))
            return
        indent = indentation(self.text, offset)
        start = with_comments(self.text, (offset, offset))[0]
        code = "".join(f"{indent}{line}{self.newline}" for line in lines)
        self._change((start, start), code if is_import else code + self.newline)

    # --- moving

    def _move(self) -> None:
        text, plan = self.text, self.plan
        above = with_comments(text, (plan.above.start, plan.above.end))[0]
        for travel in plan.travels:
            if travel.stays:
                self._change(*spaced(text, self._extent(travel), self._definition(travel), self.newline, 1))
        moved = [travel for travel in plan.travels if not travel.stays]
        definitions = [self._definition(travel) for travel in moved]
        gone = list(self._spare_imports())
        for travel in moved:
            if travel.is_member:
                self._change(self._extent(travel), self._alias(travel))
            elif travel.home is not None:
                gone.append(self._extent(travel))
        place = (above, above)
        for extent in joined(text, gone):
            if extent[0] == above:
                place = extent
            else:
                self._change(*removal(text, extent))
        if definitions:
            code = (self.newline * 2).join(definitions)
            self._change(*spaced(text, place, code, self.newline, 2))

    def _spare_imports(self) -> Iterator[Extent]:
        """Yield the lines of local imports that only the moved definitions used."""
        for step in {step for travel in self.plan.travels for step in travel.imports.values()}:
            name, statement = bound_name(step), step.block.place(step.event.statement)
            others = [other for other in step.scope.steps if other.event.statement == step.event.statement]
            is_used = any(
                read.id == name and reader.home(name) is step.scope and not self._moves(block.place(read.at))
                for reader in step.scope.walk()
                for read, block in reader.reads
            )
            if not is_used and len(others) == 1 and stands_alone(self.text, statement):
                yield whole_lines(self.text, statement)

    def _moves(self, extent: Extent) -> bool:
        return any(encloses(travel.extent, extent) for travel in self.plan.travels)

    def _extent(self, travel: Travel) -> Extent:
        """Return the whole lines that go, with the comments that belong to them."""
        step = travel.binding
        if travel.home is None or step is None:
            return travel.extent
        is_lambda = travel.scope.kind is ScopeKind.LAMBDA
        return with_comments(self.text, step.block.place(step.event.statement) if is_lambda else travel.extent)

    def _definition(self, travel: Travel) -> str:
        """Return whole lines that define at module level what moves."""
        start, end = self._extent(travel)
        indent = indentation(self.text, travel.extent[0])
        if travel.scope.kind is not ScopeKind.LAMBDA:
            return reindent(self._code((start, end)), indent).rstrip("\r\n") + self.newline
        new = indent if travel.stays else ""
        code = self._function_of_lambda(travel, new)
        if travel.home is None or travel.binding is None:
            return code
        statement = travel.binding.block.place(travel.binding.event.statement)
        return reindent(self.text[start : line_start(self.text, statement[0])], indent, new) + code

    def _alias(self, travel: Travel) -> str:
        """Return the line that gives a class what was defined in its body."""
        indent = indentation(self.text, travel.extent[0])
        return f"{indent}{bound_name(travel.binding)} = {self.names[travel]}{self.newline}"

    def _function_of_lambda(self, travel: Travel, indent: str) -> str:
        parameters, body = _parts_of_lambda(self.text, travel)
        own = self._code(parameters).strip()
        listed = [*travel.variables, own] if own else list(travel.variables)
        inner = indent + indent_unit(self.text)
        lines = [f"{indent}def {self.names[travel]}({', '.join(listed)}):"]
        if travel.imports:
            lines += [*(inner + line for line in _import_lines(travel)), ""]
        lines.append(inner + self._returned(body, inner))
        return "".join(line + self.newline for line in lines)

    def _returned(self, body: Extent, indent: str) -> str:
        code, old = self._code(body).strip(), indentation(self.text, body[0])
        is_one = not re.search(r"[\r\n]", code) or _is_bracketed(code)
        if is_one:
            return f"return {reindent_expression(code, old, indent)}"
        joined_lines = " ".join(line.strip() for line in re.split(r"[\r\n]+", code))
        if "#" not in code and len(indent) + len(joined_lines) <= _LONGEST:
            return f"return {joined_lines}"
        deeper = indent + indent_unit(self.text)
        inner = reindent_expression(code, indentation(self.text, body[1] - 1), deeper)
        return f"return ({self.newline}{deeper}{inner}{self.newline}{indent})"

    # --- changed text

    def _code(self, extent: Extent) -> str:
        """Return the text of an extent with the changes inside."""
        inside = [change for change in self.changes if encloses(extent, change.extent)]
        pieces, done = list[str](), extent[0]
        for change in _outermost(inside):
            pieces += [self.text[done : change.extent[0]], change.text()]
            done = change.extent[1]
        return "".join([*pieces, self.text[done : extent[1]]])


def _outermost(changes: list[_Change]) -> list[_Change]:
    """Return the changes that lie in no other, in order; insertions at one place keep theirs."""
    found: list[_Change] = []
    for change in sorted(changes, key=lambda change: (change.extent[0], _is_long(change), -change.extent[1])):
        if not found or change.extent[0] >= found[-1].extent[1]:
            found.append(change)
    return found


def _is_long(change: _Change) -> bool:
    return change.extent[0] < change.extent[1]


# --- the text of parts -------------------------------------------------------------------------------------


def _parts_of_lambda(text: str, travel: Travel) -> tuple[Extent, Extent]:
    """Return the extents of a lambda's parameters and of its body."""
    scope, (start, end) = travel.scope, travel.extent
    begin = start + len("lambda")
    last = begin
    if scope.parameters:
        parameter = scope.parameters[-1]
        last = scope.block.place(parameter.default.at if parameter.default else parameter.at)[1]
    match = _COLON.match(text, last)
    colon = match.end() - 1 if match else last
    return (begin, colon), (colon + 1, end)


_LONGEST = 72
"""What fits on a line with `return` before it, whatever length the file keeps to."""

_COLON = re.compile(r"(?:[^:#]|#[^\r\n]*)*:")


def _is_bracketed(code: str) -> bool:
    """Whether an expression may span lines as it is, since brackets or quotes hold it together."""
    from spawnsafe.edits.trees import is_statement  # noqa: PLC0415 - libcst, for a repair alone

    return is_statement(f"_ = {code}\n")


def _parenthesized(text: str, extent: Extent) -> Extent:
    """Return the extent of an expression with the parentheses around it, of a default or of an argument."""
    start, end = extent
    while True:
        before = re.compile(r"=\s*(\()\s*\Z")
        match = before.search(text[:start])
        after = re.compile(r"\s*\)").match(text, end)
        if match is None or after is None:
            return start, end
        start, end = match.start(1), after.end()


def _unwrapped(text: str, extent: Extent) -> Extent:
    """Return the extent of an expression with parentheses around it that are not those of a call."""
    start, end = extent
    before = re.compile(r"(?:^|[^\w)\]\s])\s*(\(\s*)\Z").search(text[:start])
    after = re.compile(r"\s*\)").match(text, end)
    return (before.start(1), after.end()) if before and after else extent


def _import_lines(travel: Travel) -> list[str]:
    """Return the imports that a definition needs, in the order in which they stood."""
    return [_import_code(step) for step in sorted(travel.imports.values(), key=lambda step: step.order)]


def _import_code(step: Step) -> str:
    """Return an import statement that binds what a step binds."""
    name = bound_name(step)
    source = step.event.source if isinstance(step.event, facts.Bind) else None
    if not isinstance(source, facts.Imported):
        return ""
    origin = "." * source.level + source.module
    if source.name is not None:
        alias = "" if name == source.name else f" as {name}"
        return f"from {origin} import {source.name}{alias}"
    whole = source.submodule or source.module
    alias = "" if name == source.module else f" as {name}"
    return f"import {whole}{alias}"


def _needs_partial(travel: Travel) -> bool:
    """Whether variables are passed to a definition elsewhere than in its calls."""
    calls = calls_of(travel)
    is_only_called = all(use.extent in calls for use in travel.uses)
    return bool(travel.defaults) or bool(travel.variables and not is_only_called)


def _is_in_partial(use: Use) -> bool:
    """Whether a use is what a `functools.partial` is made of."""
    return any(
        call.arguments
        and block.place(call.arguments[0].value.at) == use.extent
        and External("functools.partial") in evaluate(call.function, step.site)
        for step in use.scope.steps
        if isinstance(step.event, facts.Invoke)
        for call, block in ((step.event.call, step.block),)
    )


def _after_type_parameters(text: str, offset: int) -> int:
    """Return the offset past the type parameters that may follow a function's name."""
    if text[offset] != "[":
        return offset
    depth = 0
    for index in range(offset, len(text)):
        depth += (text[index] == "[") - (text[index] == "]")
        if depth == 0:
            return index
    return offset


def _body(text: str, travel: Travel) -> tuple[int, bool, bool]:
    """Return where a body begins after its docstring, whether on its own line, and with an import."""
    from spawnsafe.edits.trees import body_of  # noqa: PLC0415 - libcst, for a repair alone

    start, end = whole_lines(text, travel.extent)
    offset, on_own_line, imports = body_of(text[start:end], is_indented=bool(indentation(text, start)))
    return start + offset, on_own_line, imports
