"""One file's model, assembled from its blocks."""

import builtins
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from spawnsafe.model import apis
from spawnsafe.model.flow import (
    Field,
    Run,
    Verdict,
    asks_start_method,
    bases,
    bound,
    chosen_methods,
    evaluate,
    fields,
    lineage,
    renamed,
    returned,
    surely,
    where,
)
from spawnsafe.model.lifecycle import pools
from spawnsafe.model.lifecycle.closing import Late, late_uses
from spawnsafe.model.lifecycle.queues import Drain, Poll, drains, polls
from spawnsafe.model.lifecycle.tasks import Task, tasks
from spawnsafe.model.memory import Memory
from spawnsafe.model.methods import EVERY_TARGET, Chosen, Targets, choice, default
from spawnsafe.model.names import Placed, Scope, Step
from spawnsafe.model.order import CallSite, Start, first_activity, starts_in
from spawnsafe.model.performance.mappings import Mapping, mappings
from spawnsafe.model.performance.payloads import Payload, payloads
from spawnsafe.model.performance.waiting import Turn, turns
from spawnsafe.model.pickling.pickles import Unpicklable, unpicklable
from spawnsafe.model.sends import SENDING, Send, definitions, direct_sends, forwarded_sends, wrapper_calls
from spawnsafe.model.start.globals import Unseen, Unshared, unseen, unshared
from spawnsafe.model.start.guards import Departure, departure
from spawnsafe.model.terms import last_name
from spawnsafe.model.timeline import Moment, moments
from spawnsafe.model.values import (
    Context,
    ContextMember,
    External,
    MakerClass,
    Parameter,
    ProjectModule,
    Workers,
)
from spawnsafe.model.workers import Work, works
from spawnsafe.source import Span, Text
from spawnsafe.syntax import Block, Document, facts
from spawnsafe.syntax.document import Problem
from spawnsafe.syntax.facts import At, ScopeKind
from spawnsafe.syntax.notebook import SUFFIX as NOTEBOOK

if TYPE_CHECKING:
    from spawnsafe.model.project import Project

_PUTTING = frozenset({".append", ".add", ".appendleft", ".insert", ".setdefault", ".extend", ".update", "exec", "[]="})
_CHOOSERS = frozenset({"set_start_method", ".set_start_method"})
_SETTER = External("multiprocessing.set_start_method")
_BUILTINS = frozenset(dir(builtins))
_DOTTED_NAME = re.compile(r"[^\W\d][\w.]*")
_LONGEST_LABEL = 32


class Module:
    """What one file does with processes.

    `name` is the dotted name by which Python would import it. A module is a snapshot: after an edit, the
    project makes a new one.
    """

    def __init__(self, project: "Project", path: Path, name: str, load: Callable[[], Document]) -> None:
        self.project = project
        self.path = path
        self.name = name
        self._load = load
        self.memory = Memory(project.progress)
        self._moments: dict[Run, tuple[Moment, ...]] = {}
        self.stores: dict[Scope, dict[str, list[tuple[Step, facts.Source]]]] = {}
        self.starts: dict[Scope, tuple[Start, ...]] = {}
        self.called: dict[Scope, frozenset[int]] = {}
        self._fields: dict[Scope, tuple[Field, ...]] = {}
        self._calls: dict[Scope, list[CallSite]] = {}
        self.verdicts: dict[tuple[facts.Term, Run | None], Verdict] = {}
        self._forwarding = False

    @cached_property
    def document(self) -> Document:
        """The file's text and blocks, read when first asked for."""
        return self._load()

    @cached_property
    def text(self) -> Text:
        """The file's text."""
        return Text(self.document.text)

    # --- places

    def span(self, block: Block, at: At) -> Span:
        """Return the span of a place in a block."""
        return self.text.span(*block.place(at))

    def statement(self, step: Step) -> Span:
        """Return the span of the statement that a step belongs to."""
        return self.span(step.block, step.event.statement)

    def span_of(self, send: Send) -> Span:
        """Return the span of the term that a send takes its value from."""
        return self.span(send.site.block, send.term.at)

    def span_near(self, crossing: Placed, send: Send) -> Span:
        """Return the span of something in a worker, or of what `send` sends if that stands in another file."""
        if crossing.site.scope.module is self:
            return self.span(crossing.site.block, crossing.term.at)
        return self.span_of(send)

    def place_of(self, send: Send) -> Span:
        """Return where a send stands; of what a decorator of the file sends, in the decorator."""
        origin = send.origin
        return self.span_of(origin if send.decorates and origin.site.scope.module is self else send)

    def targets_at(self, span: Span) -> Targets:
        """Return the targets on which what stands at a place can be reached."""
        return where(self.scope.site_at(self.text.offset(span.start)))

    def code(self, block: Block, at: At) -> str:
        """Return the text of a place in a block."""
        start, end = block.place(at)
        return self.document.text[start:end]

    def label(self, block: Block, at: At) -> str:
        """Return the text of a place if it is a dotted name that is short enough for a message, else nothing."""
        code = self.code(block, at)
        return code if len(code) <= _LONGEST_LABEL and _DOTTED_NAME.fullmatch(code) else ""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The parts that do not parse, in order."""
        return tuple(self.document.problems)

    @property
    def is_notebook(self) -> bool:
        """Whether it is a notebook, whose cells a kernel runs in a `__main__` that is no file."""
        return self.path.suffix == NOTEBOOK

    @property
    def runs_by_name_only(self) -> bool:
        """Whether workers never import it: a notebook, or a package's `__main__.py` (run by `-m`, or as a folder)."""
        return self.path.name == "__main__.py" or self.is_notebook

    @cached_property
    def imports_itself(self) -> bool:
        """Whether a `__main__.py` imports itself by its dotted name, under which workers can import it too."""
        imports = (
            step.event.source
            for scope in self.mentioning(("import",))
            for step in scope.steps
            if isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Imported)
        )
        return any(
            source.name == "__main__" or (source.submodule or f".{source.module}").endswith(".__main__")
            for source in imports
            if source.level or source.module != "__main__"
        )

    @cached_property
    def is_imported(self) -> bool:
        """Whether it is a package's `__init__.py`, or a file beside it seems to import it."""
        return self.path.name == "__init__.py" or self.project.is_imported(self.path)

    # --- scopes and names

    @cached_property
    def scope(self) -> Scope:
        """The scope of the whole file."""
        return Scope.of_module(self, self.document.blocks)

    @cached_property
    def scopes(self) -> list[Scope]:
        """Every scope of the file, outer before inner."""
        return list(self.scope.walk())

    def mentioning(self, words: Iterable[str], *, and_decorating: bool = False) -> list[Scope]:
        """Return the scopes whose `mentions` have one of some words, outer before inner, as `scopes` has them.

        Those in which definitions are decorated come with them if that is wanted.
        """
        numbers = {number for word in words for number in self._mentions.get(word, ())}
        return [self.scopes[number] for number in sorted(numbers.union(self._decorating if and_decorating else ()))]

    @cached_property
    def _mentions(self) -> dict[str, list[int]]:
        """In which of the scopes each word is mentioned."""
        found: dict[str, list[int]] = {}
        for number, scope in enumerate(self.scopes):
            for word in scope.mentions:
                found.setdefault(word, []).append(number)
        return found

    @cached_property
    def _decorating(self) -> list[int]:
        """In which of the scopes definitions are decorated."""
        return [number for number, scope in enumerate(self.scopes) if scope.decorated]

    @cached_property
    def globals_bound_in_functions(self) -> dict[str, list[Step]]:
        """The bindings of module names that functions make by `global`."""
        found: dict[str, list[Step]] = {}
        for scope in self.scopes:
            for name in scope.declared_global if not scope.is_module else ():
                found.setdefault(name, []).extend(scope.bindings.get(name, ()))
        return found

    @cached_property
    def chosen_methods(self) -> Chosen:
        """The start methods that the file's `set_start_method` chooses; None if it leaves that to the platform.

        A call under any condition but the main guard, what the platform decides, and a question for the start method,
        chooses nothing that can be relied on.
        """
        rows: list[tuple[Targets, Chosen]] = []
        left = EVERY_TARGET
        for scope in self.mentioning(_CHOOSERS):
            for step in scope.steps:
                chosen = self._chosen_by(step)
                if chosen is not None:
                    targets = where(step.site) if asks_start_method(step) else surely(step)
                    rows.append((targets, chosen))
                    left -= targets
        return choice([*rows, (left, None)])

    def _chosen_by(self, step: Step) -> Chosen:
        """Return the start methods that a step chooses; None if it is no `set_start_method`."""
        call = step.event.call if isinstance(step.event, facts.Invoke) else None
        if call is None or last_name(call.function) != "set_start_method":
            return None
        callees = evaluate(call.function, step.site)
        is_meant = any(isinstance(each, ContextMember) or each == _SETTER for each in callees)
        return chosen_methods(call, step.site) if is_meant else None

    def methods_of(self, chosen: Chosen) -> Chosen:
        """Return the start methods of what takes the program's default where it has no choice of its own."""
        return default(chosen, self.chosen_methods)

    @cached_property
    def renamed(self) -> frozenset[Scope]:
        """The functions that the file gives another `__qualname__`."""
        return frozenset(renamed(self.scopes))

    @cached_property
    def put(self) -> dict[str, list[tuple[Step, facts.Term, facts.Term]]]:
        """What is put into containers item by item: step, container and item, by the container's last name.

        Of a container whose items are put into another, the item is Starred. An attribute's name begins with a dot.
        """
        found: dict[str, list[tuple[Step, facts.Term, facts.Term]]] = {}
        for scope in self.mentioning(_PUTTING):
            for step in scope.steps:
                for owner, item in _put(step.event):
                    prefix = "." if isinstance(owner, facts.Attribute) else ""
                    found.setdefault(prefix + last_name(owner), []).append((step, owner, item))
        return found

    @cached_property
    def set_attributes(self) -> dict[str, list[tuple[Step, facts.Term, facts.Source]]]:
        """What is assigned to attributes, but for those of a method's receiver: step, owner and source, by name."""
        found: dict[str, list[tuple[Step, facts.Term, facts.Source]]] = {}
        for scope in self.scopes:
            for step in scope.steps if any(name[-1] == "=" for name in scope.mentions) else ():
                match step.event:
                    case facts.Store(target=facts.Attribute(value=facts.Name(id=owner) as target, name=name)) if (
                        not scope.parameters or owner != scope.parameters[0].name
                    ):
                        found.setdefault(name, []).append((step, target, step.event.source))
        return found

    def fields(self, cls: Scope) -> tuple[Field, ...]:
        """Return the fields of a class of the file, if it is a dataclass or the like."""
        known = self._fields.get(cls)
        if known is None:
            known = self._fields[cls] = fields(cls)
        return known

    def heirs(self, cls: Scope) -> list[Scope]:
        """Return the classes of this file that inherit from a class."""
        return self._heirs.get(cls, [])

    @cached_property
    def _heirs(self) -> dict[Scope, list[Scope]]:
        found: dict[Scope, list[Scope]] = {}
        for scope in self.scopes:
            if scope.is_class and scope.facts and scope.facts.bases:
                for base in lineage(scope)[1:]:
                    found.setdefault(base, []).append(scope)
        return found

    @cached_property
    def properties(self) -> dict[str, list[Scope]]:
        """The methods that reading an attribute runs, by its name."""
        found: dict[str, list[Scope]] = {}
        for scope in self.scopes:
            is_method = scope.is_function and scope.owner is not None and scope.owner.is_class
            decorators = scope.facts.decorators if is_method and scope.facts else ()
            if any(last_name(each) in ("property", "cached_property") for each in decorators):
                found.setdefault(scope.name, []).append(scope)
        return found

    @cached_property
    def imported_modules(self) -> "list[Module]":
        """The modules of the project that the file imports."""
        sources = [
            step.event.source
            for scope in self.mentioning(("import",))
            for step in scope.steps
            if isinstance(step.event, facts.Bind) and isinstance(step.event.source, facts.Imported)
        ]
        found = [self.project.imported(self, source.module, source.level) for source in sources]
        return [value.module for value in dict.fromkeys(found) if isinstance(value, ProjectModule)]

    # --- calls and sends

    def calls_of(self, function: Scope) -> list[CallSite]:
        """Return the calls of a function of the file in the file itself."""
        known = self._calls.get(function)
        if known is None:
            names = self._names_of(function)
            calling = self.mentioning({*names, *(f".{name}" for name in names)}, and_decorating=True)
            known = self._calls[function] = [
                call
                for scope in calling
                for callee, call in wrapper_calls(scope, names, frozenset())
                if callee is function
            ]
        return known

    def _names_of(self, function: Scope) -> frozenset[str]:
        """Return the names by which calls can mean a function: its own, its class's, and names bound to these."""
        names = {function.name}
        if function.name in ("__init__", "__post_init__") and function.owner is not None:
            names |= {function.owner.name, *(heir.name for heir in self.heirs(function.owner))}
        if function.is_class:
            names |= {heir.name for heir in self.heirs(function)}
        if function.function is not None:  # a call of what the function around it returns
            names |= {function.function.name}
        if function.name == "__call__" and function.owner is not None:
            names |= {function.owner.name, *self._instances_of(function.owner)}
        for scope in self.mentioning({f"={name}" for name in names}):
            for step in scope.steps:
                match step.event:
                    case facts.Bind(name=alias, source=facts.Assigned(term=term)) if last_name(term) in names:
                        names.add(alias)
        return frozenset(names)

    def _instances_of(self, cls: Scope) -> Iterator[str]:
        """Yield the names that are bound to instances of a class."""
        names = {cls.name, *(heir.name for heir in self.heirs(cls))}
        for scope in self.mentioning(names):
            for step in scope.steps:
                match step.event:
                    case facts.Bind(name=name, source=facts.Assigned(term=facts.Call(function=made))) if (
                        last_name(made) in names
                    ):
                        yield name
                    case facts.Store(
                        target=facts.Attribute(name=name), source=facts.Assigned(term=facts.Call(function=made))
                    ) if last_name(made) in names:
                        yield name

    @cached_property
    def sends(self) -> list[Send]:
        """Everything that the file sends, by the APIs or through wrapper functions, each value once."""
        found = list(self._own_sends)
        for function, call in self._calls_of_imported:
            if function.module is not self:
                found.extend(forwarded_sends([call], function, function.module.forwarding(function)))
        return found

    @cached_property
    def works(self) -> list[Work]:
        """What the workers do with each callable that the file sends."""
        return list(works(self.sends))

    @cached_property
    def running(self) -> frozenset[Path]:
        """The files with functions that the workers of this one run."""
        return frozenset(visit.scope.module.path for work in self.works for visit in work.visits)

    @property
    def senders(self) -> "list[Module]":
        """The modules around it whose workers run functions of the file."""
        return self.project.senders_to(self.path)

    @property
    def told_works(self) -> list[Work]:
        """What the workers do of which this file tells: those to which it sends, and those that run its functions."""
        return [work for module in (self, *self.senders) for work in module.works]

    def tells(self, crossing: Placed, send: Send) -> bool:
        """Whether something wrong in a worker is told in this file.

        What stands here is told here, whoever sends it; what stands in a file that does not know who sends it is told
        where it is sent.
        """
        home, sender = crossing.site.scope.module, send.site.scope.module
        return home is self or (sender is self and self not in home.senders)

    @cached_property
    def mappings(self) -> list[Mapping]:
        """The calls of the file that map workers over items."""
        return list(mappings(self))

    @cached_property
    def turns(self) -> list[Turn]:
        """The loops of the file that wait for each task or process before they start the next."""
        return list(turns(self))

    @cached_property
    def payloads(self) -> list[Payload]:
        """The large objects that the file sends again with each task."""
        return list(payloads(self))

    @cached_property
    def unseen(self) -> list[Unseen]:
        """The variables that the file's workers read, and that the main program sets or changes unseen by them."""
        return list(unseen(self.works, self))

    @cached_property
    def unshared(self) -> list[Unshared]:
        """The objects between processes that the file's workers use, of which fresh ones make their own."""
        return list(unshared(self.works, self))

    @cached_property
    def refused(self) -> list[tuple[Send, Unpicklable]]:
        """What the file sends that pickle refuses to write, with why."""
        return [
            (send, why)
            for send in self.sends
            if send.when_pickled and (why := unpicklable(send.value, send.sender.crossing, send.site))
        ]

    def sends_of(self, scope: Scope) -> list[Send]:
        """Return the sends of a definition, or of what pickles by its name."""
        return self._sends_of.get(scope, [])

    @cached_property
    def _sends_of(self) -> dict[Scope, list[Send]]:
        found: dict[Scope, list[Send]] = {}
        for send in self.sends:
            for scope in definitions(send.value):
                found.setdefault(scope, []).append(send)
        return found

    @cached_property
    def _own_sends(self) -> list[Send]:
        direct = [send for scope in self.scopes if self._may_send(scope) for send in direct_sends(scope)]
        found, pending, seen = list(direct), list(direct), set()
        while pending:
            send = pending.pop()
            if not isinstance(send.value, Parameter) or send.value.scope.module is not self:
                continue
            key = (send.value, id(send.term), id(send.origin.call))
            if key in seen:
                continue
            seen.add(key)
            scope = send.value.scope
            for forwarded in forwarded_sends(self.calls_of(scope), scope, [send]):
                found.append(forwarded)
                pending.append(forwarded)
        return found

    def _may_send(self, scope: Scope) -> bool:
        """Whether a scope calls anything but builtins, functions of the file and methods that send nothing."""
        if self.project.senders:
            return True
        return any(
            name in SENDING if name[0] == "." and name[1:].islower() else "=" not in name
            for name in scope.mentions - self.plain_names
        )

    @cached_property
    def plain_names(self) -> frozenset[str]:
        """Names whose calls surely make no workers: builtins, and names of the file that are bound to nothing else."""
        plain = {name for name, steps in self.scope.bindings.items() if all(map(_is_plain, steps))}
        inside = frozenset().union(*(scope.bound for scope in self.scopes if not scope.is_module))
        unbound = _BUILTINS - self.scope.bindings.keys()
        return frozenset((plain | unbound) - inside | {"import"})

    def forwarding(self, function: Scope) -> list[Send]:
        """Return the sends of a function's parameters, for callers in other files."""
        if self._forwarding:
            return []  # modules that import each other
        self._forwarding = True
        try:
            return [send for send in self.sends if isinstance(send.value, Parameter) and send.value.scope is function]
        finally:
            self._forwarding = False

    @cached_property
    def calls_of_imported(self) -> dict[Scope, list[CallSite]]:
        """The calls of functions of other files that reach workers, by function."""
        found: dict[Scope, list[CallSite]] = {}
        for function, call in self._calls_of_imported:
            found.setdefault(function, []).append(call)
        return found

    @cached_property
    def _calls_of_imported(self) -> list[tuple[Scope, CallSite]]:
        brought = self._from_project
        if not brought:
            return []
        methods = frozenset(name[1:] for names in brought.values() for name in names if name[0] == ".")
        return [found for scope in self.scopes for found in wrapper_calls(scope, methods, frozenset(brought))]

    @cached_property
    def _from_project(self) -> dict[str, frozenset[str]]:
        """The names that imports bind to what reaches workers in other files, with what is exported there."""
        found: dict[str, frozenset[str]] = {}
        for scope in self.mentioning(("import",)):
            for step in scope.steps:
                event = step.event
                if isinstance(event, facts.Bind) and isinstance(event.source, facts.Imported):
                    brought = self._brought(event.source)
                    for name in brought if event.name == "*" else {event.name} if brought else ():
                        found[name] = found.get(name, frozenset()) | brought
        return found

    def _brought(self, source: facts.Imported) -> frozenset[str]:
        """Return the exports of the files that an import names, empty if what it takes does not reach workers."""
        imported = self.project.imported(self, source.module, source.level)
        if not isinstance(imported, ProjectModule):
            submodule = self.project.own_submodule(self, source)
            return self.project.exports(submodule.path) if submodule is not None else frozenset()
        exports = self.project.exports(imported.module.path)
        if source.submodule:
            inner = self.project.imported(self, source.submodule, 0)
            return exports | self.project.exports(inner.module.path) if isinstance(inner, ProjectModule) else exports
        if source.name in (None, "*") or source.name in exports:
            return exports
        submodule = self.project.submodule(imported.module, source.name or "")
        return self.project.exports(submodule.path) if submodule is not None else frozenset()

    @cached_property
    def exports(self) -> frozenset[str]:
        """The names through which other files reach worker processes: by calling, using or sending through them.

        Those of methods begin with a dot; they can be called on what is no longer called as the import calls it.
        """
        forwarders = {send.value.scope for send in self.sends if isinstance(send.value, Parameter)}
        methods = {f".{scope.name}" for scope in forwarders if scope.owner is not None and scope.owner.is_class}
        methods.update(name for names in self._from_project.values() for name in names if name[0] == ".")
        return frozenset(methods).union(
            name
            for name, steps in self.scope.bindings.items()
            for step in steps
            if self._reaches_workers(step, forwarders)
        )

    def _reaches_workers(self, step: Step, forwarders: set[Scope]) -> bool:
        source = step.event.source if isinstance(step.event, facts.Bind) else None
        if isinstance(source, facts.Defined):
            scopes = list(self.scope.children[id(source.scope)].walk())
            functions = [scope for scope in scopes if scope.is_function]
            return (
                not forwarders.isdisjoint(scopes)
                or any(starts_in(scope) for scope in functions)
                or any(isinstance(value, Workers) for scope in functions for value in returned(scope))
                or any(isinstance(value, MakerClass) for scope in scopes if scope.is_class for value in bases(scope))
            )
        if isinstance(source, facts.Imported):
            return bool(self._brought(source))
        return any(isinstance(value, (Workers, Context)) for value in bound(step))

    # --- timeline

    def moments(self, run: Run) -> tuple[Moment, ...]:
        """Return what running the file, or importing it, comes to, in order."""
        if run not in self._moments:
            self._moments[run] = tuple(moments(self, run))
        return self._moments[run]

    @cached_property
    def starts_at_import(self) -> tuple[Start, ...]:
        """The starts that importing the file reaches, in order; none for a package's `__main__.py`."""
        return () if self.runs_by_name_only else starts_in(self.scope)

    @cached_property
    def departure(self) -> Departure | None:
        """Where workers leave the file when they import it."""
        return departure(self)

    @cached_property
    def first_activity(self) -> int:
        """The order of the module's first step that calls the project's code or makes workers."""
        return first_activity(self.scope)

    @cached_property
    def waits_for_itself(self) -> bool:
        """Whether importing the file from another sends what the file, or its package, defines.

        pickle imports the module of what it writes, and waits for an import that is under way; that one waits
        for the result (run under fork, CPython 3.9 to 3.14).
        """
        if not self.is_imported:
            return False
        running = {None, *(start.site.function for start in self.starts_at_import)}
        running.update(call.site.function for start in self.starts_at_import for call in start.chain)
        return any(
            self._is_of_package(scope.module)
            for send in self.sends
            if send.site.function in running and send.sender.crossing is apis.Crossing.TASK
            for scope in definitions(send.value)
        )

    def _is_of_package(self, other: "Module") -> bool:
        is_package = self.path.name == "__init__.py"
        return other is self or (is_package and self.path.parent in other.path.parents)

    @cached_property
    def lives(self) -> list[pools.Life]:
        """The lives of the pools, executors, processes and managers made in the file."""
        return pools.lives(self.scopes, [scope for scope in self.scopes if self._may_send(scope)])

    @cached_property
    def pool_lives(self) -> list[pools.Life]:
        """The lives of the pools and executors that the file makes, or that functions of other files make for it."""
        making = [scope for scope in self.scopes if self._may_send(scope)] if self._from_project else []
        own = [life for life in self.lives if life.workers.maker in (apis.POOL, apis.EXECUTOR)]
        return own + pools.adopted(self.scopes, making)

    @cached_property
    def drains(self) -> list[Drain]:
        """The processes that are joined before what they put on a queue is read."""
        return list(drains(self.works, self))

    @cached_property
    def late_uses(self) -> list[Late]:
        """What the file puts on queues, and gets from them, when it has closed them."""
        return list(late_uses(self.scopes))

    @cached_property
    def polls(self) -> list[Poll]:
        """The loops that end when a queue between processes looks empty."""
        return list(polls(self.works, self))

    @cached_property
    def tasks(self) -> list[Task]:
        """The tasks that the file hands to pools without waiting for them."""
        return tasks(self.scopes, self.pool_lives)


def _is_plain(step: Step) -> bool:
    """Whether a step binds a function, a class that makes no workers, or something from outside that makes none."""
    match step.event:
        case facts.Bind(source=facts.Defined(scope=own)):
            if own.kind is ScopeKind.FUNCTION:
                return True
            cls = step.scope.children[id(own)]
            return not own.decorators and not any(
                isinstance(value, MakerClass) for base in lineage(cls) for value in bases(base)
            )
        case facts.Bind(source=facts.Imported()):
            return all(isinstance(value, External) for value in bound(step))
        case _:
            return False


def _put(event: facts.Event) -> Iterator[tuple[facts.Term, facts.Term]]:
    """Yield the container and the item of `x.append(item)` and the like, and of `x[key] = item`."""
    match event:
        case facts.Invoke(call=facts.Call(function=facts.Name(id="exec"), arguments=(_, _, *_) as passed) as call):
            yield passed[-1].value, facts.Starred(call.at, call)
        case facts.Store(target=facts.Subscript(value=owner), source=facts.Assigned(term=item, path=())):
            yield owner, item
        case facts.Invoke(
            call=facts.Call(
                function=facts.Attribute(value=owner, name="append" | "add" | "appendleft"),
                arguments=(facts.Argument(value=item),),
            )
        ):
            yield owner, item
        case facts.Invoke(
            call=facts.Call(
                function=facts.Attribute(value=owner, name="extend" | "update"),
                arguments=(facts.Argument(value=item),),
            )
        ):
            yield owner, facts.Starred(item.at, item)
        case facts.Invoke(
            call=facts.Call(function=facts.Attribute(value=owner, name="setdefault" | "insert"), arguments=(_, passed))
        ):
            yield owner, passed.value
