"""What a hover says: of a callable, its definition, an attribute that is in pickle's way, a pool, what makes pools, ….

A hover is a struct first; Markdown and plain text come last. It explains pickle-by-name to somebody who has never
heard of it, with the names of the program at hand.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from spawnsafe.findings import Finding
from spawnsafe.model import (
    EVERY_TARGET,
    Choice,
    Chosen,
    Crossing,
    Function,
    Guard,
    Held,
    Instance,
    Maker,
    MakerClass,
    Mapping,
    Method,
    MethodCall,
    Module,
    Scope,
    Send,
    StartMethods,
    Targets,
    Unpicklable,
    Workers,
    definitions,
    failed_lookup,
    forked_before,
    guards,
    is_renamed,
    lost_method,
    method_calls,
    only_in_main,
    stands_for,
    unfinished_class,
    workers_at,
)
from spawnsafe.model import End as PoolEnd
from spawnsafe.pages import advice_paths, read_page
from spawnsafe.rules import Rule, all_rules, find_rule
from spawnsafe.source import Point, Span

_METHODS = (StartMethods.FORK, StartMethods.SPAWN, StartMethods.FORKSERVER)


@dataclass(frozen=True, slots=True)
class Hover:
    """What is known of the text at `span`: an answer, paragraphs that explain it, and a row per start method."""

    span: Span
    answer: str
    paragraphs: tuple[str, ...] = ()
    rows: tuple[tuple[StartMethods, str], ...] = ()
    rules: tuple[str, ...] = ()
    """The codes of the rules whose pages tell more."""
    advice: tuple[str, ...] = ()
    """The titles of the pages of advice that do."""

    def markdown(self, address: Callable[[str, Path], str | None] = lambda _, path: path.as_uri()) -> str:
        """As Markdown; the first line answers.

        `address` says by which link a page opens, of a title and a file; where there is none, a command is named.
        """
        parts = [f"**{self.answer}**", *self.paragraphs]
        if self.rows:
            lines = ["| start method | default | here |", "| --- | --- | --- |"]
            lines += [f"| {method.names[0]} | {_place(method)} | {text} |" for method, text in self.rows]
            parts.append("\n".join(lines))
        if more := [_link(title, address(title, path)) for title, path in self._pages()]:
            parts.append(f"More: {', '.join(more)}")
        return "\n\n".join(parts)

    @property
    def plain(self) -> str:
        """As plain text, for clients without Markdown."""
        parts = [self.answer, *self.paragraphs]
        if self.rows:
            parts.append("\n".join(f"{method.names[0]} ({_place(method)}): {text}" for method, text in self.rows))
        if pages := [f"More: {_command(title)}" for title, _ in self._pages()]:
            parts.append("\n".join(pages))
        return "\n\n".join(parts).replace("`", "")

    def _pages(self) -> Iterator[tuple[str, Path]]:
        """Yield the pages that tell more, by their titles."""
        yield from ((rule.code, rule.page) for code in self.rules if (rule := find_rule(code)))
        yield from ((title, path) for title, path in advice_paths().items() if title in self.advice)


def _link(title: str, address: str | None) -> str:
    return f"[{title}]({address})" if address else f"`{_command(title)}`"


def _command(title: str) -> str:
    """Return what prints a page in a terminal."""
    return f"spawnsafe explain {title}"


def _place(method: StartMethods) -> str:
    return method.places.removeprefix("on ")


def hover(module: Module, point: Point) -> Hover | None:
    """Return what there is to say at a point of a module, None if nothing is known."""
    offset = module.text.offset(point)
    finding = _at_finding(module, offset)
    rest = (
        *(_at_send, _at_definition, _at_attribute, _at_mapping, _at_method_call, _at_workers),
        *(_at_plain_finding, _at_guard),
    )
    other = next(filter(None, (candidate(module, offset) for candidate in rest)), None)
    if finding is not None and other is not None and other.span in finding.span:
        # The finding may be about the call around it; who looks at its beginning wants to know what is wrong.
        return other if finding.span.start < other.span.start else finding
    return finding or other


# --- a finding ---------------------------------------------------------------------------------------------

_BY_NAME = frozenset({"lambda-target", "local-target", "guarded-target", "late-target", "rebound-target"})
_OF_WORKERS = frozenset({"unguarded-start"})


def _at_finding(module: Module, offset: int) -> Hover | None:
    """Return what a rule says here, unless the hover of a callable or of a pool tells it with more detail."""
    return _of_rules(module, offset, (rule for rule in all_rules() if rule.code not in _BY_NAME | _OF_WORKERS))


def _at_plain_finding(module: Module, offset: int) -> Hover | None:
    """Return what a rule says here, where there is no callable or pool whose hover tells it."""
    return _of_rules(module, offset, (rule for rule in all_rules() if rule.code in _BY_NAME | _OF_WORKERS))


def _of_rules(module: Module, offset: int, rules: Iterable[Rule]) -> Hover | None:
    """Return what the rule says whose finding is the innermost here."""
    point = module.text.point(offset)
    found = [(rule, each) for rule in rules for each in rule.findings(module) if _covers(each.span, point)]
    innermost = min(found, key=lambda pair: len(module.text[pair[1].span]), default=None)
    return _of_finding(*innermost) if innermost else None


def _of_finding(rule: Rule, finding: Finding) -> Hover:
    intro = read_page(rule.page).intro.split("\n\n")[0].replace("\n", " ")
    happens = ((method, bool(finding.when.methods & method)) for method in _METHODS)
    return Hover(
        finding.span,
        finding.problem.removesuffix("."),
        (intro, finding.help, *_only(finding.when.targets)),
        tuple((method, "this happens" if here else "this does not happen") for method, here in happens),
        (rule.code,),
    )


def _only(targets: Targets) -> Iterator[str]:
    """Yield where the program comes to a place, if that is not everywhere."""
    if targets != EVERY_TARGET:
        yield f"The program comes here {targets}, and nowhere else."


# --- a callable that is sent -------------------------------------------------------------------------------


def _at_send(module: Module, offset: int) -> Hover | None:
    sends = [send for send in module.sends if _covers(module.span_of(send), module.text.point(offset))]
    for send in sends:
        for scope in definitions(send.value):
            found = _of_send(module, send, scope)
            reached = send.targets & module.targets_at(found.span)
            return replace(found, paragraphs=(*found.paragraphs, *_only(reached)))
    return None


def _covers(span: Span, point: Point) -> bool:
    return span.start <= point <= span.end


def _of_send(module: Module, send: Send, scope: Scope) -> Hover:
    name = _title(send, scope)
    rules = tuple(_troubles(send, scope))
    refused = _is_refused(rules)
    if refused and StartMethods.FORK & send.when_pickled.methods:
        answer = f"{name} cannot be sent to a worker"
    elif refused:
        answer = f"{name} reaches a worker under fork alone"
    else:
        answer = f"{name} is sent to workers as `{_pickled(scope)}`"
    return Hover(
        module.span_of(send),
        answer,
        tuple(_explained(send, scope, rules)),
        tuple((method, _outcome(send, scope, method)) for method in _METHODS),
        rules,
    )


def _is_refused(rules: Iterable[str]) -> bool:
    """Whether pickle does not write the name of what is sent, or no worker can do anything with it."""
    return not {"lambda-target", "local-target", "rebound-target"}.isdisjoint(rules)


def _title(send: Send, scope: Scope) -> str:
    if scope.name == "<lambda>":
        return "This lambda"
    if isinstance(send.value, Method):
        return f"The method `{send.value.function.scope.name}` of `{scope.name}`"
    if isinstance(send.value, Instance):
        return f"An instance of `{scope.name}`"
    return f"`{scope.name}`"


def _pickled(scope: Scope) -> str:
    """Return what pickle writes for a definition."""
    return f"{_home(scope)}.{scope.qualname}"


def _home(scope: Scope) -> str:
    module = scope.module
    return module.name if module.is_imported and not module.runs_by_name_only else "__main__"


def _explained(send: Send, scope: Scope, rules: tuple[str, ...]) -> Iterator[str]:
    yield (
        "pickle sends no code. Of a function or class it writes two names, the module's and its own, "
        "and the worker imports the module and looks the name up there."
    )
    if "lambda-target" in rules:
        yield "A lambda has no name of its own (Python calls every one `<lambda>`), so pickle refuses to write it."
    elif "rebound-target" in rules and (bound := stands_for(send.value)):
        yield (
            f"A decorator bound `{bound.name}` to this function, whose own name is still `{scope.qualname}`, and no "
            "import finds that. `functools.wraps` would give it the other name."
        )
    elif "rebound-target" in rules and (lookup := failed_lookup(send)):
        found = "another object" if lookup.found else "nothing"
        yield f"Its name is `{lookup.name}`. Under that there is {found}, so pickle refuses to write it."
    elif "rebound-target" in rules and (method := lost_method(send)):
        name = method.function.scope.name
        yield f"A method is sent as its object and its name, `{name}`, and `{scope.name}` has nothing of that name."
    elif "local-target" in rules:
        yield (
            f"Its name is `{scope.qualname}`: it comes into being when `{scope.qualname.split('.<locals>')[0]}` runs, "
            "and no import finds it, so pickle refuses to write it."
        )
    elif isinstance(send.value, (Method, Instance)):
        yield f"With it goes the whole object: every attribute of this `{scope.name}` is pickled and built anew."
    if scope.module.is_notebook:
        yield "The cells run in the `__main__` of their kernel. That is no file which a fresh worker could import."
    elif _home(scope) == "__main__":
        yield (
            "Run as a program, this file is the module `__main__`; a fresh worker imports it as `__mp_main__`, "
            f"which skips the main guard. Imported, it is `{scope.module.name}`."
        )


def _troubles(send: Send, scope: Scope) -> Iterator[str]:
    """Yield the codes of the rules that have something to say."""
    if is_renamed(scope):
        return
    if stands_for(send.value) or failed_lookup(send) or lost_method(send):
        yield "rebound-target"
    elif isinstance(send.value, Function) and send.value.is_lambda:
        yield "lambda-target"
    elif scope.is_local:
        yield "local-target"
    else:
        if only_in_main(scope) and not unfinished_class(send, scope):
            yield "guarded-target"
        if forked_before(send, scope) or unfinished_class(send, scope):
            yield "late-target"
        if scope.module.is_notebook:
            yield "notebook-target"


def _outcome(send: Send, scope: Scope, method: StartMethods) -> str:
    """Return what happens here where the platform's start method is `method`."""
    troubles = set(_troubles(send, scope))
    chosen = send.methods if isinstance(send.methods, StartMethods) else None
    prefix = ""
    if chosen is not None and chosen != StartMethods.ALL and not method & chosen:
        prefix = f"the program chooses {_listed(chosen)}: "
        method = next(one for one in _METHODS if one & chosen)
    is_task = send.sender.crossing is Crossing.TASK
    if "rebound-target" in troubles and lost_method(send) and (is_task or method is not StartMethods.FORK):
        return f"{prefix}{send.sender.trouble.value}: the worker does not find the method by its name"
    if _is_refused(troubles) or unfinished_class(send, scope):
        refused = is_task or method is not StartMethods.FORK
        return prefix + ("fails: pickle refuses it in the parent" if refused else "works: the worker inherits it")
    if "guarded-target" in troubles and method is not StartMethods.FORK:
        return f"{prefix}{send.sender.trouble.value}: the worker skips the main guard and does not find it"
    if "late-target" in troubles and method is StartMethods.FORK:
        return f"{prefix}{send.sender.trouble.value}: the worker was forked before it was defined"
    if "notebook-target" in troubles and method is not StartMethods.FORK:
        return f"{prefix}{send.sender.trouble.value}: the worker runs none of the notebook's cells"
    if method is StartMethods.FORK:
        found = "found in the copy of the parent's memory" if is_task else "inherited, not pickled"
        return f"{prefix}works: {found}"
    return f"{prefix}works: a fresh Python imports `{scope.module.path.name}` and finds it"


def _listed(methods: StartMethods | Choice) -> str:
    return str(methods).replace("under ", "")


# --- a definition that is sent somewhere -------------------------------------------------------------------


def _at_definition(module: Module, offset: int) -> Hover | None:
    for scope in module.scopes:
        if scope.facts is None or not (scope.is_function or scope.is_class) or scope.name == "<lambda>":
            continue
        start, end = scope.block.place(scope.facts.name_at)
        if start <= offset <= end:
            sends = module.sends_of(scope)
            return _of_definition(module, scope, sends) if sends else None
    return None


def _of_definition(module: Module, scope: Scope, sends: list[Send]) -> Hover:
    assert scope.facts is not None  # noqa: S101 - only a module has none
    places = {module.span_of(send): send for send in sends}
    lines = sorted({f"`{send.api}` in line {span.start.line + 1}" for span, send in places.items()})
    count = f"{len(places)} place" + "s" * (len(places) > 1)
    first = sends[0]
    inner = _of_send(module, first, scope)
    return Hover(
        module.span(scope.block, scope.facts.name_at),
        f"`{scope.name}` is sent to workers from {count}",
        (f"By {', '.join(lines)}.", *inner.paragraphs),
        inner.rows,
        inner.rules,
    )


# --- attributes that keep an object from being sent --------------------------------------------------------


def _at_attribute(module: Module, offset: int) -> Hover | None:
    """Return what there is to say where an attribute is set that pickle refuses with its object."""
    point = module.text.point(offset)
    for sender in (module, *module.senders):
        for send, why in sender.refused:
            for held in why.path:
                span = held.cls.module.span(held.step.block, held.step.event.at)
                if held.cls.module is module and _covers(span, point):
                    return _of_attribute(module, span, send, why, held)
    return None


def _of_attribute(module: Module, span: Span, send: Send, why: Unpicklable, held: Held) -> Hover:
    home = send.site.scope.module
    sent = f"`{send.api}` in {_line(module, home, home.span_of(send))} sends the whole `{why.path[0].cls.name}`."
    refused = send.when_pickled.on(why.pythons).methods
    outcomes = ("fails: pickle refuses it in the parent" if refused & each else "works: inherited" for each in _METHODS)
    return Hover(
        span,
        f"`{held.name}` keeps `{held.cls.name}` from being pickled",
        (f"`{why.dotted}` {why.verb} {why.what}. {sent}", "With an object goes every attribute that it has."),
        tuple(zip(_METHODS, outcomes, strict=True)),
        ("unpicklable-instance",),
    )


# --- calls that send many items ----------------------------------------------------------------------------


_ON_SENDING = ("chunksize", "large-data")
"""The pages of advice about such calls."""


def _at_mapping(module: Module, offset: int) -> Hover | None:
    point = module.text.point(offset)
    for mapping in module.mappings:
        send = mapping.send
        places = [mapping.name_at] if mapping.is_direct else []
        places += [mapping.chunksize.at] if mapping.chunksize is not None else []
        for span in (module.span(send.site.block, at) for at in places):
            if _covers(span, point):
                return Hover(span, _chunks(mapping), tuple(_chunking(mapping)), (), ("default-chunksize",), _ON_SENDING)
    return None


def _chunks(mapping: Mapping) -> str:
    """Return how many tasks a call sends, as far as that is known."""
    api, chunk = mapping.send.api, mapping.chunk
    if mapping.count is not None and mapping.tasks is not None:
        sent = f"`{api}` sends {_many(mapping.count, 'item')} as {_many(mapping.tasks, 'task')}"
        return f"{sent}, {chunk:,} to each" if chunk != 1 else sent
    if mapping.sender.is_chunked and mapping.chunksize is None:
        return f"`{api}` sends its items in chunks, about four for each worker"
    return f"`{api}` sends each item as a task" if chunk == 1 else f"`{api}` sends its items in chunks"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + "s" * (count != 1)


def _chunking(mapping: Mapping) -> Iterator[str]:
    yield f"It {mapping.reckoning}."
    if mapping.sender.is_chunked and mapping.chunksize is None:
        yield (
            "CPython computes `chunksize, extra = divmod(len(iterable), 4 * workers)` and adds 1 if there is a "
            "remainder. What is no container is made a list first, so that it has a length."
        )
    elif mapping.chunksize is None:
        yield "`Pool.map` would divide them by four times the number of workers; here `chunksize` has to say so."
    if mapping.sender.is_lazy:
        yield "Items are read while others are worked on, as far ahead as a pipe holds."
    elif not mapping.sender.is_chunked:
        yield "All items are read, and all tasks made, before the first result is given."


# --- pools and what makes them -----------------------------------------------------------------------------


def _at_workers(module: Module, offset: int) -> Hover | None:
    for term, block, value in workers_at(module, offset):
        span = module.span(block, term)
        if isinstance(value, MakerClass):
            return _of_maker(module, span, value.maker, value.methods)
        return _of_workers(module, span, value)
    return None


_BORN = {
    "pool": "Its workers start when it is made.",
    "executor": "Its workers start with the first task.",
    "process": "Its worker starts with `start()`.",
    "loader": "Its workers start when it is iterated.",
    "manager": "Its server process starts when it is made, or with `start()`.",
}
_IMPORTS = "imports this file, but for what stands under the main guard"


def _sees(module: Module) -> tuple[tuple[StartMethods, str], ...]:
    """Return what workers see of a file, a row for each start method."""
    fresh = "runs none of the notebook's cells" if module.is_notebook else _IMPORTS
    return (
        (StartMethods.FORK, "a worker is a copy of this process: what is defined or assigned later, it never sees"),
        (StartMethods.SPAWN, f"a worker is a fresh Python that {fresh}"),
        (
            StartMethods.FORKSERVER,
            f"a worker is a copy of a fresh Python that shares nothing with this process; it {fresh}",
        ),
    )


_ON_WORKERS = ("context-managers", "start-methods")
"""The pages of advice about what makes workers."""


def _of_maker(module: Module, span: Span, maker: Maker, methods: Chosen) -> Hover:
    return Hover(
        span,
        f"`{module.text[span]}` makes {_article(maker.noun)} with worker processes",
        (_BORN[maker.noun], *_choice(methods)),
        _sees(module),
        ("unguarded-start",),
        _ON_WORKERS,
    )


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _of_workers(module: Module, span: Span, workers: Workers) -> Hover:
    made = ""
    if workers.call is not None and workers.site is not None:
        home = workers.site.scope.module
        made = f"Made in {_line(module, home, home.span(workers.site.block, workers.call.at))}. "
    chosen = module.methods_of(workers.methods)
    return Hover(
        span,
        f"`{module.text[span]}` is {_article(workers.maker.noun)} with worker processes",
        (f"{made}{_BORN[workers.maker.noun]} {_ending(module, workers)}".strip(), *_choice(chosen)),
        _sees(module),
        ("unguarded-start",),
        _ON_WORKERS,
    )


def _line(module: Module, home: Module, span: Span) -> str:
    """Return how the line of a span in a file is called in a hover of another one, or the same."""
    return f"line {span.start.line + 1}" + (f" of `{home.path.name}`" if home is not module else "")


def _choice(methods: Chosen) -> Iterator[str]:
    if methods is not None and methods != StartMethods.ALL and _listed(methods):
        yield f"The program chooses {_listed(methods)} here, whatever the platform's default is."


# --- start methods and the main guard ----------------------------------------------------------------------


def _at_method_call(module: Module, offset: int) -> Hover | None:
    point = module.text.point(offset)
    for asked in method_calls(module):
        span = module.span(asked.step.block, asked.call.function.at)
        if not _covers(span, point):
            continue
        rules = ("repeated-start-method",) if asked.name == "set_start_method" else ()
        return Hover(span, _asked(asked), (_ASKED[asked.name],), _sees(module), rules, ("start-methods",))
    return None


def _asked(asked: MethodCall) -> str:
    """Return what a call that chooses or asks for a start method comes to."""
    chosen = asked.chosen
    if asked.name == "get_start_method":
        return "The start method of this program, or of the platform if it chooses none"
    if asked.name == "set_start_method":
        if chosen is None or chosen == StartMethods.ALL:
            return "This chooses how workers start"
        return f"Workers start by {_listed(chosen)} from here on"
    if chosen is None:
        return "A context that starts workers as the program or the platform does"
    if chosen == StartMethods.ALL:
        return "A context with a start method of its own"
    return f"A context that starts workers by {_listed(chosen)}, whatever the platform's default is"


_ASKED = {
    "set_start_method": (
        "It can be chosen once in a program, before anything needs it, and under the main guard: a fresh worker that "
        "imports this file has its start method already."
    ),
    "get_context": (
        "What is made through a context starts as the context says, whatever the rest of the program chooses. A lock "
        "or queue of a context that forks is refused by processes that start otherwise."
    ),
    "get_start_method": (
        "Asking fixes it: where nothing was chosen, the platform's default is chosen from here on, and "
        "`set_start_method` comes too late. `allow_none=True` only looks."
    ),
}


def _at_guard(module: Module, offset: int) -> Hover | None:
    point = module.text.point(offset)
    for guard in guards(module) if not module.is_notebook else ():  # whose cells no worker imports
        span = module.span(guard.block, guard.at)
        if _covers(span, point):
            holds = "in the main program alone" if guard.is_main else "in workers and other imports alone"
            told = (_FRESH_IMPORT, _ABOUT_GUARD) if guard.is_main else (_FRESH_IMPORT,)
            return Hover(span, f"This holds {holds}", told, _guarding(guard), _GUARDED)
    return None


_FRESH_IMPORT = (
    "A fresh worker imports this file to find the functions that it is sent. There `__name__` is `__mp_main__`, not "
    "`__main__`."
)
_ABOUT_GUARD = (
    "What starts workers belongs under this guard, or every worker would start workers; what workers call belongs "
    "above it, or they do not find it."
)
_GUARDED = ("unguarded-start", "guarded-target")
"""The rules about what stands on the wrong side of the guard."""


def _guarding(guard: Guard) -> tuple[tuple[StartMethods, str], ...]:
    fresh = "a worker imports this file and " + ("skips what is under it" if guard.is_main else "runs what is under it")
    copied = "a worker is a copy of this process and does not come here again"
    return tuple((method, copied if method is StartMethods.FORK else fresh) for method in _METHODS)


_ENDS = {
    PoolEnd.WITH: "A `with` ends it.",
    PoolEnd.ALWAYS_CLOSED: "It is closed in any case.",
    PoolEnd.CLOSED: "It is closed on some paths.",
    PoolEnd.OPEN: "",
}


def _ending(module: Module, workers: Workers) -> str:
    life = next((life for life in module.lives if life.workers.call is workers.call), None)
    return _ENDS[life.end] if life is not None and workers.maker.noun in ("pool", "executor") else ""
