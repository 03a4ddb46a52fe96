"""Lowers a parsed block to facts, by one walk over the tree."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import libcst as cst

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
from spawnsafe.syntax.parse import Tree, children

if TYPE_CHECKING:
    from collections.abc import Iterator

_EXITS = {"sys.exit", "exit", "quit", "os._exit", "os.abort"}
_COMPARISONS: dict[type[cst.CSTNode], str] = {
    cst.Equal: "==",
    cst.NotEqual: "!=",
    cst.In: "in",
    cst.NotIn: "not in",
    cst.Is: "is",
    cst.IsNot: "is not",
    cst.LessThan: "<",
    cst.LessThanEqual: "<=",
    cst.GreaterThan: ">",
    cst.GreaterThanEqual: ">=",
}
_OPERATORS: dict[type[cst.CSTNode], str] = {
    cst.Add: "+",
    cst.AddAssign: "+",
    cst.BitOr: "|",
    cst.BitOrAssign: "|",
    cst.Multiply: "*",
    cst.MultiplyAssign: "*",
    cst.Subtract: "-",
    cst.FloorDivide: "//",
    cst.Power: "**",
    cst.LeftShift: "<<",
    cst.Divide: "/",
}
"""Those that combine containers, or numbers of them."""
_NOWHERE: At = (0, 0)


def lower(tree: Tree, length: int) -> Scope:
    """Return the facts of a run of statements as one SUITE scope; `length` is that of the block's text."""
    walk = _Walk(tree.spans)
    suite = walk.scope(ScopeKind.SUITE, "", (0, length), _NOWHERE, _NOWHERE)
    with walk.inside(suite):
        walk.suite(tree.module.body)
    return suite.finish()


def lower_member(tree: Tree, length: int) -> Scope:
    """Return the facts of the body of the one class that the tree holds, as a SUITE scope."""
    walk = _Walk(tree.spans)
    suite = walk.scope(ScopeKind.SUITE, "", (0, length), _NOWHERE, _NOWHERE)
    definition = tree.module.body[0]
    with walk.inside(suite):
        if isinstance(definition, cst.ClassDef):
            walk.suite(definition.body.body)
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

    def __init__(self, spans: dict[int, At]) -> None:
        self._spans = spans
        self._scope: _Builder
        self._quiet = False
        self._groups = 0
        self._terms: dict[type[cst.CSTNode], Callable[..., Term]] = {
            cst.Name: self._name,
            cst.Attribute: self._attribute,
            cst.Call: self._call,
            cst.Lambda: self._lambda,
            cst.Tuple: self._sequence,
            cst.List: self._sequence,
            cst.Set: self._sequence,
            cst.Dict: self._dict,
            cst.ListComp: self._comprehension,
            cst.SetComp: self._comprehension,
            cst.GeneratorExp: self._comprehension,
            cst.DictComp: self._comprehension,
            cst.SimpleString: self._constant,
            cst.ConcatenatedString: self._constant,
            cst.FormattedString: self._formatted,
            cst.Integer: self._constant,
            cst.Float: self._constant,
            cst.Imaginary: self._constant,
            cst.IfExp: self._conditional,
            cst.BooleanOperation: self._logical,
            cst.BinaryOperation: self._binary,
            cst.UnaryOperation: self._unary,
            cst.Comparison: self._comparison,
            cst.Subscript: self._subscript,
            cst.Await: self._await,
            cst.Yield: self._yield,
            cst.NamedExpr: self._walrus,
        }
        self._statements: dict[type[cst.CSTNode], Callable[..., Ending | None]] = {
            cst.SimpleStatementLine: self._line,
            cst.SimpleStatementSuite: self._line,
            cst.FunctionDef: self._function,
            cst.ClassDef: self._class,
            cst.If: self._if,
            cst.For: self._for,
            cst.While: self._while,
            cst.With: self._with,
            cst.Try: self._try,
            cst.TryStar: self._try,
            cst.Match: self._match,
            cst.Expr: self._expression,
            cst.Assign: self._assign,
            cst.AnnAssign: self._annotated,
            cst.AugAssign: self._augmented,
            cst.Return: self._return,
            cst.Raise: self._raise,
            cst.Assert: self._assert,
            cst.Del: self._delete,
            cst.Global: self._declare,
            cst.Nonlocal: self._declare,
            cst.Import: self._import,
            cst.ImportFrom: self._import_from,
            cst.Break: self._break,
            cst.Continue: self._continue,
        }

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

    def _at(self, node: cst.CSTNode) -> At:
        found = self._spans.get(id(node))
        if found is not None:
            return found
        inner = [self._at(child) for child in children(node) if id(child) in self._spans]
        return (inner[0][0], inner[-1][1]) if inner else self._scope.statement

    def _emit(self, event: Event) -> None:
        if not self._quiet:
            self._scope.events.append(event)

    def _evaluate(self, term: Term) -> None:
        self._emit(Evaluate(term.at, self._scope.statement, self._scope.region, term))

    def _bind(self, name: cst.Name, source: Source, annotation: Term | None = None) -> None:
        self._bind_at(self._at(name), name.value, source, annotation)

    def _bind_at(self, at: At, name: str, source: Source, annotation: Term | None = None) -> None:
        scope = self._scope
        scope.bound.add(name)
        if isinstance(source, Assigned) and isinstance(source.term, (Name, Attribute)):
            scope.mentions.add(f"={_dotted(source.term).rpartition('.')[2]}")
        self._emit(Bind(at, scope.statement, scope.region, name, source, annotation))

    # --- statements

    def suite(self, body: Iterable[cst.CSTNode]) -> Ending:
        """Lower statements; return how their end is left."""
        ending = Ending.NONE
        for node in body:
            outer = self._scope.statement
            self._scope.statement = self._extent(node)
            handler = self._statements.get(type(node))
            left = handler(node) if handler else self._other(node)
            self._scope.statement = outer
            if ending is Ending.NONE and left is not None:
                ending = left
        return ending

    def _extent(self, node: cst.CSTNode) -> At:
        start, end = self._at(node)
        decorators: Sequence[cst.Decorator] = getattr(node, "decorators", ())
        return (self._at(decorators[0])[0], end) if decorators else (start, end)

    def _other(self, node: cst.CSTNode) -> Ending:
        for term in self._inside(node):
            self._evaluate(term)
        return Ending.NONE

    def _line(self, node: cst.SimpleStatementLine | cst.SimpleStatementSuite) -> Ending:
        return self.suite(node.body)

    def _expression(self, node: cst.Expr) -> Ending:
        term = self._term(node.value)
        self._evaluate(term)
        if isinstance(term, Call) and _dotted(term.function) in _EXITS:
            return Ending.SCOPE
        return Ending.NONE

    def _assign(self, node: cst.Assign) -> None:
        value = self._term(node.value)
        for target in node.targets:
            self._target(target.target, Assigned(value))

    def _annotated(self, node: cst.AnnAssign) -> None:
        annotation = self._annotation(node.annotation)
        source = Assigned(self._term(node.value)) if node.value else Unknown()
        self._target(node.target, source, annotation)

    def _augmented(self, node: cst.AugAssign) -> None:
        value, target = self._term(node.value), node.target
        self._evaluate(value)
        old = Name(self._at(target), target.value) if isinstance(target, cst.Name) else Opaque(self._at(target))
        self._target(target, self._sum(node, old, value))

    def _sum(self, node: cst.AugAssign, old: Term, value: Term) -> Augmented:
        operator = _OPERATORS.get(type(node.operator), "")
        return Augmented(Combined(self._at(node.target), (old, value), operator))

    def _target(self, node: cst.CSTNode, source: Source, annotation: Term | None = None) -> None:
        scope = self._scope
        if isinstance(node, cst.Name):
            self._bind(node, source, annotation)
        elif isinstance(node, (cst.Attribute, cst.Subscript)):
            target = self._term(node)
            if isinstance(source, Augmented) and isinstance(source.term, Combined):
                source = Augmented(replace(source.term, parts=(target, *source.term.parts[1:])))
            if isinstance(node, cst.Attribute):
                scope.mentions.add(f".{node.attr.value}=")
            else:
                scope.mentions.add("[]=")
            self._emit(Store(self._at(node), scope.statement, scope.region, target, source))
        elif isinstance(node, (cst.Tuple, cst.List)):
            starred = next((i for i, item in enumerate(node.elements) if isinstance(item, cst.StarredElement)), None)
            for index, item in enumerate(node.elements):
                if index == starred:
                    self._target(item.value, Unknown())
                else:
                    late = starred is not None and index > starred
                    self._target(item.value, _within(source, index - len(node.elements) if late else index))
        elif isinstance(node, cst.StarredElement):
            self._target(node.value, Unknown())

    def _return(self, node: cst.Return) -> Ending:
        term = self._term(node.value) if node.value else None
        self._emit(Return(self._at(node), self._scope.statement, self._scope.region, term))
        return Ending.SCOPE

    def _raise(self, node: cst.Raise) -> Ending:
        term = self._term(node.exc) if node.exc else None
        if node.cause:
            self._evaluate(self._term(node.cause.item))
        self._emit(Raise(self._at(node), self._scope.statement, self._scope.region, term))
        return Ending.SCOPE

    def _assert(self, node: cst.Assert) -> None:
        """Lower as a condition under which it raises; what follows is not said to depend on it."""
        test = self._term(node.test)
        self._evaluate(test)
        with self._region(Flow.BRANCH, self._group(), self._at(node), test, sense=False):
            if node.msg:
                self._evaluate(self._term(node.msg))
            self._emit(Raise(self._at(node), self._scope.statement, self._scope.region, None))

    def _break(self, _: cst.CSTNode) -> Ending:
        return Ending.BREAK

    def _continue(self, _: cst.CSTNode) -> Ending:
        return Ending.LOOP

    def _delete(self, node: cst.Del) -> None:
        targets: list[cst.BaseExpression] = [node.target]
        while targets:
            target = targets.pop()
            if isinstance(target, (cst.Tuple, cst.List)):
                targets.extend(element.value for element in target.elements)
            else:
                self._target(target, Unknown(deleted=True))

    def _declare(self, node: cst.Global | cst.Nonlocal) -> None:
        names = tuple(item.name.value for item in node.names)
        scope, is_global = self._scope, isinstance(node, cst.Global)
        scope.declared[is_global].update(names)
        self._emit(Declare(self._at(node), scope.statement, scope.region, names, is_global))

    def _import(self, node: cst.Import) -> None:
        self._scope.mentions.add("import")
        for alias in node.names:
            module = _dotted_name(alias.name)
            if alias.asname:
                self._target(alias.asname.name, Imported(module))
            else:
                first = module.partition(".")[0]
                source = Imported(first, submodule=module if module != first else None)
                self._bind_at(self._at(alias.name), first, source)

    def _import_from(self, node: cst.ImportFrom) -> None:
        module = _dotted_name(node.module) if node.module else ""
        level = len(node.relative)
        self._scope.mentions.add("import")
        if isinstance(node.names, cst.ImportStar):
            self._bind_at(self._at(node), "*", Imported(module, "*", level))
            return
        for alias in node.names:
            name = _dotted_name(alias.name)
            bound = alias.asname.name if alias.asname else alias.name
            self._target(bound, Imported(module, name, level))

    # --- compound statements

    def _if(self, node: cst.If) -> Ending:
        test = self._term(node.test)
        self._evaluate(test)
        group = self._group()
        exhaustive = node.orelse is not None
        with self._region(Flow.BRANCH, group, self._at(node.body), test, exhaustive=exhaustive) as ends:
            ends.ending = self.suite(node.body.body)
        first = ends.ending
        if node.orelse is None:
            return Ending.NONE
        orelse: Sequence[cst.CSTNode] = (node.orelse,) if isinstance(node.orelse, cst.If) else node.orelse.body.body
        with self._region(Flow.BRANCH, group, self._at(node.orelse), test, sense=False, exhaustive=True) as ends:
            ends.ending = self.suite(orelse)
        return _both(first, ends.ending)

    def _for(self, node: cst.For) -> Ending:
        iterable = self._term(node.iter)
        self._evaluate(iterable)
        group = self._group()
        with self._region(Flow.LOOP, group, self._at(node.body), iterable) as ends:
            self._target(node.target, Element(iterable))
            ends.ending = self.suite(node.body.body)
        if node.orelse:
            with self._region(Flow.ALWAYS, group, self._at(node.orelse)) as ends:
                ends.ending = self.suite(node.orelse.body.body)
        return Ending.NONE

    def _while(self, node: cst.While) -> Ending:
        group = self._group()
        with self._region(Flow.LOOP, group, self._at(node.body)) as ends:
            test = self._term(node.test)
            self._evaluate(test)
            with self._region(Flow.BRANCH, self._group(), self._at(node.body), test) as inner:
                ends.ending = inner.ending = self.suite(node.body.body)
        if node.orelse:
            with self._region(Flow.ALWAYS, group, self._at(node.orelse)) as ends:
                ends.ending = self.suite(node.orelse.body.body)
        return Ending.NONE

    def _with(self, node: cst.With) -> Ending:
        return self._with_items(node, list(node.items))

    def _with_items(self, node: cst.With, items: list[cst.WithItem]) -> Ending:
        if not items:
            return self.suite(node.body.body)
        context = self._term(items[0].item)
        self._evaluate(context)
        with self._region(Flow.ALWAYS, self._group(), self._at(node.body), context) as ends:
            if items[0].asname:
                self._target(items[0].asname.name, Entered(context))
            ends.ending = self._with_items(node, items[1:])
        # a context manager may swallow an exception, but not a `return`: near enough
        return ends.ending

    def _try(self, node: cst.Try | cst.TryStar) -> Ending:
        group = self._group()
        endings = []
        with self._region(Flow.TRY, group, self._at(node.body), exhaustive=True) as ends:
            ends.ending = self.suite(node.body.body)
            if node.orelse and ends.ending is Ending.NONE:
                ends.ending = self.suite(node.orelse.body.body)
        endings.append(ends.ending)
        for handler in node.handlers:
            caught = self._term(handler.type) if handler.type is not None else None
            if caught is not None:
                self._evaluate(caught)
            with self._region(Flow.HANDLER, group, self._at(handler), caught, exhaustive=True) as ends:
                if handler.name is not None:
                    self._target(handler.name.name, Unknown())
                ends.ending = self.suite(handler.body.body)
            endings.append(ends.ending)
        ending = endings[0]
        for other in endings[1:]:
            ending = _both(ending, other)
        if node.finalbody:
            with self._region(Flow.ALWAYS, group, self._at(node.finalbody)) as ends:
                ends.ending = self.suite(node.finalbody.body.body)
            ending = ends.ending if ends.ending is not Ending.NONE else ending
        return ending

    def _match(self, node: cst.Match) -> Ending:
        subject = self._term(node.subject)
        self._evaluate(subject)
        group = self._group()
        last = node.cases[-1] if node.cases else None
        exhaustive = bool(
            last and last.guard is None and isinstance(last.pattern, cst.MatchAs) and last.pattern.pattern is None
        )
        endings = []
        for case in node.cases:
            test = self._test_of_case(subject, case)
            with self._region(Flow.BRANCH, group, self._at(case), test, exhaustive=exhaustive) as ends:
                self._pattern(case.pattern)
                if case.guard:
                    self._evaluate(self._term(case.guard))
                ends.ending = self.suite(case.body.body)
            endings.append(ends.ending)
        if not exhaustive or not endings:
            return Ending.NONE
        ending = endings[0]
        for other in endings[1:]:
            ending = _both(ending, other)
        return ending

    def _test_of_case(self, subject: Term, case: cst.MatchCase) -> Term | None:
        """Return the comparison that `case "text":` stands for."""
        pattern = case.pattern
        if isinstance(pattern, cst.MatchValue) and isinstance(pattern.value, cst.SimpleString) and not case.guard:
            return Comparison(self._at(pattern), "==", subject, self._constant(pattern.value))
        return None

    def _pattern(self, node: cst.CSTNode) -> None:
        if isinstance(node, (cst.MatchAs, cst.MatchStar)) and node.name is not None:
            self._bind(node.name, Unknown())
        elif isinstance(node, cst.MatchMapping) and node.rest is not None:
            self._bind(node.rest, Unknown())
        for child in children(node):
            if isinstance(child, (cst.BaseExpression, cst.MatchKeywordElement)):
                self._inside(child)
            if isinstance(
                child,
                (
                    cst.MatchPattern,
                    cst.MatchSequenceElement,
                    cst.MatchMappingElement,
                    cst.MatchKeywordElement,
                    cst.MatchOrElement,
                    cst.MatchStar,
                ),
            ):
                self._pattern(child)

    def _function(self, node: cst.FunctionDef) -> None:
        decorators = tuple(self._term(decorator.decorator) for decorator in node.decorators)
        parameters = self._parameters(node.params)
        builder = self.scope(
            ScopeKind.FUNCTION, node.name.value, self._extent(node), self._at(node.name), self._at(node)
        )
        builder.decorators, builder.parameters = decorators, parameters
        builder.returns = self._annotation(node.returns)
        builder.is_async = node.asynchronous is not None
        self._body(builder, node.body.body)
        self._define(builder)

    def _class(self, node: cst.ClassDef) -> None:
        decorators = tuple(self._term(decorator.decorator) for decorator in node.decorators)
        bases = tuple(self._argument(base) for base in (*node.bases, *node.keywords))
        builder = self.scope(ScopeKind.CLASS, node.name.value, self._extent(node), self._at(node.name), self._at(node))
        builder.decorators, builder.bases = decorators, bases
        self._body(builder, node.body.body)
        self._define(builder)

    def _body(self, builder: _Builder, body: Iterable[cst.CSTNode]) -> None:
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

    def _parameters(self, node: cst.Parameters) -> tuple[Parameter, ...]:
        found = []
        for params, only in ((node.posonly_params, "positional"), (node.params, "")):
            found += [self._parameter(param, positional_only=bool(only)) for param in params]
        if isinstance(node.star_arg, cst.Param):
            found.append(self._parameter(node.star_arg, stars=1))
        found += [self._parameter(param, keyword_only=True) for param in node.kwonly_params]
        if node.star_kwarg is not None:
            found.append(self._parameter(node.star_kwarg, stars=2))
        return tuple(found)

    def _parameter(
        self, node: cst.Param, *, stars: int = 0, keyword_only: bool = False, positional_only: bool = False
    ) -> Parameter:
        return Parameter(
            node.name.value,
            self._at(node.name),
            self._term(node.default) if node.default else None,
            self._annotation(node.annotation),
            stars,
            keyword_only,
            positional_only,
        )

    def _annotation(self, node: cst.Annotation | None) -> Term | None:
        """Lower an annotation, whose calls count as never made."""
        if node is None:
            return None
        quiet, self._quiet = self._quiet, True
        try:
            return self._term(node.annotation)
        finally:
            self._quiet = quiet

    # --- expressions

    def _term(self, node: cst.CSTNode) -> Term:
        handler = self._terms.get(type(node))
        return handler(node) if handler else Opaque(self._at(node), self._inside(node))

    def _inside(self, node: cst.CSTNode) -> tuple[Term, ...]:
        """Lower the expressions directly inside a node that has no handler of its own."""
        found: list[Term] = []
        for child in children(node):
            if isinstance(child, cst.BaseExpression):
                found.append(self._term(child))
            elif not isinstance(child, (cst.BaseParenthesizableWhitespace, cst.Comma, cst.LeftParen, cst.RightParen)):
                found.extend(self._inside(child))
        return tuple(found)

    def _name(self, node: cst.Name) -> Term:
        at = self._at(node)
        if node.value in _SINGLETONS:
            return Constant(at, _SINGLETONS[node.value])
        name = Name(at, node.value)
        self._scope.names.append(name)
        return name

    def _attribute(self, node: cst.Attribute) -> Term:
        return Attribute(self._at(node), self._term(node.value), node.attr.value, self._at(node.attr))

    def _call(self, node: cst.Call) -> Term:
        function = self._term(node.func)
        if isinstance(function, Name):
            self._scope.mentions.add(function.id)
        elif isinstance(function, Attribute):
            self._scope.mentions.add(f".{function.name}")
        call = Call(self._at(node), function, tuple(self._argument(argument) for argument in node.args))
        self._emit(Invoke(call.at, self._scope.statement, self._scope.region, call))
        return call

    def _argument(self, node: cst.Arg) -> Argument:
        return Argument(self._term(node.value), node.keyword.value if node.keyword else None, len(node.star))

    def _lambda(self, node: cst.Lambda) -> Term:
        at = self._at(node)
        builder = self.scope(ScopeKind.LAMBDA, "<lambda>", at, at, at)
        builder.parameters = self._parameters(node.params)
        with self.inside(builder):
            self._give(builder.parameters)
            body = self._term(node.body)
            self._emit(Return(body.at, builder.statement, 0, body))
        return Lambda(at, self._keep(builder))

    def _sequence(self, node: cst.Tuple | cst.List | cst.Set) -> Term:
        items = tuple(
            Starred(self._at(item.value), self._term(item.value))
            if isinstance(item, cst.StarredElement)
            else self._term(item.value)
            for item in node.elements
        )
        return Display(self._at(node), type(node).__name__.lower(), items)

    def _dict(self, node: cst.Dict) -> Term:
        keys: list[Term | None] = []
        items: list[Term] = []
        for element in node.elements:
            keys.append(self._term(element.key) if isinstance(element, cst.DictElement) else None)
            items.append(self._term(element.value))
        return Display(self._at(node), "dict", tuple(items), tuple(keys))

    def _comprehension(self, node: cst.BaseComp) -> Term:
        at = self._at(node)
        clause: cst.CompFor | None = node.for_in
        builder = self.scope(ScopeKind.COMPREHENSION, "", at, at, at)
        assert clause is not None  # noqa: S101 - the grammar demands it
        iterable = self._term(clause.iter)
        with self.inside(builder):
            builder.statement = at
            self._target(clause.target, Element(iterable))
            elements = self._clauses(clause, node)
        kind = {cst.ListComp: "list", cst.SetComp: "set", cst.DictComp: "dict"}.get(type(node), "generator")
        return Comprehension(at, kind, self._keep(builder), elements)

    def _clauses(self, clause: cst.CompFor, node: cst.BaseComp) -> tuple[Term, ...]:
        with self._region(Flow.LOOP, self._group(), self._at(node)):
            for condition in clause.ifs:
                self._evaluate(self._term(condition.test))
            inner = clause.inner_for_in
            if inner is not None:
                iterable = self._term(inner.iter)
                self._target(inner.target, Element(iterable))
                return self._clauses(inner, node)
            if isinstance(node, cst.DictComp):
                return (self._term(node.key), self._term(node.value))
            return (self._term(node.elt),)  # type: ignore[attr-defined]

    def _constant(self, node: cst.CSTNode) -> Term:
        at = self._at(node)
        try:
            value = node.evaluated_value  # type: ignore[attr-defined]
        except Exception:  # noqa: BLE001 - an odd escape or a number too long
            return Opaque(at)
        if value is None:  # a formatted one is among the concatenated
            return self._formatted(node)
        return Constant(at, value)

    def _formatted(self, node: cst.CSTNode) -> Term:
        return Formatted(self._at(node), self._inside(node))

    def _conditional(self, node: cst.IfExp) -> Term:
        test = self._term(node.test)
        group = self._group()
        with self._region(Flow.BRANCH, group, self._at(node.body), test, exhaustive=True):
            body = self._term(node.body)
        with self._region(Flow.BRANCH, group, self._at(node.orelse), test, sense=False, exhaustive=True):
            orelse = self._term(node.orelse)
        return Conditional(self._at(node), test, body, orelse)

    def _logical(self, node: cst.BooleanOperation) -> Term:
        left = self._term(node.left)
        is_and = isinstance(node.operator, cst.And)
        with self._region(Flow.BRANCH, self._group(), self._at(node.right), left, sense=is_and):
            right = self._term(node.right)
        return Logical(self._at(node), "and" if is_and else "or", left, right)

    def _unary(self, node: cst.UnaryOperation) -> Term:
        value = self._term(node.expression)
        at = self._at(node)
        if isinstance(node.operator, cst.Not):
            return Not(at, value)
        if isinstance(node.operator, cst.Minus) and isinstance(value, Constant) and isinstance(value.value, int):
            return Constant(at, -value.value)
        return Opaque(at, (value,))

    def _binary(self, node: cst.BinaryOperation) -> Term:
        left, right = self._term(node.left), self._term(node.right)
        return Combined(self._at(node), (left, right), _OPERATORS.get(type(node.operator), ""))

    def _comparison(self, node: cst.Comparison) -> Term:
        at, left = self._at(node), self._term(node.left)
        rights = [self._term(target.comparator) for target in node.comparisons]
        operator = _COMPARISONS.get(type(node.comparisons[0].operator))
        if len(rights) == 1 and operator:
            return Comparison(at, operator, left, rights[0])
        return Opaque(at, (left, *rights))

    def _subscript(self, node: cst.Subscript) -> Term:
        value = self._term(node.value)
        parts = [part for element in node.slice for part in self._inside(element)]
        if len(node.slice) == 1 and isinstance(node.slice[0].slice, cst.Slice):
            return Subscript(self._at(node), value, Slice(self._at(node), tuple(parts)))
        index = parts[0] if len(node.slice) == 1 and len(parts) == 1 else Opaque(self._at(node), tuple(parts))
        return Subscript(self._at(node), value, index)

    def _await(self, node: cst.Await) -> Term:
        return Awaited(self._at(node), self._term(node.expression))

    def _yield(self, node: cst.Yield) -> Term:
        self._scope.is_generator = True
        delegated = isinstance(node.value, cst.From)
        inner = node.value.item if isinstance(node.value, cst.From) else node.value
        term = self._term(inner) if inner else None
        scope = self._scope
        self._emit(Yield(self._at(node), scope.statement, scope.region, term, delegated))
        return Opaque(self._at(node), (term,) if term else ())

    def _walrus(self, node: cst.NamedExpr) -> Term:
        value = self._term(node.value)
        if isinstance(node.target, cst.Name):
            self._bind(node.target, Assigned(value))
            return Walrus(self._at(node), node.target.value, value)
        return Opaque(self._at(node), (value,))


@dataclass
class _Ends:
    """How a region ends, filled in while it is lowered."""

    ending: Ending = Ending.NONE


_SINGLETONS = {"None": None, "True": True, "False": False}


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


def _dotted_name(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted_name(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
