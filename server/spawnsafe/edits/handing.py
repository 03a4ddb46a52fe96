"""Hands workers the variables of the parent when they start: by an initializer, or as arguments of their process."""

from spawnsafe.edits.arguments import added_first, added_item, added_keyword, added_parameter
from spawnsafe.edits.borrow import Refusal
from spawnsafe.edits.imports import importing
from spawnsafe.edits.naming import is_free
from spawnsafe.edits.replace import replacement
from spawnsafe.edits.text import indent_unit, indentation, whole_lines, with_comments
from spawnsafe.findings import FileEdit, Fix
from spawnsafe.model import apis
from spawnsafe.model.flow import evaluate, slot
from spawnsafe.model.names import Scope, Site
from spawnsafe.model.pickling.pickles import unpicklable_variable
from spawnsafe.model.sends import Send
from spawnsafe.model.start.globals import Unseen, Unshared
from spawnsafe.model.values import Function, Workers
from spawnsafe.syntax import Block, facts


def hand_over(unknown: Unseen | Unshared) -> Fix | Refusal:
    """Return the repair that hands workers a variable which they do not know, or of which each has its own.

    It is never safe: what is handed over must pickle, and the program may rely on each worker having its own.
    """
    workers, use = unknown.work.send.origin.workers, unknown.use
    if workers.call is None or workers.site is None or use.home.module is not workers.site.scope.module:
        return Refusal("the other file would have to change")
    if not use.home.is_module or workers.site.scope.home(use.name) is not use.home:
        return Refusal(f"`{use.name}` is no variable of the module where the workers are made")
    if isinstance(unknown, Unseen) and (reason := _why_not(unknown)):
        return Refusal(reason)
    edits = _by_argument(unknown) if workers.maker is apis.PROCESS else _by_initializer(workers, unknown)
    if isinstance(edits, Refusal):
        return edits
    how = "as an argument" if workers.maker is apis.PROCESS else "by an initializer"
    return Fix(f"Hand over `{use.name}` {how}", tuple(edits), safe=False)


def _why_not(unseen: Unseen) -> str:
    """Return why a variable cannot be handed over, empty if it can."""
    name = unseen.use.name
    if unseen.is_late:
        return f"`{name}` is not there yet when the workers are made"
    if unseen.manner != "assignment" or unpicklable_variable(unseen.step, apis.Crossing.START):
        return f"`{name}` does not pickle"
    return ""


def pass_along(unseen: Unseen) -> Fix | Refusal:
    """Return the repair that passes a variable, which is set when the workers are there, with each task.

    It is never safe: what is passed must pickle, which takes its time with each task.
    """
    use, name = unseen.use, unseen.use.name
    scope, module = use.visit.scope, use.home.module
    sends = _sends_of_target(unseen)
    if isinstance(sends, Refusal):
        return sends
    if not all(send.is_task and not send.inner and isinstance(send.term, facts.Name) for send in sends):
        return Refusal(f"`{scope.name}` is sent as its worker starts")
    if unseen.manner != "assignment" or unpicklable_variable(unseen.step, apis.Crossing.TASK):
        return Refusal(f"`{name}` does not pickle")
    found = importing(module, "functools", "partial", [send.site.scope for send in sends], scope.block.start)
    parameter = added_first(scope, name)
    if found is None or parameter is None:
        return Refusal("the names `partial` and `functools` are taken")
    edits = [parameter, *([replacement(module, *found.change)] if found.change else [])]
    for send in sends:
        extent = send.site.block.place(send.term.at)
        edits.append(replacement(module, extent, f"{found.code}({scope.name}, {name})"))
    return Fix(f"Pass `{name}` with `partial`", tuple(edits), safe=False)


# --- pools and executors -----------------------------------------------------------------------------------


def _by_initializer(workers: Workers, unknown: Unseen | Unshared) -> list[FileEdit] | Refusal:
    call, site, making, name = workers.call, workers.site, workers.maker.making, unknown.use.name
    assert call is not None  # noqa: S101 - the caller looked
    assert site is not None  # noqa: S101
    if making is None or making.arguments is None or making.callable.names != ("initializer",):
        return Refusal(f"the {workers.maker.noun} takes no initializer")
    if any(passed.stars for passed in call.arguments):
        return Refusal(f"not all that the {workers.maker.noun} is given stands there")
    initializer, passed = slot(call, making.callable), slot(call, making.arguments)
    if initializer is not None:
        return _in_initializer(initializer, passed, site, name)
    if passed is not None or len([each for each in call.arguments if not each.keyword]) > (
        making.callable.position or 0
    ):
        return Refusal(f"the {workers.maker.noun} is given an initializer by position")
    module, names = site.scope.module, ("prepare_worker", f"set_{name}")
    setter = next((each for each in names if is_free(module, each, [site.scope])), "")
    if not setter:
        return Refusal(f"the name `{names[-1]}` is taken")
    top = _top_block(unknown.use.visit.scope)
    if top.start >= _top_block(site.scope).start and not site.scope.is_module:
        return Refusal("the workers are made above what they run")
    given = _parameter(name)
    unit, newline, text = indent_unit(module.document.text), module.text.newline, module.document.text
    lines = [f"def {setter}({given}):", f"{unit}global {name}", f"{unit}{name} = {given}", "", ""]
    start = with_comments(text, (top.start, top.end))[0]
    added = f"initializer={setter}, initargs=({name},)"
    return [
        replacement(module, (start, start), "".join(line + newline for line in lines)),
        added_keyword(module, site.block, call, added),
    ]


def _parameter(name: str) -> str:
    """Return what the parameter of an initializer is called that sets a variable."""
    return f"{name.lower()}_value"


def _top_block(scope: Scope) -> Block:
    while scope.parent is not None and not scope.parent.is_module:
        scope = scope.parent
    return scope.block


def _in_initializer(
    initializer: facts.Term, passed: facts.Term | None, site: Site, name: str
) -> list[FileEdit] | Refusal:
    """Return the edits that let the initializer which there is set the variable as well."""
    from spawnsafe.edits.trees import body_of  # noqa: PLC0415 - libcst, for a repair alone

    match evaluate(initializer, site):
        case (Function(scope=scope, call=None),) if scope.module is site.scope.module and not scope.is_local:
            pass
        case _:
            return Refusal("the workers have an initializer already")
    module, text, given = scope.module, scope.module.document.text, _parameter(name)
    known = {each.name for each in scope.parameters} | scope.bound | {read.id for read, _ in scope.reads}
    parameter = added_parameter(scope, given)
    if parameter is None or {name, given} & known or len(list(_reads(scope))) != 1 or scope.facts is None:
        return Refusal(f"the workers have an initializer already, `{scope.name}`")
    if passed is None:
        return Refusal(f"`{scope.name}` is given nothing")
    if not isinstance(passed, facts.Display) or passed.kind not in ("tuple", "list"):
        return Refusal(f"what `{scope.name}` is given does not stand there")
    start, end = whole_lines(text, scope.block.place(scope.facts.at))
    offset, on_own_line, _ = body_of(text[start:end], is_indented=bool(indentation(text, start)))
    if not on_own_line:
        return Refusal(f"`{scope.name}` stands in one line")
    place = with_comments(text, (start + offset, start + offset))[0]
    indent, newline = indentation(text, start + offset), module.text.newline
    code = f"{indent}global {name}{newline}{indent}{name} = {given}{newline}"
    return [parameter, replacement(module, (place, place), code), added_item(module, site.block, passed, name)]


def _reads(function: Scope) -> list[tuple[facts.Name, Block]]:
    """Return where a file reads the name of a function of the module."""
    module = function.module
    return [
        read
        for scope in module.scopes
        if scope.home(function.name) is module.scope
        for read in scope.reads
        if read[0].id == function.name
    ]


# --- processes ---------------------------------------------------------------------------------------------


def _by_argument(unknown: Unseen | Unshared) -> list[FileEdit] | Refusal:
    """Return the edits that make the variable a parameter of the target, and pass it to each process."""
    scope, name = unknown.use.visit.scope, unknown.use.name
    sends = _sends_of_target(unknown)
    if isinstance(sends, Refusal):
        return sends
    if not all(map(_is_plain, sends)):
        return Refusal(f"`{scope.name}` is called elsewhere")
    parameter = added_parameter(scope, name)
    passed = [_passed(send, name) for send in sends]
    if parameter is None or not all(passed):
        return Refusal(f"`{scope.name}` is given more than a plain tuple")
    return [parameter, *(edit for edit in passed if edit is not None)]


def _sends_of_target(unknown: Unseen | Unshared) -> list[Send] | Refusal:
    """Return what sends the function that reads a variable, which can get it as a parameter; or why it cannot."""
    work, use = unknown.work, unknown.use
    scope, module, name = use.visit.scope, use.home.module, use.name
    if use.visit.chain or work.entry is None or work.entry.scope is not scope or scope.parent is not module.scope:
        return Refusal(f"`{scope.name}` reads `{name}`, and is no function that is sent by its own name")
    if any(other.name == name and other.visit.scope is not scope for other in work.reads):
        return Refusal(f"what `{scope.name}` calls reads `{name}` too")
    if name in scope.declared_global:
        return Refusal(f"`{scope.name}` assigns `{name}`")
    sends = [send for send in module.sends if send.value == work.send.value and send.is_called]
    if len(_reads(scope)) != len(sends) or module.is_imported:
        return Refusal(f"`{scope.name}` is called elsewhere")
    if any(send.site.scope.home(name) is not use.home for send in sends):
        return Refusal(f"`{name}` is something else where `{scope.name}` is sent")
    return sends


def _is_plain(send: Send) -> bool:
    return send.workers.maker is apis.PROCESS and not send.inner and isinstance(send.term, facts.Name)


def _passed(send: Send, name: str) -> FileEdit | None:
    """Return the edit that passes a variable as the last of the arguments of a process."""
    module, call, making = send.site.scope.module, send.call, apis.PROCESS.making
    assert making is not None  # noqa: S101 - it is data
    assert making.arguments is not None  # noqa: S101
    if any(each.stars for each in call.arguments) or (making.keywords and slot(call, making.keywords)):
        return None
    arguments = slot(call, making.arguments)
    if arguments is None:
        is_named = all(each.keyword for each in call.arguments)
        return added_keyword(module, send.site.block, call, f"args=({name},)") if is_named else None
    if not isinstance(arguments, facts.Display) or arguments.kind not in ("tuple", "list"):
        return None
    return added_item(module, send.site.block, arguments, name)
