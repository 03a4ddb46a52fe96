"""Lowers a parsed block to facts, by one walk over the tree."""

import ast
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from spawnsafe.syntax.facts import (
    Argument,
    Assigned,
    At,
    Attribute,
    Augmented,
    Awaited,
    Bind,
    Call,
    Combined,
    Comparison,
    Comprehension,
    Conditional,
    Constant,
    Declare,
    Defined,
    Display,
    Element,
    Ending,
    Entered,
    Evaluate,
    Event,
    Flow,
    Formatted,
    Given,
    Imported,
    Invoke,
    Lambda,
    Logical,
    Name,
    Not,
    Opaque,
    Parameter,
    Raise,
    Region,
    Return,
    Scope,
    ScopeKind,
    Slice,
    Source,
    Starred,
    Store,
    Subscript,
    Term,
    Unknown,
    Walrus,
    Yield,
)
from spawnsafe.syntax.places import Places
from spawnsafe.syntax.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXITS = {"sys.exit", "exit", "quit", "os._exit", "os.abort"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.BitOr: "|",
    ast.Mult: "*",
    ast.Sub: "-",
    ast.FloorDiv: "//",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.Div: "/",
}
"""Those that combine containers, or numbers of them."""
_COMBINING = (ast.Add, ast.BitOr, ast.Mult)
"""Those of which an augmented assignment is followed."""
_NOWHERE: At = (0, 0)


def lower(tree: Tree) -> Scope:
    """Return the facts of a run of statements as one SUITE scope."""
    return _suite(tree, tree.body)


def lower_member(tree: Tree) -> Scope:
    """Return the facts of the body of the one class that the tree holds, as a SUITE scope."""
    definition = tree.body[0]
    return _suite(tree, definition.body if isinstance(definition, ast.ClassDef) else ())


def _suite(tree: Tree, body: Iterable[ast.stmt]) -> Scope:
    walk = _Walk(tree.places)
    suite = walk.scope(ScopeKind.SUITE, "", (0, len(tree.places.text)), _NOWHERE, _NOWHERE)
    with walk.inside(suite):
        walk.suite(body)
    return suite.finish()


@dataclass
class _Builder:
    """A scope in the making."""

    kind: ScopeKind
    name: str
    at: At
    name_at: At
    header_at: At
    parameters: tuple[Parameter, ...] = ()
    decorators: tuple[Term, ...] = ()
    bases: tuple[Argument, ...] = ()
    returns: Term | None = None
    mentions: set[str] = field(default_factory=set)
    bound: set[str] = field(default_factory=set)
    declared: dict[bool, set[str]] = field(default_factory=lambda: {True: set(), False: set()})
    is_async: bool = False
    is_generator: bool = False
    events: list[Event] = field(default_factory=list)
    regions: list[Region] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    names: list[Name] = field(default_factory=list)
    region: int = 0
    statement: At = _NOWHERE
    order_outside: int = 0
    region_outside: int = 0

    def __post_init__(self) -> None:
        self.statement = self.at
        self.regions.append(Region(0, 0, Flow.BODY, self.at))

    def finish(self) -> Scope:
        body = self.regions[0]
        self.regions[0] = Region(0, 0, Flow.BODY, body.at, ending=body.ending, events=(0, len(self.events)))
        return Scope(
            self.kind,
            self.name,
            self.at,
            self.name_at,
            self.header_at,
            self.parameters,
            self.decorators,
            self.bases,
            self.returns,
            tuple(self.events),
            tuple(self.regions),
            tuple(self.scopes),
            tuple(self.names),
            frozenset(self.mentions),
            frozenset(self.bound),
            frozenset(self.declared[True]),
            frozenset(self.declared[False]),
            self.is_async,
            self.is_generator,
            self.order_outside,
            self.region_outside,
        )


class _Walk:
    """The walk: one method for each kind of node, found by the node's type."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._at = places.at
        self._scope: _Builder
        self._quiet = False
        self._groups = 0

    # --- scopes, regions, events

    def scope(self, kind: ScopeKind, name: str, at: At, name_at: At, header_at: At) -> _Builder:
        return _Builder(kind, name, at, name_at, header_at)

    @contextmanager
    def inside(self, scope: _Builder) -> "Iterator[_Builder]":
        """Lower into another scope for a while."""
        outer, outer_quiet = getattr(self, "_scope", None), self._quiet
        self._scope, self._quiet = scope, False
        try:
            yield scope
        finally:
            if outer is not None:
                self._scope = outer
            self._quiet = outer_quiet

    def _group(self) -> int:
        self._groups += 1
        return self._groups

    @contextmanager
    def _region(  # noqa: PLR0913 - a region has that many sides
        self,
        flow: Flow,
        group: int,
        at: At,
        subject: Term | None = None,
        *,
        sense: bool = True,
        exhaustive: bool = False,
    ) -> "Iterator[_Ends]":
        scope, ends = self._scope, _Ends()
        outer, index, first = scope.region, len(scope.regions), len(scope.events)
        scope.regions.append(Region(outer, group, flow, at))
        scope.region = index
        try:
            yield ends
        finally:
            scope.region = outer
            scope.regions[index] = Region(
                outer, group, flow, at, subject, sense, exhaustive, ends.ending, (first, len(scope.events))
            )

    def _emit(self, event: Event) -> None:
        if not self._quiet:
            self._scope.events.append(event)

    def _evaluate(self, term: Term) -> None:
        self._emit(Evaluate(term.at, self._scope.statement, self._scope.region, term))

    def _bind_at(self, at: At, name: str, source: Source, annotation: Term | None = None) -> None:
        scope = self._scope
        scope.bound.add(name)
        if isinstance(source, Assigned) and isinstance(source.term, (Name, Attribute)):
            scope.mentions.add(f"={_dotted(source.term).rpartition('.')[2]}")
        self._emit(Bind(at, scope.statement, scope.region, name, source, annotation))

    # --- statements

    def suite(self, body: Iterable[ast.stmt]) -> Ending:
        """Lower statements; return how their end is left."""
        ending, scope = Ending.NONE, self._scope
        for node in body:
            outer = scope.statement
            scope.statement = self._extent(node)
            handler = self._STATEMENTS.get(type(node))
            left = handler(self, node) if handler else self._other(node)
            scope.statement = outer
            if ending is Ending.NONE and left is not None:
                ending = left
        return ending

    def _extent(self, node: ast.stmt) -> At:
        """Return where a statement stands, its decorators included."""
        start, end = self._at(node)
        decorators: Sequence[ast.expr] = getattr(node, "decorator_list", ())
        return (self._places.decorator(decorators[0]), end) if decorators else (start, end)

    def _body_at(self, body: Sequence[ast.stmt]) -> At:
        return self._at(body[0])[0], self._at(body[-1])[1]

    def _other(self, node: ast.stmt) -> Ending:
        for term in self._inside(node):
            self._evaluate(term)
        return Ending.NONE

    def _expression(self, node: ast.Expr) -> Ending:
        term = self._term(node.value)
        self._evaluate(term)
        if isinstance(term, Call) and _dotted(term.function) in _EXITS:
            return Ending.SCOPE
        return Ending.NONE

    def _assign(self, node: ast.Assign) -> None:
        value = self._term(node.value)
        for target in node.targets:
            self._target(target, Assigned(value))

    def _annotated(self, node: ast.AnnAssign) -> None:
        annotation = self._annotation(node.annotation)
        source = Assigned(self._term(node.value)) if node.value else Unknown()
        self._target(node.target, source, annotation)

    def _augmented(self, node: ast.AugAssign) -> None:
        value, target = self._term(node.value), node.target
        self._evaluate(value)
        old = Name(self._at(target), target.id) if isinstance(target, ast.Name) else Opaque(self._at(target))
        self._target(target, self._sum(node, old, value))

    def _sum(self, node: ast.AugAssign, old: Term, value: Term) -> Augmented:
        operator = _OPERATORS[type(node.op)] if isinstance(node.op, _COMBINING) else ""
        return Augmented(Combined(self._at(node.target), (old, value), operator))

    def _target(self, node: ast.expr, source: Source, annotation: Term | None = None) -> None:
        scope = self._scope
        if isinstance(node, ast.Name):
            self._bind_at(self._at(node), node.id, source, annotation)
        elif isinstance(node, (ast.Attribute, ast.Subscript)):
            target = self._term(node)
            if isinstance(source, Augmented) and isinstance(source.term, Combined):
                source = Augmented(replace(source.term, parts=(target, *source.term.parts[1:])))
            if isinstance(node, ast.Attribute):
                scope.mentions.add(f".{node.attr}=")
            else:
                scope.mentions.add("[]=")
            self._emit(Store(self._at(node), scope.statement, scope.region, target, source))
        elif isinstance(node, (ast.Tuple, ast.List)):
            starred = next((i for i, item in enumerate(node.elts) if isinstance(item, ast.Starred)), None)
            for index, item in enumerate(node.elts):
                if index == starred:
                    self._target(item, source)
                else:
                    late = starred is not None and index > starred
                    self._target(item, _within(source, index - len(node.elts) if late else index))
        elif isinstance(node, ast.Starred):
            self._target(node.value, Unknown())

    def _return(self, node: ast.Return) -> Ending:
        term = self._term(node.value) if node.value else None
        self._emit(Return(self._at(node), self._scope.statement, self._scope.region, term))
        return Ending.SCOPE

    def _raise(self, node: ast.Raise) -> Ending:
        term = self._term(node.exc) if node.exc else None
        if node.cause:
            self._evaluate(self._term(node.cause))
        self._emit(Raise(self._at(node), self._scope.statement, self._scope.region, term))
        return Ending.SCOPE

    def _assert(self, node: ast.Assert) -> None:
        """Lower as a condition under which it raises; what follows is not said to depend on it."""
        test = self._term(node.test)
        self._evaluate(test)
        with self._region(Flow.BRANCH, self._group(), self._at(node), test, sense=False):
            if node.msg:
                self._evaluate(self._term(node.msg))
            self._emit(Raise(self._at(node), self._scope.statement, self._scope.region, None))

    def _break(self, _: ast.Break) -> Ending:
        return Ending.BREAK

    def _continue(self, _: ast.Continue) -> Ending:
        return Ending.LOOP

    def _delete(self, node: ast.Delete) -> None:
        targets = list(node.targets)
        while targets:
            target = targets.pop()
            if isinstance(target, (ast.Tuple, ast.List)):
                targets.extend(target.elts)
            else:
                self._target(target, Unknown(deleted=True))

    def _declare(self, node: ast.Global | ast.Nonlocal) -> None:
        names = tuple(node.names)
        scope, is_global = self._scope, isinstance(node, ast.Global)
        scope.declared[is_global].update(names)
        self._emit(Declare(self._at(node), scope.statement, scope.region, names, is_global))

    def _import(self, node: ast.Import) -> None:
        self._scope.mentions.add("import")
        for alias in node.names:
            if alias.asname:
                self._bind_at(self._places.last(alias, alias.asname), alias.asname, Imported(alias.name))
            else:
                first = alias.name.partition(".")[0]
                source = Imported(first, submodule=alias.name if alias.name != first else None)
                self._bind_at(self._at(alias), first, source)

    def _import_from(self, node: ast.ImportFrom) -> None:
        module, level = node.module or "", node.level
        self._scope.mentions.add("import")
        if node.names[0].name == "*":
            self._bind_at(self._at(node), "*", Imported(module, "*", level))
            return
        for alias in node.names:
            bound = alias.asname or alias.name
            self._bind_at(self._places.last(alias, bound), bound, Imported(module, alias.name, level))

    # --- compound statements

    def _if(self, node: ast.If) -> Ending:
        test = self._term(node.test)
        self._evaluate(test)
        group = self._group()
        exhaustive = bool(node.orelse)
        with self._region(Flow.BRANCH, group, self._body_at(node.body), test, exhaustive=exhaustive) as ends:
            ends.ending = self.suite(node.body)
        first = ends.ending
        if not node.orelse:
            return Ending.NONE
        at = self._at(node.orelse[0]) if self._places.has_elif(node) else self._clause_at(node.body, node.orelse)
        with self._region(Flow.BRANCH, group, at, test, sense=False, exhaustive=True) as ends:
            ends.ending = self.suite(node.orelse)
        return _both(first, ends.ending)

    def _clause_at(self, before: Sequence[ast.stmt], body: Sequence[ast.stmt]) -> At:
        """Return where an `else` or `finally` stands, with its body."""
        return self._places.clause(self._at(before[-1])[1]), self._at(body[-1])[1]

    def _for(self, node: ast.For | ast.AsyncFor) -> Ending:
        iterable = self._term(node.iter)
        self._evaluate(iterable)
        group = self._group()
        with self._region(Flow.LOOP, group, self._body_at(node.body), iterable) as ends:
            self._target(node.target, Element(iterable))
            ends.ending = self.suite(node.body)
        self._loop_else(node, group)
        return Ending.NONE

    def _while(self, node: ast.While) -> Ending:
        group, at = self._group(), self._body_at(node.body)
        with self._region(Flow.LOOP, group, at) as ends:
            test = self._term(node.test)
            self._evaluate(test)
            with self._region(Flow.BRANCH, self._group(), at, test) as inner:
                ends.ending = inner.ending = self.suite(node.body)
        self._loop_else(node, group)
        return Ending.NONE

    def _loop_else(self, node: ast.For | ast.AsyncFor | ast.While, group: int) -> None:
        if node.orelse:
            with self._region(Flow.ALWAYS, group, self._clause_at(node.body, node.orelse)) as ends:
                ends.ending = self.suite(node.orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> Ending:
        return self._with_items(node, node.items)

    def _with_items(self, node: ast.With | ast.AsyncWith, items: list[ast.withitem]) -> Ending:
        if not items:
            return self.suite(node.body)
        context = self._term(items[0].context_expr)
        self._evaluate(context)
        with self._region(Flow.ALWAYS, self._group(), self._body_at(node.body), context) as ends:
            if items[0].optional_vars:
                self._target(items[0].optional_vars, Entered(context))
            ends.ending = self._with_items(node, items[1:])
        # a context manager may swallow an exception, but not a `return`: near enough
        return ends.ending

    def _try(self, node: "ast.Try | ast.TryStar") -> Ending:
        group = self._group()
        endings = []
        with self._region(Flow.TRY, group, self._body_at(node.body), exhaustive=True) as ends:
            ends.ending = self.suite(node.body)
            if node.orelse and ends.ending is Ending.NONE:
                ends.ending = self.suite(node.orelse)
        endings.append(ends.ending)
        endings += [self._handler(handler, group) for handler in node.handlers]
        ending = _joined(endings)
        if node.finalbody:
            last = node.orelse or (node.handlers[-1].body if node.handlers else node.body)
            with self._region(Flow.ALWAYS, group, self._clause_at(last, node.finalbody)) as ends:
                ends.ending = self.suite(node.finalbody)
            ending = ends.ending if ends.ending is not Ending.NONE else ending
        return ending

    def _handler(self, node: ast.ExceptHandler, group: int) -> Ending:
        caught = self._term(node.type) if node.type is not None else None
        if caught is not None:
            self._evaluate(caught)
        with self._region(Flow.HANDLER, group, self._at(node), caught, exhaustive=True) as ends:
            if node.name is not None and node.type is not None:
                self._bind_at(self._places.named(self._at(node.type)[1], "as"), node.name, Unknown())
            ends.ending = self.suite(node.body)
        return ends.ending

    def _match(self, node: ast.Match) -> Ending:
        subject = self._term(node.subject)
        self._evaluate(subject)
        group, last = self._group(), node.cases[-1]
        exhaustive = last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
        endings, end = [], self._at(node.subject)[1]
        for case in node.cases:
            test = self._test_of_case(subject, case)
            start, end = self._places.clause(end), self._at(case.body[-1])[1]
            with self._region(Flow.BRANCH, group, (start, end), test, exhaustive=exhaustive) as ends:
                self._pattern(case.pattern)
                if case.guard:
                    self._evaluate(self._term(case.guard))
                ends.ending = self.suite(case.body)
            endings.append(ends.ending)
        return _joined(endings) if exhaustive else Ending.NONE

    def _test_of_case(self, subject: Term, case: ast.match_case) -> Term | None:
        """Return the comparison that `case "text":` stands for."""
        pattern = case.pattern
        value = pattern.value if isinstance(pattern, ast.MatchValue) and not case.guard else None
        if isinstance(value, ast.Constant) and isinstance(value.value, (str, bytes)):
            return Comparison(self._at(pattern), "==", subject, self._constant(value))
        return None

    def _pattern(self, node: ast.pattern) -> None:
        if isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name is not None:
            self._bind_at(self._places.last(node, node.name), node.name, Unknown())
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            self._bind_at(self._places.rest(node), node.rest, Unknown())
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.pattern):
                self._pattern(child)
            elif isinstance(child, ast.expr):
                self._term(child)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        decorators = tuple([self._term(decorator) for decorator in node.decorator_list])
        parameters = self._parameters(node.args)
        at = self._at(node)
        builder = self.scope(ScopeKind.FUNCTION, node.name, self._extent(node), self._places.named(at[0], "def"), at)
        builder.decorators, builder.parameters = decorators, parameters
        builder.returns = self._annotation(node.returns)
        builder.is_async = isinstance(node, ast.AsyncFunctionDef)
        self._body(builder, node.body)
        self._define(builder)

    def _class(self, node: ast.ClassDef) -> None:
        decorators = tuple([self._term(decorator) for decorator in node.decorator_list])
        bases = (*map(self._argument, node.bases), *map(self._argument, node.keywords))
        at = self._at(node)
        builder = self.scope(ScopeKind.CLASS, node.name, self._extent(node), self._places.named(at[0], "class"), at)
        builder.decorators, builder.bases = decorators, bases
        self._body(builder, node.body)
        self._define(builder)

    def _body(self, builder: _Builder, body: Iterable[ast.stmt]) -> None:
        with self.inside(builder):
            self._give(builder.parameters)
            ending = self.suite(body)
        region = builder.regions[0]
        builder.regions[0] = Region(region.parent, region.group, region.flow, region.at, ending=ending)

    def _keep(self, builder: _Builder) -> Scope:
        """Finish a scope and put it into the one around it."""
        builder.order_outside, builder.region_outside = len(self._scope.events), self._scope.region
        scope = builder.finish()
        self._scope.scopes.append(scope)
        return scope

    def _define(self, builder: _Builder) -> None:
        scope = self._keep(builder)
        self._bind_at(scope.name_at, scope.name, Defined(scope))

    def _give(self, parameters: Sequence[Parameter]) -> None:
        for index, parameter in enumerate(parameters):
            self._bind_at(parameter.at, parameter.name, Given(index), parameter.annotation)

    def _parameters(self, node: ast.arguments) -> tuple[Parameter, ...]:
        positional = [*node.posonlyargs, *node.args]
        defaults = [None] * (len(positional) - len(node.defaults)) + node.defaults
        found = [
            self._parameter(arg, default, positional_only=index < len(node.posonlyargs))
            for index, (arg, default) in enumerate(zip(positional, defaults, strict=True))
        ]
        if node.vararg is not None:
            found.append(self._parameter(node.vararg, stars=1))
        pairs = zip(node.kwonlyargs, node.kw_defaults, strict=True)
        found += [self._parameter(arg, default, keyword_only=True) for arg, default in pairs]
        if node.kwarg is not None:
            found.append(self._parameter(node.kwarg, stars=2))
        return tuple(found)

    def _parameter(
        self,
        node: ast.arg,
        default: ast.expr | None = None,
        *,
        stars: int = 0,
        keyword_only: bool = False,
        positional_only: bool = False,
    ) -> Parameter:
        return Parameter(
            node.arg,
            self._places.first(node),
            self._term(default) if default else None,
            self._annotation(node.annotation),
            stars,
            keyword_only,
            positional_only,
        )

    def _annotation(self, node: ast.expr | None) -> Term | None:
        """Lower an annotation, whose calls count as never made."""
        if node is None:
            return None
        quiet, self._quiet = self._quiet, True
        try:
            return self._term(node)
        finally:
            self._quiet = quiet

    # --- expressions

    def _term(self, node: ast.expr) -> Term:
        handler = self._TERMS.get(type(node))
        return handler(self, node) if handler else Opaque(self._at(node), self._inside(node))

    def _inside(self, node: ast.AST) -> tuple[Term, ...]:
        """Lower the expressions directly inside a node that has no handler of its own."""
        return tuple([self._term(child) for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)])

    def _name(self, node: ast.Name) -> Term:
        name = Name(self._at(node), node.id)
        self._scope.names.append(name)
        return name

    def _attribute(self, node: ast.Attribute) -> Term:
        return Attribute(self._at(node), self._term(node.value), node.attr, self._places.last(node, node.attr))

    def _call(self, node: ast.Call) -> Term:
        function = self._term(node.func)
        if isinstance(function, Name):
            self._scope.mentions.add(function.id)
        elif isinstance(function, Attribute):
            self._scope.mentions.add(f".{function.name}")
        call = Call(self._at(node), function, tuple([self._argument(each) for each in _arguments(node)]))
        self._emit(Invoke(call.at, self._scope.statement, self._scope.region, call))
        return call

    def _argument(self, node: ast.expr | ast.keyword) -> Argument:
        if isinstance(node, ast.Starred):
            return Argument(self._term(node.value), None, 1)
        if isinstance(node, ast.keyword):
            return Argument(self._term(node.value), node.arg, 0 if node.arg else 2)
        return Argument(self._term(node))

    def _lambda(self, node: ast.Lambda) -> Term:
        at = self._at(node)
        builder = self.scope(ScopeKind.LAMBDA, "<lambda>", at, at, at)
        builder.parameters = self._parameters(node.args)
        with self.inside(builder):
            self._give(builder.parameters)
            body = self._term(node.body)
            self._emit(Return(body.at, builder.statement, 0, body))
        return Lambda(at, self._keep(builder))

    def _sequence(self, node: ast.Tuple | ast.List | ast.Set) -> Term:
        items = tuple(
            [
                Starred(self._at(item.value), self._term(item.value))
                if isinstance(item, ast.Starred)
                else self._term(item)
                for item in node.elts
            ]
        )
        return Display(self._at(node), type(node).__name__.lower(), items)

    def _dict(self, node: ast.Dict) -> Term:
        keys: list[Term | None] = []
        items: list[Term] = []
        for key, value in zip(node.keys, node.values, strict=True):
            keys.append(self._term(key) if key is not None else None)
            items.append(self._term(value))
        return Display(self._at(node), "dict", tuple(items), tuple(keys))

    def _comprehension(self, node: "_Comprehension") -> Term:
        at = self._at(node)
        first = node.generators[0]
        builder = self.scope(ScopeKind.COMPREHENSION, "", at, at, at)
        iterable = self._term(first.iter)
        with self.inside(builder):
            builder.statement = at
            self._target(first.target, Element(iterable))
            elements = self._clauses(node, 0)
        return Comprehension(at, _COMPREHENSIONS[type(node)], self._keep(builder), elements)

    def _clauses(self, node: "_Comprehension", index: int) -> tuple[Term, ...]:
        with self._region(Flow.LOOP, self._group(), self._at(node)):
            for condition in node.generators[index].ifs:
                self._evaluate(self._term(condition))
            if index + 1 < len(node.generators):
                inner = node.generators[index + 1]
                iterable = self._term(inner.iter)
                self._target(inner.target, Element(iterable))
                return self._clauses(node, index + 1)
            if isinstance(node, ast.DictComp):
                return (self._term(node.key), self._term(node.value))
            return (self._term(node.elt),)

    def _constant(self, node: ast.Constant) -> Term:
        if node.value is ...:
            return Opaque(self._at(node))
        return Constant(self._at(node), node.value)

    def _formatted(self, node: ast.JoinedStr) -> Term:
        return Formatted(self._at(node), tuple(self._fields(node)))

    def _fields(self, node: ast.expr) -> "Iterator[Term]":
        """Lower what an f-string formats, and what its format specifications do."""
        for value in getattr(node, "values", ()):
            if isinstance(value, ast.FormattedValue):
                yield self._term(value.value)
                if value.format_spec is not None:
                    yield from self._fields(value.format_spec)

    def _conditional(self, node: ast.IfExp) -> Term:
        test = self._term(node.test)
        group = self._group()
        with self._region(Flow.BRANCH, group, self._at(node.body), test, exhaustive=True):
            body = self._term(node.body)
        with self._region(Flow.BRANCH, group, self._at(node.orelse), test, sense=False, exhaustive=True):
            orelse = self._term(node.orelse)
        return Conditional(self._at(node), test, body, orelse)

    def _logical(self, node: ast.BoolOp) -> Term:
        """Lower a chain as pairs, of which the first is in the second and so on."""
        is_and = isinstance(node.op, ast.And)
        operator = "and" if is_and else "or"
        start, end = self._at(node)
        left = self._term(node.values[0])
        for index, value in enumerate(node.values[1:], 1):
            at = self._at(value)
            with self._region(Flow.BRANCH, self._group(), at, left, sense=is_and):
                right = self._term(value)
            is_last = index == len(node.values) - 1
            left = Logical((start, end if is_last else self._places.closed(at[1])), operator, left, right)
        return left

    def _unary(self, node: ast.UnaryOp) -> Term:
        value = self._term(node.operand)
        at = self._at(node)
        if isinstance(node.op, ast.Not):
            return Not(at, value)
        if isinstance(node.op, ast.USub) and isinstance(value, Constant) and isinstance(value.value, int):
            return Constant(at, -value.value)
        return Opaque(at, (value,))

    def _binary(self, node: ast.BinOp) -> Term:
        left, right = self._term(node.left), self._term(node.right)
        return Combined(self._at(node), (left, right), _OPERATORS.get(type(node.op), ""))

    def _comparison(self, node: ast.Compare) -> Term:
        at, left = self._at(node), self._term(node.left)
        rights = [self._term(each) for each in node.comparators]
        if len(rights) == 1:
            return Comparison(at, _COMPARISONS[type(node.ops[0])], left, rights[0])
        return Opaque(at, (left, *rights))

    def _subscript(self, node: ast.Subscript) -> Term:
        at, value, index = self._at(node), self._term(node.value), node.slice
        if isinstance(index, ast.Slice):
            return Subscript(at, value, Slice(at, self._inside(index)))
        if isinstance(index, ast.Tuple) and not self._places.has_parentheses(index):
            parts = [part for each in index.elts for part in self._parts(each)]
            return Subscript(at, value, Opaque(at, tuple(parts)))
        return Subscript(at, value, self._term(index))

    def _parts(self, node: ast.expr) -> tuple[Term, ...]:
        return self._inside(node) if isinstance(node, (ast.Slice, ast.Starred)) else (self._term(node),)

    def _await(self, node: ast.Await) -> Term:
        return Awaited(self._at(node), self._term(node.value))

    def _yield(self, node: ast.Yield | ast.YieldFrom) -> Term:
        self._scope.is_generator = True
        delegated = isinstance(node, ast.YieldFrom)
        term = self._term(node.value) if node.value else None
        scope = self._scope
        self._emit(Yield(self._at(node), scope.statement, scope.region, term, delegated))
        return Opaque(self._at(node), (term,) if term else ())

    def _walrus(self, node: ast.NamedExpr) -> Term:
        value = self._term(node.value)
        self._bind_at(self._at(node.target), node.target.id, Assigned(value))
        return Walrus(self._at(node), node.target.id, value)

    _TERMS: ClassVar[dict[type[ast.AST], Callable[["_Walk", Any], Term]]] = {
        ast.Name: _name,
        ast.Attribute: _attribute,
        ast.Call: _call,
        ast.Lambda: _lambda,
        ast.Tuple: _sequence,
        ast.List: _sequence,
        ast.Set: _sequence,
        ast.Dict: _dict,
        ast.ListComp: _comprehension,
        ast.SetComp: _comprehension,
        ast.GeneratorExp: _comprehension,
        ast.DictComp: _comprehension,
        ast.Constant: _constant,
        ast.JoinedStr: _formatted,
        ast.IfExp: _conditional,
        ast.BoolOp: _logical,
        ast.BinOp: _binary,
        ast.UnaryOp: _unary,
        ast.Compare: _comparison,
        ast.Subscript: _subscript,
        ast.Await: _await,
        ast.Yield: _yield,
        ast.YieldFrom: _yield,
        ast.NamedExpr: _walrus,
    }
    _STATEMENTS: ClassVar[dict[type[ast.AST], Callable[["_Walk", Any], Ending | None]]] = {
        ast.FunctionDef: _function,
        ast.AsyncFunctionDef: _function,
        ast.ClassDef: _class,
        ast.If: _if,
        ast.For: _for,
        ast.AsyncFor: _for,
        ast.While: _while,
        ast.With: _with,
        ast.AsyncWith: _with,
        ast.Try: _try,
        ast.TryStar: _try,
        ast.Match: _match,
        ast.Expr: _expression,
        ast.Assign: _assign,
        ast.AnnAssign: _annotated,
        ast.AugAssign: _augmented,
        ast.Return: _return,
        ast.Raise: _raise,
        ast.Assert: _assert,
        ast.Delete: _delete,
        ast.Global: _declare,
        ast.Nonlocal: _declare,
        ast.Import: _import,
        ast.ImportFrom: _import_from,
        ast.Break: _break,
        ast.Continue: _continue,
    }


@dataclass
class _Ends:
    """How a region ends, filled in while it is lowered."""

    ending: Ending = Ending.NONE


_Comprehension: TypeAlias = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp

_COMPREHENSIONS = {ast.ListComp: "list", ast.SetComp: "set", ast.DictComp: "dict", ast.GeneratorExp: "generator"}


def _arguments(node: ast.Call) -> Sequence[ast.expr | ast.keyword]:
    """Return the arguments of a call in the order of the text: `f(x=1, *args)` has both kinds mixed."""
    if not node.keywords or not any(isinstance(argument, ast.Starred) for argument in node.args):
        return (*node.args, *node.keywords)
    return sorted((*node.args, *node.keywords), key=lambda each: (each.lineno, each.col_offset))


def _joined(endings: Sequence[Ending]) -> Ending:
    """Return how a statement is left whose parts, one of which runs, are left so."""
    return reduce(_both, endings)


def _both(one: Ending, other: Ending) -> Ending:
    """Return how a statement is left whose two parts are left so."""
    if Ending.NONE in (one, other):
        return Ending.NONE
    return one if one is other else Ending.LOOP


def _within(source: Source, index: int) -> Source:
    """Return the source of one item of an unpacked value."""
    if isinstance(source, Assigned):
        return Assigned(source.term, (*source.path, index))
    if isinstance(source, Element):
        return Element(source.term, (*source.path, index))
    return Unknown()


def _dotted(term: Term) -> str:
    if isinstance(term, Name):
        return term.id
    if isinstance(term, Attribute):
        return f"{_dotted(term.value)}.{term.name}"
    return "?"
