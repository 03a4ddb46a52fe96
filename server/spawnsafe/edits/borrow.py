"""What a definition needs of the place where it stands: variables, helpers, imports."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from spawnsafe.model.flow import guarded
from spawnsafe.model.module import Module
from spawnsafe.model.names import Scope, Step
from spawnsafe.model.sends import Role
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.blocks import Extent
from spawnsafe.syntax.facts import ScopeKind


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a repair is not made, as a clause about the definition: "it assigns `count` by `nonlocal`"."""

    reason: str


class RefusedError(Exception):
    """Ends the planning of a repair that cannot be made."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.refusal = Refusal(reason)


@dataclass(frozen=True, slots=True)
class Use:
    """A place where a definition is used: its name, or a lambda without one. The extent is absolute."""

    extent: Extent
    scope: Scope
    block: Block


@dataclass(eq=False)
class Travel:
    """A definition that is to move, with what it needs.

    `home` is the scope whose variable its name is, None for a lambda that is used where it stands.
    """

    scope: Scope
    home: Scope | None
    title: str
    binding: Step | None = None
    helpers: "list[Travel]" = field(default_factory=list)
    own_variables: dict[str, Scope] = field(default_factory=dict)
    imports: dict[str, Step] = field(default_factory=dict)
    defaults: dict[int, list[str]] = field(default_factory=dict)
    """The parameters whose defaults are taken along, with the variables in them."""
    early: list[str] = field(default_factory=list)
    """Names of the module that it needs when it is defined."""
    stays: bool = False
    """Whether it becomes a method of the class where it stands."""
    module_names: set[str] = field(default_factory=set)
    """Names of the module that it reads."""
    uses: list[Use] = field(default_factory=list)

    @property
    def extent(self) -> Extent:
        """Where it stands, decorators included."""
        return _extent(self.scope)

    @property
    def is_member(self) -> bool:
        """Whether a class has its name, and keeps it when it moves."""
        return self.home is not None and self.home.is_class and not self.stays

    @property
    def variables(self) -> dict[str, Scope]:
        """The variables that it borrows, and those of its helpers, with the scopes that they belong to."""
        found: dict[str, Scope] = {}
        for travel in self._with_helpers([]):
            for name, home in travel.own_variables.items():
                if found.setdefault(name, home) is not home:
                    raise RefusedError(f"`{name}` is two variables in what it needs")
        return found

    def _with_helpers(self, seen: "list[Travel]") -> "list[Travel]":
        if self not in seen:
            seen.append(self)
            for helper in self.helpers:
                helper._with_helpers(seen)  # noqa: SLF001 - of its own kind
        return seen


def _extent(scope: Scope) -> Extent:
    return scope.block.place(scope.facts.at) if scope.facts else (0, 0)


def encloses(outer: Extent, inner: Extent) -> bool:
    """Whether one extent lies wholly in another."""
    return outer[0] <= inner[0] and inner[1] <= outer[1]


# --- what travels ------------------------------------------------------------------------------------------


class Baggage:
    """A definition with all local definitions that it needs, in the order in which they were met."""

    def __init__(self, scope: Scope) -> None:
        self.module = scope.module
        self.travels: dict[Scope, Travel] = {}
        self.main = self.add(outermost(scope))
        if scope.kind is ScopeKind.LAMBDA:
            self.add(scope)  # it is no better off in a class that moves

    def add(self, scope: Scope) -> Travel:
        """Take a definition along with what it needs. Raises RefusedError if it cannot move."""
        known = self.travels.get(scope)
        if known is not None:
            return known
        travel = self.travels[scope] = _travel(scope)
        if scope.block.problem is not None:
            raise RefusedError("the code around it does not parse")
        for name, inner in _header_reads(scope):
            self._need_early(travel, name, inner)
        for inner in scope.walk():
            for read, _ in inner.reads:
                self._need(travel, read.id, inner)
        if scope.is_class and (travel.own_variables or travel.imports):
            borrowed = next(iter((*travel.own_variables, *travel.imports)))
            raise RefusedError(f"{travel.title} uses `{borrowed}` of the function around it")
        travel.uses = list(_uses(travel))
        return travel

    def _need(self, travel: Travel, name: str, reader: Scope) -> None:
        """Note what a name needs that is read in the body."""
        home = reader.home(name)
        if home is None or is_inside(home, travel.scope):
            return
        if reader.is_class and home.is_module:
            travel.early.append(name)
        if not _stays_behind(home, name):
            if home.is_module:
                travel.module_names.add(name)
            return
        if home.is_class:
            raise RefusedError(f"{travel.title} uses `{name}` of the class around it")
        helper = _definition_of(home, name)
        if helper is not None:
            if helper is not travel.scope and is_inside(travel.scope, helper):
                raise RefusedError(f"{travel.title} uses `{name}`, in which it is defined")
            self._help(travel, helper)
        elif len(home.bindings[name]) == 1 and _is_import(home.bindings[name][0]):
            travel.imports[name] = home.bindings[name][0]
        else:
            travel.own_variables[name] = home

    def _help(self, travel: Travel, helper: Scope) -> None:
        found = self.add(helper)
        if found not in travel.helpers and found is not travel:
            travel.helpers.append(found)

    def _need_early(self, travel: Travel, read: facts.Name, reader: Scope) -> None:
        """Note what a name needs that is read when the definition is made, in its header."""
        name, home = read.id, reader.home(read.id)
        if home is None or is_inside(home, travel.scope):
            return
        if not _stays_behind(home, name):
            travel.early.append(name)
            travel.module_names.add(name)
            return
        index = _default_around(travel.scope, read)
        helper = _definition_of(home, name)
        if helper is not None and not home.is_class:
            self._help(travel, helper)
            if index is None and not helper.is_class and self.travels[helper].variables:
                raise RefusedError(f"{travel.title} is decorated by `{name}`, which needs variables around it")
        if index is not None:
            travel.defaults.setdefault(index, []).append(name)
        elif helper is None:
            raise RefusedError(f"its decorators, annotations or bases use `{name}`")


def outermost(scope: Scope) -> Scope:
    """Return the definition that has to move for a worker to find `scope`: a method moves with its class."""
    while scope.owner is not None and scope.owner.is_class and scope.owner.is_local:
        scope = scope.owner
    return scope


def _travel(scope: Scope) -> Travel:
    binding = binding_of(scope)
    if scope.kind is ScopeKind.LAMBDA:
        return Travel(scope, binding.scope if binding else None, "the lambda", binding)
    title = f"`{scope.name}`"
    if binding is None or others_bind(binding.scope, scope.name):
        raise RefusedError(f"{title} has several definitions")
    return Travel(scope, binding.scope, title, binding)


def binding_of(scope: Scope) -> Step | None:
    """Return the one step that binds the name of a definition, or the variable of a lambda.

    None if there are others, and for a lambda that is bound along with something else.
    """
    around = scope.parent
    if around is None or scope.facts is None:
        return None
    for name, steps in around.bindings.items():
        for step in steps:
            if isinstance(step.event, facts.Bind) and _defines(step.event.source, scope):
                return step if len(steps) == 1 and not others_bind(around, name) else None
    return None


def _defines(source: facts.Source, scope: Scope) -> bool:
    match source:
        case facts.Defined(scope=own):
            return own is scope.facts
        case facts.Assigned(term=facts.Lambda(scope=own), path=()):
            return own is scope.facts
        case _:
            return False


def bound_name(binding: Step | None) -> str:
    """Return the name that a step binds."""
    return binding.event.name if binding and isinstance(binding.event, facts.Bind) else ""


def _definition_of(home: Scope, name: str) -> Scope | None:
    """Return the one local function, class or lambda that a name is."""
    steps = home.bindings.get(name, [])
    event = steps[0].event if len(steps) == 1 else None
    if not isinstance(event, facts.Bind):
        return None
    match event.source:
        case facts.Defined(scope=own) | facts.Assigned(term=facts.Lambda(scope=own), path=()):
            return home.children[id(own)]
        case _:
            return None


def _is_import(step: Step) -> bool:
    return isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Imported)


def others_bind(home: Scope, name: str) -> list[Step]:
    """Return the steps that bind a variable of a scope by `nonlocal` or `global`."""
    if home.is_module:
        return home.module.globals_bound_in_functions.get(name, [])
    return [
        step
        for scope in home.walk()
        if name in scope.declared_nonlocal and scope.parent and scope.parent.home(name) is home
        for step in scope.bindings.get(name, ())
    ]


def _stays_behind(home: Scope, name: str) -> bool:
    """Whether a worker that imports the module lacks a variable: it is local, or under the guard."""
    if not home.is_module:
        return True
    bindings = home.bindings.get(name, [])
    return bool(bindings) and all(guarded(step) for step in bindings) and not is_prepared(home.module, name)


def is_prepared(module: Module, name: str) -> bool:
    """Whether nothing but what workers run before all else sets a global of a module from inside a function."""
    steps = module.globals_bound_in_functions.get(name, [])
    return bool(steps) and all(_prepares_workers(step.scope) for step in steps)


def _prepares_workers(scope: Scope) -> bool:
    return any(send.role is Role.INITIALIZER for send in scope.module.sends_of(scope))


def is_inside(scope: Scope | None, outer: Scope) -> bool:
    """Whether a scope is another one, or stands in it."""
    while scope is not None and scope is not outer:
        scope = scope.parent
    return scope is not None


def _header_reads(scope: Scope) -> Iterator[tuple[facts.Name, Scope]]:
    """Yield what a definition reads when it is made: in decorators, defaults, annotations, bases."""
    around, extent = scope.parent, _extent(scope)
    if around is None:
        return
    for reader in (around, *around.children.values()):
        if reader is scope or (reader is not around and not encloses(extent, _extent(reader))):
            continue
        for read, block in reader.reads:
            if encloses(extent, block.place(read.at)):
                yield read, reader


def _default_around(scope: Scope, read: facts.Name) -> int | None:
    for index, parameter in enumerate(scope.parameters):
        if parameter.default is not None and encloses(parameter.default.at, read.at):
            return index
    return None


def _uses(travel: Travel) -> Iterator[Use]:
    around = travel.scope.parent
    if travel.home is None:
        if around is not None:
            yield Use(travel.extent, around, travel.scope.block)
        return
    name = bound_name(travel.binding)
    for reader in travel.home.walk():
        for read, block in reader.reads:
            if read.id == name and reader.home(name) is travel.home:
                yield Use(block.place(read.at), reader, block)


def calls_of(travel: Travel) -> dict[Extent, Extent]:
    """Return the calls of a definition by its name: the extent of the whole call, by that of the name."""
    found: dict[Extent, Extent] = {}
    for use in travel.uses:
        for step in use.scope.steps:
            call = step.event.call if isinstance(step.event, facts.Invoke) else None
            if call is not None and isinstance(call.function, facts.Name):
                function = step.block.place(call.function.at)
                if function == use.extent:
                    found[function] = step.block.place(call.at)
    return found
