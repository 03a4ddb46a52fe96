"""Parses with libcst what the Python that runs does not know yet, and tells it as nodes of Python's own.

Only what is lowered is told: of type parameters, for example, nothing. All places are columns of line 0.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, TypeVar

import libcst as cst

from spawnsafe.syntax.parse import children, parse

_Node = TypeVar("_Node", bound=ast.AST)


def parse_newer(text: str) -> list[ast.stmt]:
    """Parse a run of whole statements that begin in column 0. Raises Unparsable."""
    tree = parse(text)
    return _Conversion(text, tree.spans).suite(tree.module.body)


class _Unknown(ast.expr):
    """What Python has no node for, with the expressions in it."""

    _fields = ("parts",)

    def __init__(self, parts: Sequence[ast.expr] = ()) -> None:
        super().__init__()
        self.parts = list(parts)


class _Conversion:
    """One method for each kind of node, found by the node's type; what has none is told by what is in it."""

    def __init__(self, text: str, spans: dict[int, tuple[int, int]]) -> None:
        self._text = text
        self._spans = spans

    def _placed(self, node: _Node, of: cst.CSTNode, *others: cst.CSTNode) -> _Node:
        """Let a node stand where another one does, up to the end of the last of others."""
        start, end = self._span(of)
        for other in others:
            end = self._span(other)[1]
        node.lineno = node.end_lineno = 0  # type: ignore[attr-defined]  # as of each node that has a place
        node.col_offset, node.end_col_offset = start, end  # type: ignore[attr-defined]
        return node

    def _span(self, node: cst.CSTNode) -> tuple[int, int]:
        found = self._spans.get(id(node))
        if found is not None:
            return found
        inner = [self._spans[id(child)] for child in children(node) if id(child) in self._spans]
        return (inner[0][0], inner[-1][1]) if inner else (0, 0)

    # --- statements

    def suite(self, body: Iterable[cst.CSTNode]) -> list[ast.stmt]:
        """Return statements; those of one line one by one."""
        found: list[ast.stmt] = []
        for node in body:
            if isinstance(node, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
                found += self.suite(node.body)
            else:
                handler = self._STATEMENTS.get(type(node))
                found.append(self._placed(handler(self, node) if handler else self._other(node), node))
        return found

    def _block(self, node: Any) -> list[ast.stmt]:  # noqa: ANN401 - as all that follows: whatever holds a suite
        return self.suite(node.body.body) if node is not None else []

    def _other(self, node: cst.CSTNode) -> ast.stmt:
        return ast.Pass() if isinstance(node, cst.Pass) else ast.Expr(self._unknown(node))

    def _expression(self, node: cst.Expr) -> ast.stmt:
        return ast.Expr(self._term(node.value))

    def _assign(self, node: cst.Assign) -> ast.stmt:
        return ast.Assign([self._term(target.target) for target in node.targets], self._term(node.value))

    def _annotated(self, node: cst.AnnAssign) -> ast.stmt:
        value = self._term(node.value) if node.value else None
        return ast.AnnAssign(self._term(node.target), self._term(node.annotation.annotation), value, 0)

    def _augmented(self, node: cst.AugAssign) -> ast.stmt:
        operator = _OPERATORS[type(node.operator).__name__.removesuffix("Assign")]
        return ast.AugAssign(self._term(node.target), operator(), self._term(node.value))

    def _return(self, node: cst.Return) -> ast.stmt:
        return ast.Return(self._term_or_none(node.value))

    def _raise(self, node: cst.Raise) -> ast.stmt:
        return ast.Raise(self._term_or_none(node.exc), self._term(node.cause.item) if node.cause else None)

    def _assert(self, node: cst.Assert) -> ast.stmt:
        return ast.Assert(self._term(node.test), self._term_or_none(node.msg))

    def _delete(self, node: cst.Del) -> ast.stmt:
        return ast.Delete([self._term(node.target)])

    def _global(self, node: cst.Global) -> ast.stmt:
        return ast.Global([item.name.value for item in node.names])

    def _nonlocal(self, node: cst.Nonlocal) -> ast.stmt:
        return ast.Nonlocal([item.name.value for item in node.names])

    def _import(self, node: cst.Import) -> ast.stmt:
        return ast.Import([self._alias(alias) for alias in node.names])

    def _import_from(self, node: cst.ImportFrom) -> ast.stmt:
        aliases = () if isinstance(node.names, cst.ImportStar) else node.names
        names = [self._alias(alias) for alias in aliases] or [ast.alias("*")]
        return ast.ImportFrom(_dotted(node.module) if node.module else None, names, len(node.relative))

    def _alias(self, node: cst.ImportAlias) -> ast.alias:
        bound = node.asname.name if node.asname else None
        made = ast.alias(_dotted(node.name), bound.value if isinstance(bound, cst.Name) else None)
        return self._placed(made, node.name, *((bound,) if bound else ()))

    def _if(self, node: cst.If) -> ast.stmt:
        orelse = self.suite([node.orelse]) if isinstance(node.orelse, cst.If) else self._block(node.orelse)
        return ast.If(self._term(node.test), self._block(node), orelse)

    def _for(self, node: cst.For) -> ast.stmt:
        make = ast.AsyncFor if node.asynchronous else ast.For
        return make(self._term(node.target), self._term(node.iter), self._block(node), self._block(node.orelse))

    def _while(self, node: cst.While) -> ast.stmt:
        return ast.While(self._term(node.test), self._block(node), self._block(node.orelse))

    def _with(self, node: cst.With) -> ast.stmt:
        items = [
            ast.withitem(self._term(item.item), self._term(item.asname.name) if item.asname else None)
            for item in node.items
        ]
        return (ast.AsyncWith if node.asynchronous else ast.With)(items, self._block(node))

    def _try(self, node: cst.Try | cst.TryStar) -> ast.stmt:
        make = ast.TryStar if isinstance(node, cst.TryStar) else ast.Try
        handlers = [self._handler(handler) for handler in node.handlers]
        return make(self._block(node), handlers, self._block(node.orelse), self._block(node.finalbody))

    def _handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler) -> ast.ExceptHandler:
        name = node.name.name if node.name else None
        bound = name.value if isinstance(name, cst.Name) else None
        return self._placed(ast.ExceptHandler(self._term_or_none(node.type), bound, self._block(node)), node)

    def _match(self, node: cst.Match) -> ast.stmt:
        cases = [
            ast.match_case(self._pattern(case.pattern), self._term_or_none(case.guard), self._block(case))
            for case in node.cases
        ]
        return ast.Match(self._term(node.subject), cases)

    def _pattern(self, node: Any) -> ast.pattern:  # noqa: ANN401
        """Return a pattern: what it binds, compares with and holds, whatever it looks like."""
        inner = list(self._inner_patterns(node))
        made: ast.pattern
        if isinstance(node, (cst.MatchAs, cst.MatchStar)):
            name = node.name.value if node.name else None
            is_star = isinstance(node, cst.MatchStar)
            made = ast.MatchStar(name) if is_star else ast.MatchAs(inner[0] if inner else None, name)
        elif isinstance(node, cst.MatchValue):
            made = ast.MatchValue(self._term(node.value))
        elif isinstance(node, cst.MatchSingleton):
            made = ast.MatchSingleton(None)
        elif isinstance(node, cst.MatchMapping):
            keys = [self._term(element.key) for element in node.elements]
            made = ast.MatchMapping(keys, inner, node.rest.value if node.rest else None)
        elif isinstance(node, cst.MatchClass):
            made = ast.MatchClass(self._term(node.cls), inner, [], [])
        else:
            made = ast.MatchSequence(inner)
        return self._placed(made, node)

    def _inner_patterns(self, node: cst.CSTNode) -> Iterator[ast.pattern]:
        for child in children(node):
            if isinstance(child, (cst.MatchPattern, cst.MatchStar)):
                yield self._pattern(child)
            elif not isinstance(child, cst.BaseExpression):
                yield from self._inner_patterns(child)

    def _function(self, node: cst.FunctionDef) -> ast.stmt:
        make = ast.AsyncFunctionDef if node.asynchronous else ast.FunctionDef
        returns = self._term(node.returns.annotation) if node.returns else None
        return make(node.name.value, self._parameters(node.params), self._block(node), self._decorators(node), returns)

    def _class(self, node: cst.ClassDef) -> ast.stmt:
        bases, keywords = self._arguments((*node.bases, *node.keywords))
        return ast.ClassDef(node.name.value, bases, keywords, self._block(node), self._decorators(node))

    def _decorators(self, node: cst.FunctionDef | cst.ClassDef) -> list[ast.expr]:
        return [self._term(decorator.decorator) for decorator in node.decorators]

    def _parameters(self, node: cst.Parameters) -> ast.arguments:
        positional = (*node.posonly_params, *node.params)
        star = node.star_arg
        return ast.arguments(
            [self._parameter(each) for each in node.posonly_params],
            [self._parameter(each) for each in node.params],
            self._parameter(star) if isinstance(star, cst.Param) else None,
            [self._parameter(each) for each in node.kwonly_params],
            [self._term_or_none(each.default) for each in node.kwonly_params],
            self._parameter(node.star_kwarg) if node.star_kwarg else None,
            [self._term(each.default) for each in positional if each.default],
        )

    def _parameter(self, node: cst.Param) -> ast.arg:
        annotation = self._term(node.annotation.annotation) if node.annotation else None
        return self._placed(ast.arg(node.name.value, annotation), node.name)

    # --- expressions

    def _term(self, node: cst.CSTNode) -> Any:  # noqa: ANN401 - an expression, in places where only some may stand
        handler = self._TERMS.get(type(node))
        made: Any = self._placed(handler(self, node) if handler else self._unknown(node), node)
        if isinstance(node, cst.GeneratorExp) or (isinstance(node, cst.Tuple) and node.lpar):  # places with parentheses
            made.col_offset = self._text.rindex("(", 0, made.col_offset)
            made.end_col_offset = self._text.index(")", made.end_col_offset) + 1
        return made

    def _term_or_none(self, node: cst.CSTNode | None) -> Any:  # noqa: ANN401 - the same
        return self._term(node) if node else None

    def _unknown(self, node: cst.CSTNode) -> ast.expr:
        return self._placed(_Unknown([*self._terms_in(node)]), node)

    def _terms_in(self, node: cst.CSTNode) -> Iterator[ast.expr]:
        for child in children(node):
            if isinstance(child, cst.BaseExpression):
                yield self._term(child)
            else:
                yield from self._terms_in(child)

    def _name(self, node: cst.Name) -> ast.expr:
        return ast.Constant(_SINGLETONS[node.value]) if node.value in _SINGLETONS else ast.Name(node.value)

    def _attribute(self, node: cst.Attribute) -> ast.expr:
        return ast.Attribute(self._term(node.value), node.attr.value)

    def _call(self, node: cst.Call) -> ast.expr:
        return ast.Call(self._term(node.func), *self._arguments(node.args))

    def _arguments(self, arguments: Sequence[cst.Arg]) -> tuple[list[ast.expr], list[ast.keyword]]:
        terms: list[ast.expr] = []
        keywords: list[ast.keyword] = []
        for each in arguments:
            value = self._term(each.value)
            if each.keyword or each.star == "**":
                made = ast.keyword(each.keyword.value if each.keyword else None, value)
                keywords.append(self._placed(made, each.value))
            else:
                terms.append(self._placed(ast.Starred(value), each.value) if each.star else value)
        return terms, keywords

    def _lambda(self, node: cst.Lambda) -> ast.expr:
        return ast.Lambda(self._parameters(node.params), self._term(node.body))

    def _tuple(self, node: cst.Tuple) -> ast.expr:
        return ast.Tuple(self._elements(node.elements))

    def _list(self, node: cst.List) -> ast.expr:
        return ast.List(self._elements(node.elements))

    def _set(self, node: cst.Set) -> ast.expr:
        return ast.Set(self._elements(node.elements))

    def _elements(self, elements: Sequence[cst.BaseElement]) -> list[ast.expr]:
        return [
            self._placed(ast.Starred(self._term(each.value)), each.value)
            if isinstance(each, cst.StarredElement)
            else self._term(each.value)
            for each in elements
        ]

    def _dict(self, node: cst.Dict) -> ast.expr:
        keys = [self._term(each.key) if isinstance(each, cst.DictElement) else None for each in node.elements]
        return ast.Dict(keys, [self._term(each.value) for each in node.elements])

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> ast.expr:
        make = {cst.ListComp: ast.ListComp, cst.SetComp: ast.SetComp}.get(type(node), ast.GeneratorExp)
        return make(self._term(node.elt), self._clauses(node.for_in))

    def _dict_comprehension(self, node: cst.DictComp) -> ast.expr:
        return ast.DictComp(self._term(node.key), self._term(node.value), self._clauses(node.for_in))

    def _clauses(self, clause: cst.CompFor | None) -> list[ast.comprehension]:
        found = []
        while clause is not None:
            tests = [self._term(each.test) for each in clause.ifs]
            found.append(ast.comprehension(self._term(clause.target), self._term(clause.iter), tests, 0))
            clause = clause.inner_for_in
        return found

    def _constant(self, node: Any) -> ast.expr:  # noqa: ANN401
        try:
            value = node.evaluated_value
        except Exception:  # noqa: BLE001 - an odd escape or a number too long
            return _Unknown()
        return self._formatted(node) if value is None else ast.Constant(value)  # None: one of those joined is formatted

    def _formatted(self, node: cst.CSTNode) -> ast.expr:
        return ast.JoinedStr([ast.FormattedValue(term, -1) for term in self._terms_in(node)])

    def _conditional(self, node: cst.IfExp) -> ast.expr:
        return ast.IfExp(self._term(node.test), self._term(node.body), self._term(node.orelse))

    def _logical(self, node: cst.BooleanOperation) -> ast.expr:
        operator = ast.And() if isinstance(node.operator, cst.And) else ast.Or()
        return ast.BoolOp(operator, [self._term(node.left), self._term(node.right)])

    def _binary(self, node: cst.BinaryOperation) -> ast.expr:
        return ast.BinOp(self._term(node.left), _OPERATORS[type(node.operator).__name__](), self._term(node.right))

    def _unary(self, node: cst.UnaryOperation) -> ast.expr:
        operator = {cst.Not: ast.Not, cst.Minus: ast.USub}.get(type(node.operator), ast.UAdd)
        return ast.UnaryOp(operator(), self._term(node.expression))

    def _comparison(self, node: cst.Comparison) -> ast.expr:
        operators = [_COMPARISONS[type(each.operator)]() for each in node.comparisons]
        return ast.Compare(self._term(node.left), operators, [self._term(each.comparator) for each in node.comparisons])

    def _subscript(self, node: cst.Subscript) -> ast.expr:
        parts = [self._index(each.slice) for each in node.slice]
        whole = parts[0] if len(parts) == 1 else self._placed(ast.Tuple(parts), *(each.slice for each in node.slice))
        return ast.Subscript(self._term(node.value), whole)

    def _index(self, node: cst.BaseSlice) -> ast.expr:
        if isinstance(node, cst.Slice):
            bounds = [self._term_or_none(bound) for bound in (node.lower, node.upper, node.step)]
            return self._placed(ast.Slice(*bounds), node)
        assert isinstance(node, cst.Index)  # noqa: S101 - there is no other
        value = self._term(node.value)
        return self._placed(ast.Starred(value), node.value) if node.star else value

    def _await(self, node: cst.Await) -> ast.expr:
        return ast.Await(self._term(node.expression))

    def _yield(self, node: cst.Yield) -> ast.expr:
        if isinstance(node.value, cst.From):
            return ast.YieldFrom(self._term(node.value.item))
        return ast.Yield(self._term_or_none(node.value))

    def _walrus(self, node: cst.NamedExpr) -> ast.expr:
        return ast.NamedExpr(self._term(node.target), self._term(node.value))

    _TERMS: ClassVar[dict[type[cst.CSTNode], Callable[["_Conversion", Any], ast.expr]]] = {
        cst.Name: _name,
        cst.Attribute: _attribute,
        cst.Call: _call,
        cst.Lambda: _lambda,
        cst.Tuple: _tuple,
        cst.List: _list,
        cst.Set: _set,
        cst.Dict: _dict,
        cst.ListComp: _comprehension,
        cst.SetComp: _comprehension,
        cst.GeneratorExp: _comprehension,
        cst.DictComp: _dict_comprehension,
        cst.SimpleString: _constant,
        cst.ConcatenatedString: _constant,
        cst.FormattedString: _formatted,
        cst.Integer: _constant,
        cst.Float: _constant,
        cst.Imaginary: _constant,
        cst.IfExp: _conditional,
        cst.BooleanOperation: _logical,
        cst.BinaryOperation: _binary,
        cst.UnaryOperation: _unary,
        cst.Comparison: _comparison,
        cst.Subscript: _subscript,
        cst.Await: _await,
        cst.Yield: _yield,
        cst.NamedExpr: _walrus,
    }
    _STATEMENTS: ClassVar[dict[type[cst.CSTNode], Callable[["_Conversion", Any], ast.stmt]]] = {
        cst.FunctionDef: _function,
        cst.ClassDef: _class,
        cst.If: _if,
        cst.For: _for,
        cst.While: _while,
        cst.With: _with,
        cst.Try: _try,
        cst.TryStar: _try,
        cst.Match: _match,
        cst.Expr: _expression,
        cst.Assign: _assign,
        cst.AnnAssign: _annotated,
        cst.AugAssign: _augmented,
        cst.Return: _return,
        cst.Raise: _raise,
        cst.Assert: _assert,
        cst.Del: _delete,
        cst.Global: _global,
        cst.Nonlocal: _nonlocal,
        cst.Import: _import,
        cst.ImportFrom: _import_from,
        cst.Break: lambda *_: ast.Break(),
        cst.Continue: lambda *_: ast.Continue(),
    }


_SINGLETONS = {"None": None, "True": True, "False": False}
_OPERATORS: dict[str, type[ast.operator]] = {
    "Add": ast.Add,
    "BitAnd": ast.BitAnd,
    "BitOr": ast.BitOr,
    "BitXor": ast.BitXor,
    "Divide": ast.Div,
    "FloorDivide": ast.FloorDiv,
    "LeftShift": ast.LShift,
    "MatrixMultiply": ast.MatMult,
    "Modulo": ast.Mod,
    "Multiply": ast.Mult,
    "Power": ast.Pow,
    "RightShift": ast.RShift,
    "Subtract": ast.Sub,
}
_COMPARISONS: dict[type[cst.CSTNode], type[ast.cmpop]] = {
    cst.Equal: ast.Eq,
    cst.NotEqual: ast.NotEq,
    cst.In: ast.In,
    cst.NotIn: ast.NotIn,
    cst.Is: ast.Is,
    cst.IsNot: ast.IsNot,
    cst.LessThan: ast.Lt,
    cst.LessThanEqual: ast.LtE,
    cst.GreaterThan: ast.Gt,
    cst.GreaterThanEqual: ast.GtE,
}


def _dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""
