"""Whether a definition with what it needs can travel to module level, and still does the same there.

Everything here is answered from facts, so that a rule can ask on each check.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spawnsafe.edits.borrow import RefusedError, Travel, Use, calls_of, encloses, is_inside, is_prepared, others_bind
from spawnsafe.model import apis
from spawnsafe.model.flow import bound, evaluate, guarded, keeps_name, method_kind, passed_terms
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.objects import CHANGERS
from spawnsafe.model.order import callees, inflow
from spawnsafe.model.pickling.pickles import (
    Unpicklable,
    bound_values,
    surely_picklable,
    unpicklable,
    unpicklable_variable,
)
from spawnsafe.model.terms import root_name
from spawnsafe.model.values import External, Function, Instance, Parameter, Value
from spawnsafe.syntax import facts
from spawnsafe.syntax.blocks import Extent
from spawnsafe.syntax.facts import Flow, ScopeKind

# --- what keeps a definition where it is --------------------------------------------------------------------


def refuse_tied(travel: Travel) -> None:
    """Refuse a definition that means something only where it stands."""
    scope, title = travel.scope, travel.title
    if travel.is_member and method_kind(scope) != "instance":
        raise RefusedError(f"{title} is a method")
    for inner in scope.walk():
        for name in sorted(inner.declared_nonlocal):
            home = inner.parent.home(name) if inner.parent else None
            if home is not None and not is_inside(home, scope):
                raise RefusedError(f"{title} assigns `{name}` by `nonlocal`")
        if not _in_class(inner, scope):
            _refuse_super(inner, title)
    if _around_class(scope) and (name := _private_name(scope)):
        raise RefusedError(f"{title} uses `{name}`, a private name of the class around it")


def _in_class(scope: Scope, outermost_scope: Scope) -> bool:
    """Whether a class stands around a scope, up to the definition that moves."""
    around: Scope | None = scope
    while around is not None:
        if around.is_class:
            return True
        if around is outermost_scope:
            return False
        around = around.parent
    return False


def _around_class(scope: Scope) -> bool:
    around = scope.parent
    while around is not None and not around.is_class:
        around = around.parent
    return around is not None


def _refuse_super(scope: Scope, title: str) -> None:
    if any(read.id == "__class__" for read, _ in scope.reads):
        raise RefusedError(f"{title} uses `__class__`")
    for step in scope.steps:
        call = step.event.call if isinstance(step.event, facts.Invoke) else None
        if call and not call.arguments and isinstance(call.function, facts.Name) and call.function.id == "super":
            raise RefusedError(f"{title} calls `super()`")


def _private_name(scope: Scope) -> str:
    code = scope.module.code(scope.block, scope.facts.at) if scope.facts else ""
    return next((word for word in _PRIVATE.findall(code) if not word.endswith("__")), "")


_PRIVATE = re.compile(r"\b__\w+")


# --- what changes -------------------------------------------------------------------------------------------

_DYNAMIC = frozenset({"eval", "exec", "locals", "vars", "globals"})


def changed_by(scope: Scope, names: Iterable[str]) -> str | None:
    """Return the first of these names whose object a definition changes in place."""
    wanted = set(names)
    for inner in scope.walk():
        for step in inner.steps:
            root = _changed(step.event)
            if root in wanted and not (inner.home(root) and is_inside(inner.home(root), scope)):
                return root
    return None


def _changed(event: facts.Event) -> str:
    """Return the name whose object an event changes, empty if it changes none."""
    match event:
        case facts.Store(target=target):
            return root_name(target)
        case facts.Invoke(call=facts.Call(function=facts.Attribute(name=name, value=owner))) if name in CHANGERS:
            return root_name(owner)
        case _:
            return ""


def is_doubtful(travel: Travel) -> bool:
    """Whether a moved definition could do something else than before."""
    scope = travel.scope
    reads = {read.id for inner in scope.walk() for read, _ in inner.reads}
    if reads & _DYNAMIC or changed_by(scope, travel.module_names):
        return True
    if any(inner.declared_global for inner in scope.walk()):
        return True
    if any(_differs(scope, name) for name in travel.module_names):
        return True
    decorators = scope.facts.decorators if scope.facts else ()
    if any(not _is_known_decorator(term, scope.site) for term in decorators):
        return True
    if travel.variables and any(_is_cache(term, scope.site) for term in decorators):
        return True
    return any(_is_doubtful_default(travel, index) for index in range(len(scope.parameters)))


def _differs(scope: Scope, name: str) -> bool:
    """Whether a name of the module can be, or hold, something else in a worker."""
    module = scope.module
    if name in module.globals_bound_in_functions:
        return not is_prepared(module, name)
    if any(map(guarded, module.scope.bindings.get(name, []))):
        return True
    return any(
        _changed(step.event) == name and inner.home(name) is module.scope
        for inner in module.scopes
        for step in inner.steps
        if inner.is_function or (inner.is_module and guarded(step))
    )


def _is_doubtful_default(travel: Travel, index: int) -> bool:
    """Whether it matters when a default is made; that of a lambda without a name is made where it was."""
    default = travel.scope.parameters[index].default
    if default is None or (travel.home is None and index in travel.defaults):
        return False
    return not _is_constant(default)


def _is_cache(term: facts.Term, site: Site | None) -> bool:
    names = {External("functools.lru_cache"), External("functools.cache")}
    return site is not None and bool(names & set(evaluate(term, site)))


def _is_known_decorator(term: facts.Term, site: Site | None) -> bool:
    values = evaluate(term, site) if site else ()
    return bool(values) and all(
        (isinstance(value, External) and value.name in apis.KEEPS_NAME)
        or (isinstance(value, Function) and keeps_name(value.scope))
        for value in values
    )


def _is_constant(term: facts.Term) -> bool:
    match term:
        case facts.Constant() | facts.Name():
            return True
        case facts.Attribute(value=value):
            return _is_constant(value)
        case facts.Display(kind="tuple", items=items):
            return all(_is_constant(item) for item in items)
        case facts.Opaque(parts=parts):
            return bool(parts) and all(_is_constant(part) for part in parts)
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Shipment:
    """How variables are sent: by the call of this extent, if it is in the same file, and how they cross.

    `made` is what is sent, if a call of the function around its definition made it. `moved` are the definitions that
    move, which pickle then finds by their names.
    """

    call: Extent | None
    crossing: apis.Crossing
    made: Function | None = None
    moved: frozenset[Scope] = frozenset()

    def refuses(self, step: Step) -> Unpicklable | None:
        """Return why pickle will refuse what a binding gives its variable."""
        handed = (value for own in bound(step) if isinstance(own, Parameter) for value in self._handed(own))
        found = (
            unpicklable_variable(step, self.crossing),
            *(unpicklable(value, self.crossing, step.scope.end) for value in handed),
        )
        return next((why for why in found if why is not None and not self._moves(why.value)), None)

    def _moves(self, value: Value) -> bool:
        return isinstance(value, Function) and value.scope in self.moved

    def _handed(self, parameter: Parameter) -> Iterator[Value]:
        """Yield what the call that made what is sent passes for a parameter, in whichever file."""
        if self.made is None or self.made.call is None or self.made.site is None:
            return
        call, site = self.made.call, self.made.site
        for callee, offset in callees(call, site):
            for term in passed_terms(call, parameter, site, offset) if callee is parameter.scope else ():
                yield from inflow(evaluate(term, site))


def check_borrowed(travel: Travel, uses: list[Use], shipment: Shipment) -> bool:
    """Judge the variables that are to be read at `uses` instead of in the definition.

    Returns whether that is surely the same. Raises RefusedError if it is not, or if a value cannot travel.
    """
    around = travel.scope.parent
    given = [name for names in travel.defaults.values() for name in names]
    defaults = {name: home for name in given if around and (home := around.home(name)) is not None}
    early = defaults if travel.home is not None else {}
    late = {} if _is_at_once(travel, uses) else travel.variables
    for name, home in {**travel.variables, **early}.items():
        _check_name(travel, name, home, uses)
    sure = [_check_changes(travel, name, home, uses, shipment) for name, home in {**late, **early}.items()]
    travels = {**travel.variables, **defaults}.items()
    return all([*sure, *(_check_value(name, home, shipment) for name, home in travels)])


def passed_definitions(travel: Travel, shipment: Shipment) -> Iterator[Scope]:
    """Yield the lambdas and local functions of the same file that are values of the variables of a definition."""
    for name, home in travel.variables.items():
        for step in home.bindings.get(name, []):
            match shipment.refuses(step):
                case Unpicklable(value=Function(scope=scope, call=None), path=()) if (
                    scope.module is travel.scope.module
                ):
                    yield scope


def _check_value(name: str, home: Scope, shipment: Shipment) -> bool:
    """Return whether a variable's value is surely picklable, as far as a class of the project says."""
    bindings = home.bindings.get(name, [])
    for step in bindings:
        refusal = shipment.refuses(step)
        if refusal and refusal.path:
            raise RefusedError(f"`{name}` is an instance whose `{refusal.dotted}` is {refusal.phrase}")
        if refusal:
            raise RefusedError(f"`{name}` is {refusal.phrase}")
    values = [value for step in bindings for value in bound_values(step)]
    return all(surely_picklable(value.cls) for value in values if isinstance(value, Instance))


def _check_name(travel: Travel, name: str, home: Scope, uses: list[Use]) -> None:
    if any(use.scope.home(name) is not home for use in uses):
        raise RefusedError(f"`{name}` is something else where {travel.title} is used")


def _is_at_once(travel: Travel, uses: list[Use]) -> bool:
    """Whether all uses are calls, or tasks that are complete when they are sent: no variable changes meanwhile."""
    calls = calls_of(travel)
    sent = [
        send.site.block.place(send.term.at)
        for send in travel.scope.module.sends_of(travel.scope)
        if send.sender.crossing is apis.Crossing.TASK and not send.api.endswith(_LAZY)
        if send.site.scope.module is travel.scope.module
    ]
    return all(use.extent in calls or any(encloses(extent, use.extent) for extent in sent) for use in uses)


_LAZY = (".imap", ".imap_unordered")


def _check_changes(travel: Travel, name: str, home: Scope, uses: list[Use], shipment: Shipment) -> bool:
    """Refuse a variable that can be bound anew between definition and use; return whether it surely is not."""
    if others_bind(home, name) or any(step.is_deletion for step in home.bindings.get(name, [])):
        raise RefusedError(f"`{name}` changes while it is in use")
    bindings, defined = home.bindings.get(name, []), _site_in(home, travel.scope)
    loops = [index for index in home.enclosing(defined.region) if home.regions[index].flow is Flow.LOOP]
    looped = [step for step in bindings if _in_any(step, loops, home)]
    is_looped = bool(looped) or home.kind is ScopeKind.COMPREHENSION
    sent_there = all(shipment.call and encloses(shipment.call, use.extent) for use in uses)
    if is_looped and not sent_there:
        raise RefusedError(f"`{name}` changes in the loop around it")
    late = [step for step in bindings if step.order >= defined.order]
    if not late:
        return not is_looped or shipment.crossing is apis.Crossing.TASK
    deeper = travel.scope.parent is not home
    ends = [step.block.place(step.event.at)[1] for step in late]
    below = all(use.scope is home and use.extent[0] >= max(ends) for use in uses)
    if len(bindings) > 1 or is_looped or not (below or (deeper and sent_there)):
        raise RefusedError(f"`{name}` is assigned after {travel.title} is defined")
    return True


def _site_in(home: Scope, scope: Scope) -> Site:
    """Return where a scope, or the one around it, stands in another scope."""
    while scope.parent is not None and scope.parent is not home:
        scope = scope.parent
    return scope.site or home.end


def _in_any(step: Step, loops: list[int], home: Scope) -> bool:
    return any(home.regions[loop].events[0] <= step.order < home.regions[loop].events[1] for loop in loops)
