"""Scopes, their bindings, and which of them a name means at a place."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from spawnsafe.model.terms import attributes_in
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.facts import Ending, Flow, ScopeKind

if TYPE_CHECKING:
    from spawnsafe.model.module import Module


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """An event of a scope, with the block that its places belong to and its region among the scope's."""

    event: facts.Event
    scope: "Scope"
    block: Block
    order: int
    region: int

    @property
    def site(self) -> "Site":
        """Where it stands."""
        return Site(self.scope, self.order, self.region, self.block)

    @property
    def is_deletion(self) -> bool:
        """Whether it is `del name`."""
        event = self.event
        return isinstance(event, facts.Bind) and isinstance(event.source, facts.Unknown) and event.source.deleted

    def is_unconditional(self, at: "Site | None" = None) -> bool:
        """Whether it runs whenever its scope does, exceptions aside; or whenever a site in that scope is reached."""
        regions, shared = self.scope.regions, at.scope.enclosing(at.region) if at and at.scope is self.scope else ()
        conditions = set(self.scope.enclosing(self.region)).difference(shared)
        return all(regions[index].flow in (Flow.BODY, Flow.ALWAYS, Flow.TRY) for index in conditions)


@dataclass(frozen=True, slots=True)
class Site:
    """A place in a program's flow: in a scope, before a step. Past the last step is the end of the scope.

    Terms evaluated here belong to `block`.
    """

    scope: "Scope"
    order: int
    region: int
    block: Block

    @property
    def function(self) -> "Scope | None":
        """The function that it stands in, None if only classes and the module are around it."""
        return self.scope if self.scope.is_function else self.scope.function


class Placed(Protocol):
    """Something that is written as `term` at `site`."""

    @property
    def term(self) -> facts.Term:
        """What is written."""
        ...

    @property
    def site(self) -> Site:
        """Where it stands."""
        ...


_NO_BLOCK = Block(0, 0, None)
_INSIDE = frozenset({"steps", "regions", "region_blocks", "reads", "end"})
"""The properties of a scope from which all others come that tell what it does."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of facts that belongs to a scope: a function has one, a module one for each block."""

    facts: facts.Scope
    block: Block


class Scope:
    """A module, class, function, lambda or comprehension of one file.

    `site` is where the definition stands in the parent, None for a module. Scopes are equal only to themselves.
    """

    def __init__(
        self,
        module: "Module",
        parent: "Scope | None",
        site: Site | None,
        parts: list[_Part],
        own: facts.Scope | None,
    ) -> None:
        self.module = module
        self.parent = parent
        self.site = site
        self.facts = own
        self._parts = parts

    @classmethod
    def of_module(cls, module: "Module", blocks: Iterable[Block]) -> "Scope":
        """Return the scope of a whole file."""
        return cls(module, None, None, [_Part(block.facts, block) for block in blocks if block.facts], None)

    @classmethod
    def of_definition(cls, own: facts.Scope, site: Site) -> "Scope":
        """Return the scope that a definition at `site` opens."""
        block = site.block
        parts = [_Part(own, block)]
        if own.kind is ScopeKind.CLASS and block.members and site.scope.parent is None:
            parts = [_Part(member.facts, member) for member in block.members if member.facts]
        return cls(site.scope.module, site.scope, site, parts, own)

    # --- what it is

    @property
    def kind(self) -> ScopeKind:
        """SUITE for a module."""
        return self.facts.kind if self.facts else ScopeKind.SUITE

    @property
    def name(self) -> str:
        """The name in its header; `<lambda>`; empty for a module or comprehension."""
        return self.facts.name if self.facts else ""

    @property
    def is_module(self) -> bool:
        """Whether it is a whole file."""
        return self.facts is None

    @property
    def is_function(self) -> bool:
        """Whether it is a function or lambda."""
        return self.kind in (ScopeKind.FUNCTION, ScopeKind.LAMBDA)

    @property
    def is_lambda(self) -> bool:
        """Whether it is a lambda."""
        return self.kind is ScopeKind.LAMBDA

    @property
    def is_generator(self) -> bool:
        """Whether it yields."""
        return self.facts is not None and self.facts.is_generator

    @property
    def is_async(self) -> bool:
        """Whether it is an `async def`."""
        return self.facts is not None and self.facts.is_async

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return self.kind is ScopeKind.CLASS

    @property
    def parameters(self) -> tuple[facts.Parameter, ...]:
        """The parameters, in order; of a dataclass or the like, its fields."""
        if self.is_class:
            return tuple(field.parameter for field in self.module.fields(self) if field.is_passed)
        return self.facts.parameters if self.facts else ()

    @property
    def block(self) -> Block:
        """The block that the header's places belong to."""
        return self.site.block if self.site else self.end.block

    @cached_property
    def owner(self) -> "Scope | None":
        """The nearest scope around it that is no comprehension."""
        scope = self.parent
        while scope is not None and scope.kind is ScopeKind.COMPREHENSION:
            scope = scope.parent
        return scope

    @cached_property
    def function(self) -> "Scope | None":
        """The nearest function around it, None if only classes and the module are."""
        scope = self.owner
        while scope is not None and not scope.is_function:
            scope = scope.owner
        return scope

    @cached_property
    def is_local(self) -> bool:
        """Whether it is defined in a function, so that no worker can look it up by its name."""
        if self.function is None:
            return False
        outer = self.owner
        return not (outer is not None and self.name in outer.declared_global)

    @cached_property
    def qualname(self) -> str:
        """What Python would put into `__qualname__`."""
        outer = self.owner
        if outer is None or outer.is_module or self.name in outer.declared_global:
            return self.name
        return f"{outer.qualname}.<locals>.{self.name}" if outer.is_function else f"{outer.qualname}.{self.name}"

    @cached_property
    def decorations(self) -> tuple[facts.Call, ...]:
        """Its decorators as the calls that they are; the last is made last and gives what the name is bound to."""
        calls: list[facts.Call] = []
        if self.facts is not None:
            made: facts.Term = facts.Definition(self.facts.name_at, self.facts)
            for decorator in reversed(self.facts.decorators):
                made = facts.Call(decorator.at, decorator, (facts.Argument(made),))
                calls.append(made)
        return tuple(calls)

    def __repr__(self) -> str:
        return f"Scope({self.module.path.name}:{self.qualname or 'module'})"

    # --- what it does

    @cached_property
    def steps(self) -> list[Step]:
        """Its events in order."""
        steps: list[Step] = []
        base = 0
        for part in self._parts:
            for event in part.facts.events:
                region = event.region + base if event.region else 0
                steps.append(Step(event, self, part.block, len(steps), region))
            base += len(part.facts.regions) - 1
        return steps

    @cached_property
    def regions(self) -> list[facts.Region]:
        """Its regions; their `parent` and `events` are indices among the scope's."""
        body = facts.Region(0, 0, Flow.BODY, (0, 0))
        regions, first = [body], 0
        groups = 0
        for part in self._parts:
            base = len(regions) - 1
            for region in part.facts.regions[1:]:
                start, stop = region.events
                regions.append(
                    facts.Region(
                        region.parent + base if region.parent else 0,
                        region.group + groups,
                        region.flow,
                        region.at,
                        region.subject,
                        region.sense,
                        region.exhaustive,
                        region.ending,
                        (start + first, stop + first),
                    )
                )
            first += len(part.facts.events)
            groups += 1 + max((region.group for region in part.facts.regions), default=0)
        return regions

    @cached_property
    def region_blocks(self) -> list[Block]:
        """The block that each region's places belong to."""
        blocks = [self.block]
        for part in self._parts:
            blocks += [part.block] * (len(part.facts.regions) - 1)
        return blocks

    @cached_property
    def children(self) -> "dict[int, Scope]":
        """The scopes directly inside, by the `id` of their facts."""
        found: dict[int, Scope] = {}
        first = base = 0
        for part in self._parts:
            for child in part.facts.scopes:
                region = child.region + base if child.region else 0
                site = Site(self, child.order + first, region, part.block)
                found[id(child)] = Scope.of_definition(child, site)
            first += len(part.facts.events)
            base += len(part.facts.regions) - 1
        return found

    def walk(self) -> "Iterator[Scope]":
        """Yield this scope and all inside it."""
        yield self
        for child in self.children.values():
            yield from child.walk()

    # --- names

    @cached_property
    def bindings(self) -> dict[str, list[Step]]:
        """The steps that bind each name, in order; those that another scope makes by `global` are not here."""
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            if isinstance(step.event, facts.Bind):
                found.setdefault(step.event.name, []).append(step)
        return found

    def site_at(self, offset: int) -> Site:
        """Return the site of a place in the file that the scope holds, in the innermost scope that does."""
        for child in self.children.values():
            if child.holds(offset):
                return child.site_at(offset)
        order = sum(step.block.place(step.event.at)[1] <= offset for step in self.steps)
        inside = [index for index in range(1, len(self.regions)) if self._region_holds(index, offset)]
        return Site(self, order, max(inside, default=0), self.region_blocks[max(inside, default=0)])

    def holds(self, offset: int) -> bool:
        """Whether a place in the file is in a definition, with its decorators."""
        start, end = self.block.place(self.facts.at if self.facts else (0, 0))
        return start <= offset < (self.block.end if len(self._parts) > 1 else end)

    def _region_holds(self, index: int, offset: int) -> bool:
        start, end = self.region_blocks[index].place(self.regions[index].at)
        return start <= offset < end

    @cached_property
    def decorated(self) -> list[Step]:
        """The definitions with decorators."""
        if not any(inner.decorators for part in self._parts for inner in part.facts.scopes):
            return []
        return [
            step
            for step in self.steps
            if isinstance(step.event, facts.Bind)
            and isinstance(step.event.source, facts.Defined)
            and step.event.source.scope.decorators
        ]

    @property
    def is_unread(self) -> bool:
        """Whether nobody has asked what it does, or which names it reads."""
        return _INSIDE.isdisjoint(self.__dict__)

    @cached_property
    def mentions(self) -> frozenset[str]:
        """What it calls, assigns to and imports, in the short form of `facts.Scope.mentions`."""
        return frozenset().union(*(part.facts.mentions for part in self._parts))

    @cached_property
    def attributes(self) -> frozenset[str]:
        """The names of the attributes that are read or assigned to in it."""
        return frozenset().union(*(attributes_in(part.facts) for part in self._parts))

    @cached_property
    def bound(self) -> frozenset[str]:
        """The names that it binds."""
        return frozenset().union(*(part.facts.bound for part in self._parts))

    @cached_property
    def declared_global(self) -> frozenset[str]:
        """The names that this scope declares `global`."""
        return frozenset().union(*(part.facts.declared_global for part in self._parts))

    @cached_property
    def declared_nonlocal(self) -> frozenset[str]:
        """The names that this scope declares `nonlocal`."""
        return frozenset().union(*(part.facts.declared_nonlocal for part in self._parts))

    def bound_from_inside(self, name: str) -> list[Step]:
        """Return the bindings of a name of this scope that functions in it make by `nonlocal`."""
        return self._bound_from_inside.get(name, [])

    @cached_property
    def _bound_from_inside(self) -> dict[str, list[Step]]:
        found: dict[str, list[Step]] = {}
        for child in self.children.values() if self.is_function else ():
            for inner in child.walk():
                for name in inner.declared_nonlocal & self.bindings.keys():
                    found.setdefault(name, []).extend(inner.bindings.get(name, ()))
        return found

    @cached_property
    def reads(self) -> list[tuple[facts.Name, Block]]:
        """The names read directly in it, each with the block that its place belongs to."""
        return [(name, part.block) for part in self._parts for name in part.facts.names]

    def home(self, name: str) -> "Scope | None":
        """Return the scope whose variable a name is that is read here; None if the file binds it nowhere."""
        scope = self
        while scope.parent is not None and name not in scope.declared_global:
            seen = scope is self or not scope.is_class
            if seen and name in scope.bindings and name not in scope.declared_nonlocal:
                return scope
            scope = scope.parent
        module = self.module
        is_bound = name in module.scope.bindings or name in module.globals_bound_in_functions
        return module.scope if is_bound else None

    @cached_property
    def end(self) -> Site:
        """The site after its last step."""
        return Site(self, len(self.steps), 0, self._parts[-1].block if self._parts else _NO_BLOCK)

    def reaching(self, name: str, site: Site) -> list[Step]:
        """Return the bindings of a name in this scope that can hold at a site in it, the latest first."""
        bindings = self.bindings.get(name, ())
        if len(bindings) == 1:
            return list(bindings)
        return self._reaching(bindings, site) or list(bindings)

    def binds_before(self, name: str, site: Site) -> bool:
        """Whether the code above a site in this scope can have bound a name."""
        return any(step.order < site.order for step in self._reaching(self.bindings.get(name, ()), site))

    def brought_back(self, name: str, site: Site) -> list[Step]:
        """Return the bindings of a name below a site in this scope that loops around both bring back to it."""
        return self._brought_back(self.bindings.get(name, ()), site)

    def _brought_back(self, bindings: "list[Step] | tuple[()]", site: Site) -> list[Step]:
        loops = [index for index in self.enclosing(site.region) if self.regions[index].flow is Flow.LOOP]
        bodies = [self.regions[loop].events for loop in loops]
        return [step for step in bindings if any(max(a, site.order) <= step.order < b for a, b in bodies)]

    def _reaching(self, bindings: "list[Step] | tuple[()]", site: Site) -> list[Step]:
        around = set(self.enclosing(site.region))
        found: list[Step] = []
        covered: dict[int, set[int]] = {}
        for step in reversed(bindings):
            if step.order >= site.order:
                continue
            top, gone = self._below(step.region, around, site)
            if gone:
                continue
            if not (found and step in found):
                found.append(step)
            if top is None:
                break
            if self._covers(top, step.region, covered):
                break
        return [*found, *self._brought_back(bindings, site)]

    def site_before(self, region: int) -> Site:
        """Return the site at which the subject of a region is evaluated."""
        own = self.regions[region]
        return Site(self, own.events[0], own.parent, self.region_blocks[region])

    def enclosing(self, region: int) -> Iterator[int]:
        """Yield a region and those around it, up to region 0."""
        while region:
            yield region
            region = self.regions[region].parent
        yield 0

    def _below(self, region: int, around: set[int], site: Site) -> tuple[int | None, bool]:
        """Return the outermost region that holds a step and not the site, and whether the step cannot hold there.

        It cannot if the step stands in another branch of a statement that the site is in, or in one that ends
        by leaving. Regions that always run count as if they were not there.
        """
        top = None
        groups = {self.regions[index].group: index for index in around if index}
        for index in self.enclosing(region):
            if index in around:
                break
            data = self.regions[index]
            if data.ending is Ending.SCOPE and data.flow is not Flow.ALWAYS:
                return index, True
            if data.ending in (Ending.BREAK, Ending.LOOP) and self._same_iteration(index, site):
                return index, True
            beside = groups.get(data.group)
            if beside is not None and data.flow is Flow.BRANCH and self.regions[beside].flow is Flow.BRANCH:
                return index, True
            if data.flow is not Flow.ALWAYS:
                top = index
        return top, False

    def _same_iteration(self, region: int, site: Site) -> bool:
        loop = next((i for i in self.enclosing(region) if self.regions[i].flow is Flow.LOOP), 0)
        start, stop = self.regions[loop].events
        return bool(loop) and start <= site.order < stop

    def _covers(self, top: int, region: int, covered: dict[int, set[int]]) -> bool:
        """Whether all branches of the statement of `top` have been seen to bind (or to leave)."""
        index = self._nearest(region)
        while self._completes(index, covered):
            if index == top:
                return True
            index = self._nearest(self.regions[index].parent)
        return False

    def _nearest(self, region: int) -> int:
        """Return a region, or the nearest one around it that does not run in any case."""
        return next(index for index in self.enclosing(region) if self.regions[index].flow is not Flow.ALWAYS)

    def _completes(self, region: int, covered: dict[int, set[int]]) -> bool:
        """Note that a branch binds, and return whether all branches of its statement do (or leave)."""
        data = self.regions[region]
        seen = covered.setdefault(data.group, set())
        seen.add(region)
        if not data.exhaustive:
            return False
        branches = {
            index
            for index, other in enumerate(self.regions)
            if index
            and other.group == data.group
            and other.flow in (Flow.BRANCH, Flow.TRY, Flow.HANDLER)
            and other.ending is not Ending.SCOPE
        }
        return branches <= seen
