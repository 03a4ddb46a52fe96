"""What workers find under the names of a module's variables.

A forked worker has what the parent had when it forked. A fresh worker imports the module anew: it has what the import
binds, and nothing that only the main program binds or changes, under the main guard or in functions called from there.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from spawnsafe.model import apis, objects
from spawnsafe.model.flow import Run, bound, evaluate, look_up, reached, sourced
from spawnsafe.model.memory import Values
from spawnsafe.model.methods import StartMethods, When
from spawnsafe.model.names import Scope, Site, Step
from spawnsafe.model.objects import CHANGERS
from spawnsafe.model.order import CallSite, inflow, only_in_main, only_workers, passes
from spawnsafe.model.sends import Send, definitions, forked_before
from spawnsafe.model.terms import last_name, parts
from spawnsafe.model.values import (
    ANYTHING,
    Channel,
    Class,
    External,
    Function,
    Instance,
    Items,
    Literal,
    Product,
    ProjectModule,
    Workers,
)
from spawnsafe.model.workers import Use, Work
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.facts import At, Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module

CONTAINERS = frozenset(f"builtins.{name}" for name in ("dict", "list", "set")) | frozenset(
    f"collections.{name}" for name in ("Counter", "OrderedDict", "defaultdict", "deque")
)
_DYNAMIC = frozenset({"globals", "exec", "setattr", ".setattr", "vars", "eval"})
_PROCESS_TESTS = frozenset({"parent_process", "current_process"})
_DEEPEST = 12


class Change(Enum):
    """What the main program does to a variable."""

    BOUND = "bound"
    FILLED = "filled"
    """It changes the object that the variable stands for."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """Workers of `work` read a variable by `use`, and do not see what the main program makes of it at `step`.

    `methods` are those under which they do not. `is_missing` says that they then find no such variable at all; else
    they find what it was before. `is_late` says that the change comes when forked workers are there already.
    """

    use: Use
    work: Work
    step: Step
    change: Change
    methods: StartMethods
    is_missing: bool
    is_late: bool

    @property
    def when(self) -> When:
        """When they do not see it."""
        return self.work.send.when(self.methods)

    @property
    def manner(self) -> str:
        """How the name is bound: by an `import`, a `definition` or an `assignment`."""
        source = self.step.event.source if isinstance(self.step.event, facts.Bind) else None
        if isinstance(source, facts.Imported):
            return "import"
        return "definition" if isinstance(source, facts.Defined) else "assignment"

    @property
    def setter(self) -> Scope | None:
        """The function that makes the change, None if the module does under its guard."""
        scope = self.step.scope
        return scope if scope.is_function else scope.function


def unseen(works: Iterable[Work], user: "Module") -> Iterator[Unseen]:
    """Yield what the workers that a module sends callables to do not see of the variables that they read."""
    every = list(works)
    written = {(use.home, use.name) for work in every for use in work.writes}
    written |= {(home, name) for work in every for visit in work.visits for home, name in _changed_in(visit.scope)}
    for work in every:
        seen = set()
        for use in (*work.reads, *_reads_of_modules(work)):
            key = (use.home, use.name)
            if key in written or key in seen or not _is_read(use):
                continue
            found = _Variable(use, user).unseen(work)
            if found is not None:
                seen.add(key)
                yield found


# --- reads -------------------------------------------------------------------------------------------------


def _reads_of_modules(work: Work) -> Iterator[Use]:
    """Yield the variables of modules that workers read as `module.name`."""
    for visit in work.visits:
        for step in visit.scope.steps:
            for term in parts(step.event):
                if isinstance(term, facts.Attribute) and isinstance(term.value, (facts.Name, facts.Attribute)):
                    for owner in evaluate(term.value, step.site):
                        if isinstance(owner, ProjectModule):
                            yield Use(term.name, owner.module.scope, visit, step.block, term.at)


def site_of(scope: Scope, block: Block, at: At) -> Site:
    """Return the site of a place in a scope."""
    region, order = 0, 0
    for index in range(1, len(scope.regions)):
        data = scope.regions[index]
        if scope.region_blocks[index] is block and data.at[0] <= at[0] < data.at[1]:
            region = index
    for step in scope.steps:
        if step.block is block and step.event.at[0] <= at[0]:
            order = step.order + 1
    return Site(scope, order, region, block)


def _is_read(use: Use) -> bool:
    """Whether workers come to a read, which asks for nothing that only the parent has."""
    scope = use.visit.scope
    site = site_of(scope, use.block, use.at)
    if not reached(site, Run.IMPORTED) or not all(passes(site, call) for call in use.visit.chain[-1:]):
        return False
    if any(_annotates(step, use) for step in scope.steps):
        return False
    sites = (site, *(call.site for call in use.visit.chain))
    return not any(_tests_process(each) or _catches_name_error(each) for each in sites)


def _annotates(step: Step, use: Use) -> bool:
    """Whether a read stands in the annotation of a variable, which a function does not evaluate."""
    event = step.event
    annotation = event.annotation if isinstance(event, facts.Bind) else None
    return annotation is not None and step.block is use.block and annotation.at[0] <= use.at[0] < annotation.at[1]


def _tests_process(site: Site) -> bool:
    """Whether a site stands under a condition on which process it is."""
    for index in site.scope.enclosing(site.region):
        region = site.scope.regions[index]
        if region.flow is Flow.BRANCH and region.subject is not None:
            for term in parts(region.subject):
                if last_name(term) in _PROCESS_TESTS:
                    return True
    return False


def _catches_name_error(site: Site) -> bool:
    """Whether a site stands in a `try` that is prepared for a missing variable."""
    scope = site.scope
    groups = {scope.regions[i].group for i in scope.enclosing(site.region) if scope.regions[i].flow is Flow.TRY}
    return any(
        region.flow is Flow.HANDLER
        and region.group in groups
        and region.subject is not None
        and any(isinstance(term, facts.Name) and term.id in _MISSING for term in parts(region.subject))
        for region in scope.regions
    )


_MISSING = frozenset({"NameError", "AttributeError"})


# --- time --------------------------------------------------------------------------------------------------

_Moment = tuple[Scope, tuple[int, ...]]
"""When the main program comes to a site: from which scope on that nothing in the files calls, and by which steps."""


def _moments(site: Site, user: "Module", seen: frozenset[Scope] = frozenset()) -> Iterator[_Moment]:
    scope = site.scope
    if scope.is_module:
        if scope.module is user and reached(site, Run.MAIN):
            yield scope, (site.order,)
        return
    if scope.kind in (ScopeKind.CLASS, ScopeKind.COMPREHENSION):
        outer = _moments(scope.site, user, seen) if scope.site is not None else ()
        yield from ((root, (*path, site.order)) for root, path in outer)
        return
    if scope in seen or len(seen) > _DEEPEST:
        return
    calls = [call for call in calls_known_to(scope, user) if reached(call.site, Run.MAIN)]
    if not calls:
        yield scope, (site.order,)
    for call in calls:
        for root, path in _moments(call.site, user, seen | {scope}):
            yield root, (*path, site.order)


def calls_known_to(scope: Scope, user: "Module") -> list[CallSite]:
    """Return the calls of a function in its own file and in the one whose workers are looked at."""
    calls = scope.module.calls_of(scope)
    return calls if scope.module is user else [*calls, *user.calls_of(scope)]


def _runs_at_import(site: Site, user: "Module", seen: frozenset[Scope] = frozenset()) -> bool:
    """Whether importing the files brings a process to a site."""
    scope = site.scope
    if scope in seen or not reached(site, Run.IMPORTED):
        return False
    if scope.is_module:
        return True
    if scope.kind in (ScopeKind.CLASS, ScopeKind.COMPREHENSION):
        return scope.site is not None and _runs_at_import(scope.site, user, seen)
    return any(_runs_at_import(call.site, user, seen | {scope}) for call in calls_known_to(scope, user))


def _forks(send: Send, user: "Module") -> list[_Moment]:
    """Return when the workers of a send come into being, those of each run of the code that makes them."""
    workers = send.origin.workers
    made = list(_moments(workers.site, user)) if workers.site is not None else []
    if workers.maker.start is apis.Start.MADE:
        return made
    starts = [moment for site in starts_of(workers, send, user) for moment in _moments(site, user)]
    return [
        min(later, key=lambda moment: moment[1])
        for root, path in made
        if (later := [start for start in starts if start[0] is root and start[1] > path])
    ]


def _renews(workers: Workers) -> bool:
    """Whether a pool starts new workers now and then."""
    passed = workers.call.arguments if workers.call is not None else ()
    return any(argument.keyword in ("maxtasksperchild", "max_tasks_per_child") for argument in passed)


def starts_of(workers: Workers, send: Send, user: "Module") -> Iterator[Site]:
    """Yield where workers are started that the making of their object does not start."""
    for module in dict.fromkeys((user, send.origin.site.scope.module)):
        for other in module.sends:
            if other.workers.call is workers.call and other.sender.is_start:
                yield other.origin.site
    for module in dict.fromkeys((user, send.origin.site.scope.module)):
        for scope in module.scopes if "start" in workers.maker.starters else ():
            for step in scope.steps if ".start" in scope.mentions else ():
                match step.event:
                    case facts.Invoke(call=facts.Call(function=facts.Attribute(value=owner, name="start"))):
                        if any(own.call is workers.call for own in only_workers(inflow(evaluate(owner, step.site)))):
                            yield step.site


def _sent_after(change: Step, moments: list[_Moment], work: Work, every: list[Send], user: "Module") -> bool:
    """Whether the workers are given the callable after a change, perhaps in the next round of a loop."""
    for send in every:
        if send.value != work.send.value:
            continue
        scope, site = change.scope, send.origin.site
        if scope is site.scope and any(
            scope.regions[index].flow is Flow.LOOP and index in set(scope.enclosing(site.region))
            for index in scope.enclosing(change.region)
        ):
            return True
        places = (
            [send.site] if send.sender.crossing is apis.Crossing.TASK else list(starts_of(send.workers, send, user))
        )
        sent = [moment for place in places or [send.site] for moment in _moments(place, user)]
        if any(one[0] is other[0] and one[1] < other[1] for one in moments for other in sent):
            return True
    return False


# --- variables ---------------------------------------------------------------------------------------------


class _Variable:
    """A variable of a module, as a file knows it whose workers read it."""

    def __init__(self, use: Use, user: "Module") -> None:
        self.use = use
        self.user = user
        self._home = use.home

    def unseen(self, work: Work) -> Unseen | None:
        """Return what the workers do not see of it."""
        if "*" in self._home.bindings or any(scope.mentions & _DYNAMIC for scope in self._home.module.scopes):
            return None
        binds = self._binds
        if any(isinstance(step.event, facts.Bind) and _is_deleted(step) for step in binds):
            return None
        own = [step for step in binds if not self._is_imported(step) and reached(step.site, Run.MAIN)]
        at_import = [step for step in binds if self._is_imported(step)]
        if any(not reached(step.site, Run.MAIN) for step in at_import):
            return None  # fresh workers have a value that is meant for them
        late = self._late(work, binds)
        if late is not None:
            return self._found(work, late, at_import, is_late=True)
        for step in reversed(own):
            if self._is_seen_by_parent(step, work) and not self._is_same(step, at_import):
                return self._found(work, step, at_import, is_late=False)
        if own or not at_import:
            return None
        return self._filled(work, at_import)

    @property
    def _binds(self) -> list[Step]:
        name, module = self.use.name, self._home.module
        stores = [
            step
            for step, owner, _ in self.user.set_attributes.get(name, [])
            if any(isinstance(value, ProjectModule) and value.module is module for value in evaluate(owner, step.site))
        ]
        inside = [step for step in module.globals_bound_in_functions.get(name, []) if not step.scope.is_module]
        return [*self._home.bindings.get(name, ()), *inside, *stores]

    def _is_imported(self, step: Step) -> bool:
        return _runs_at_import(step.site, self.user)

    def _is_seen_by_parent(self, step: Step, work: Work) -> bool:
        """Whether the parent surely has made the change when its workers read the variable."""
        moments = list(_moments(step.site, self.user))
        return _sent_after(step, moments, work, self.user.sends, self.user)

    def _is_same(self, step: Step, others: list[Step]) -> bool:
        """Whether a binding gives what the import has bound already."""
        values = set(_values(step))
        plain = all(isinstance(value, (Literal, External, Function, Class, ProjectModule)) for value in values)
        return bool(others) and plain and all(set(_values(other)) == values for other in others)

    def _late(self, work: Work, steps: list[Step]) -> Step | None:
        """Return a change that the main program makes when the workers are there, and before it sends them more."""
        send = work.send
        if (
            not send.origin.sender.is_start
            and send.sender.crossing is apis.Crossing.START
            and not self._is_process(send)
        ):
            return None
        forks = [] if _renews(send.workers) else _forks(send, self.user)
        if not forks or any(forked_before(send, scope) for scope in definitions(send.value)):
            return None
        for step in steps:
            moments = list(_moments(step.site, self.user))
            first = {root: min(path for other, path in moments if other is root) for root, _ in moments}
            is_late = all(root in first and path < first[root] for root, path in forks)
            if is_late and self._matters(step, steps, moments, work):
                return step
        return None

    def _matters(self, step: Step, steps: list[Step], moments: list[_Moment], work: Work) -> bool:
        others = [other for other in steps if other is not step]
        if self._is_same(step, others):
            return False
        return not others or self._is_process(work.send) or _sent_after(step, moments, work, self.user.sends, self.user)

    def _is_process(self, send: Send) -> bool:
        return send.workers.maker is apis.PROCESS

    def _filled(self, work: Work, at_import: list[Step]) -> Unseen | None:
        """Return a change of the object that an import binds, which the main program alone makes."""
        values = {value for step in at_import for value in _values(step)}
        if not values or not all(map(_is_state, values)):
            return None
        for step in self._changes:
            if not self._is_imported(step) and self._is_seen_by_parent(step, work):
                late = self._late(work, [step]) is not None
                methods = StartMethods.ALL if late else StartMethods.FRESH
                return self._checked(
                    Unseen(self.use, work, step, Change.FILLED, methods, is_missing=False, is_late=late)
                )
        return None

    @property
    def _changes(self) -> Iterator[Step]:
        """The steps that change its object from inside, in the file whose workers read it and in its own."""
        for module in dict.fromkeys((self.user, self._home.module)):
            for scope in module.scopes:
                for step in scope.steps:
                    if _changed(step) == self.use.name and scope.home(self.use.name) is self._home:
                        yield step

    def _found(self, work: Work, step: Step, at_import: list[Step], *, is_late: bool) -> Unseen | None:
        methods = StartMethods.ALL if is_late else StartMethods.FRESH
        earlier = [other for other in at_import if other is not step]
        if self._is_imported(step):
            methods = StartMethods.FORK
        return self._checked(Unseen(self.use, work, step, Change.BOUND, methods, not earlier, is_late))

    def _checked(self, found: Unseen) -> Unseen | None:
        """Return what was found, unless the workers cannot even look up what they are to call."""
        if _is_lost(found.work.send):
            if not found.is_late:
                return None
            found = replace(found, methods=StartMethods.FORK)
        return found if found.when else None


def _is_lost(send: Send) -> bool:
    """Whether fresh workers cannot even look up what they are to call."""
    lost = definitions(send.value)
    return any(
        only_in_main(scope) or (scope.module.runs_by_name_only and not scope.module.imports_itself) for scope in lost
    )


def _values(step: Step) -> Values:
    match step.event:
        case facts.Bind():
            return bound(step)
        case facts.Store(source=source):
            return sourced(source, step.site)
        case _:
            return (ANYTHING,)


def _is_deleted(step: Step) -> bool:
    return isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Unknown)


def _is_state(value: object) -> bool:
    """Whether a value is a container, or an object or class of the project."""
    match value:
        case Items() | Instance() | Class():
            return True
        case Product(name=name):
            return name in CONTAINERS
        case _:
            return False


def _changed(step: Step) -> str:
    """Return the variable whose object a step changes from inside, empty if it does not."""
    term: facts.Term | None = None
    match step.event:
        case facts.Store(target=facts.Attribute(value=term) | facts.Subscript(value=term)):
            pass
        case facts.Invoke(call=facts.Call(function=facts.Attribute(value=term, name=name))) if name in CHANGERS:
            pass
        case _:
            return ""
    while isinstance(term, facts.Subscript):
        term = term.value
    return term.id if isinstance(term, facts.Name) else ""


def _changed_in(scope: Scope) -> Iterator[tuple[Scope, str]]:
    for step in scope.steps:
        name = _changed(step)
        home = scope.home(name) if name else None
        if home is not None and home.is_module:
            yield home, name


# --- what is meant to be shared ----------------------------------------------------------------------------

_STATE = frozenset(
    f"multiprocessing.{prefix}{name}"
    for prefix in ("", "sharedctypes.")
    for name in ("Value", "Array", "RawValue", "RawArray")
) | {"mmap.mmap"}
_LOCKS = frozenset(f"multiprocessing.{name}" for name in ("Lock", "RLock", "Semaphore", "BoundedSemaphore"))
_HARMLESS = frozenset({"get_lock", "get_obj", "acquire", "release", "size", "find", "close"})
_PRINTING = frozenset({"builtins.print", "sys.stdout.write", "sys.stdout.flush", "sys.stderr.write"})
_Shared = Channel | Product


@dataclass(frozen=True, slots=True)
class Unshared:
    """Workers of `work` use an object by `use` that connects processes, and fresh ones make one of their own.

    The import of a module makes it. `has_parent` says that the parent uses it as well, not only workers.
    """

    value: _Shared
    use: Use
    work: Work
    has_parent: bool

    @property
    def when(self) -> When:
        """When workers have an object of their own.

        The forkserver, from CPython 3.13.8 on, imports the main module once for all workers, which then do share it
        among themselves.
        """
        return self.work.send.when(StartMethods.FRESH if self.has_parent else StartMethods.SPAWN)


def unshared(works: Iterable[Work], user: "Module") -> Iterator[Unshared]:
    """Yield the objects between processes that workers do not share, since importing a module makes them."""
    every = list(works)
    written = {(use.home, use.name) for work in every for use in work.writes if _binds(use)}
    running = {visit.scope for work in every for visit in work.visits}
    seen: set[_Shared] = set()
    for work in every:
        uses: dict[_Shared, list[Use]] = {}
        for value, use in _shared_uses(work):
            if value not in seen and (use.home, use.name) not in written and _is_read(use):
                uses.setdefault(value, []).append(use)
        for value, found in uses.items():
            parent = [scope for scope in _scopes_around(value, user) if scope not in running]
            if _is_used(value, [visit.scope for visit in work.visits], parent):
                use = next((use for use in found if _is_changed_by(use, value)), found[0])
                each = Unshared(value, use, work, any(_refers(scope, value) for scope in parent))
                if each.when and not _is_lost(work.send):
                    seen.add(value)
                    yield each


def _is_changed_by(use: Use, value: _Shared) -> bool:
    """Whether a use stands in an assignment into an object."""
    return any(
        isinstance(step.event, facts.Store)
        and step.block is use.block
        and step.event.target.at[0] <= use.at[0] < step.event.target.at[1]
        and _changes(step, value)
        for step in use.visit.scope.steps
    )


def _binds(use: Use) -> bool:
    """Whether a write binds the variable anew."""
    return any(
        isinstance(step.event, facts.Bind) and step.event.at == use.at and step.block is use.block
        for step in use.visit.scope.steps
    )


def _shared_uses(work: Work) -> Iterator[tuple[_Shared, Use]]:
    """Yield the objects between processes that workers come to by the name of a variable, or of a class's attribute."""
    for use in work.reads:
        for value in _shared(_values_of(use)):
            yield value, use
    for visit in work.visits:
        for step in visit.scope.steps:
            for term in parts(step.event):
                if isinstance(term, facts.Attribute) and isinstance(term.value, facts.Name):
                    for value in _shared(evaluate(term, step.site)):
                        yield value, Use(term.name, value.site.scope, visit, step.block, term.at)


def _values_of(use: Use) -> Values:
    return look_up(use.name, site_of(use.visit.scope, use.block, use.at))


def _shared(values: Values) -> Iterator[_Shared]:
    """Yield the object between processes that values stand for, if an import makes it whichever it is."""
    found = [value for value in values if isinstance(value, Channel | Product) and _is_made_by_import(value)]
    if found and len(found) == len(values):
        yield found[0]


def _is_made_by_import(value: _Shared) -> bool:
    """Whether it is an object between processes that importing its module makes anew."""
    scope = value.site.scope
    stands_there = (scope.is_module or scope.is_class) and scope.function is None
    is_own = _is_between(value) and value.methods is not StartMethods.FORK
    return is_own and stands_there and reached(value.site, Run.IMPORTED)


def _is_between(value: _Shared) -> bool:
    """Whether an object connects processes that inherit it."""
    if isinstance(value, Channel):
        return True
    if value.name == "mmap.mmap":  # of no file
        first = value.call.arguments[0].value if value.call.arguments else None
        return first is not None and not any(isinstance(term, facts.Call | facts.Name) for term in parts(first))
    return value.name in objects.INHERITED_ONLY


def _scopes_around(value: _Shared, user: "Module") -> list[Scope]:
    """Return the scopes of the files that can know an object, but for classes."""
    modules = dict.fromkeys((user, value.site.scope.module))
    return [scope for module in modules for scope in module.scopes if not scope.is_class]


def _is_used(value: _Shared, workers: list[Scope], parent: list[Scope]) -> bool:
    """Whether something is to go between processes by an object: not if all just read it, or lock what they print."""
    if isinstance(value, Product) and value.name in _STATE:
        return any(_changes(step, value) for scope in (*workers, *parent) for step in scope.steps)
    if isinstance(value, Product) and value.name in _LOCKS:
        return not all(_only_prints(scope, value) for scope in workers if _refers(scope, value))
    return True


def _changes(step: Step, value: _Shared) -> bool:
    """Whether a step changes what an object between processes holds, or hands it on."""
    match step.event:
        case facts.Store(target=facts.Attribute(value=owner) | facts.Subscript(value=owner)):
            return value in evaluate(owner, step.site)
        case facts.Invoke(call=facts.Call(function=function, arguments=arguments)):
            called = (
                isinstance(function, facts.Attribute)
                and function.name not in _HARMLESS
                and value in evaluate(function.value, step.site)
            )
            return called or any(value in evaluate(passed.value, step.site) for passed in arguments)
        case _:
            return False


def _refers(scope: Scope, value: _Shared) -> bool:
    """Whether a scope names an object, other than where it is made."""
    for name, block in scope.reads:
        home = scope.home(name.id)
        is_shared = home is not None and (home.is_module or home.is_class)
        if is_shared and value in evaluate(name, site_of(scope, block, name.at)):
            return True
    return any(
        isinstance(term, facts.Attribute) and value in evaluate(term, step.site)
        for step in scope.steps
        for term in parts(step.event)
    )


def _only_prints(scope: Scope, value: _Shared) -> bool:
    """Whether all that a function does with a lock is to print; a line is written at once without it, too."""
    held = [
        region.events
        for index, region in enumerate(scope.regions)
        if index and region.flow is Flow.ALWAYS and region.subject is not None
        if value in evaluate(region.subject, scope.site_before(index))
    ]
    steps = [step for start, stop in held for step in scope.steps[start:stop]] if held else scope.steps
    calls = [step for step in steps if isinstance(step.event, facts.Invoke)]
    own = [step for step in calls if not _is_call_of(step, value)]
    return bool(own) and all(map(_prints, own)) and not any(isinstance(step.event, facts.Store) for step in steps)


def _is_call_of(step: Step, value: _Shared) -> bool:
    """Whether a step calls a method of an object."""
    function = step.event.call.function if isinstance(step.event, facts.Invoke) else None
    return isinstance(function, facts.Attribute) and value in evaluate(function.value, step.site)


def _prints(step: Step) -> bool:
    """Whether a step calls a function that prints, or a builtin on the way to that."""
    values = evaluate(step.event.call.function, step.site) if isinstance(step.event, facts.Invoke) else ()
    return bool(values) and all(
        isinstance(value, External) and (value.name in _PRINTING or value.name.startswith("builtins."))
        for value in values
    )
