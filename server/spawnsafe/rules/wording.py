"""Sentences and notes that several rules share."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path

from spawnsafe.edits import HoistPlan, Refusal, decorated_parameter
from spawnsafe.findings import Note
from spawnsafe.model import (
    Change,
    Channel,
    Function,
    Module,
    Placed,
    Product,
    Scope,
    Send,
    StartMethods,
    Trouble,
    Unpicklable,
    Unseen,
    Unshared,
    Visit,
    When,
    Workers,
)
from spawnsafe.source import Span

FORKSERVER_DIES = (StartMethods.FORKSERVER, Trouble.FAILS)
"""From CPython 3.13.8 on the forkserver itself imports the main module, and ends if that does not go well."""


def passing(names: Iterable[str]) -> str:
    """Return how borrowed names then reach a definition that was moved; empty if there are none."""
    listed = quoted(names)
    return f" and pass {listed} with `functools.partial`" if listed else ""


def quoted(names: Iterable[str]) -> str:
    """Return names as a list in a sentence."""
    code = [f"`{name}`" for name in names]
    return code[0] if len(code) == 1 else " and ".join(filter(None, (", ".join(code[:-1]), *code[-1:])))


def size_of(count: int) -> str:
    """Return a number of bytes in words: `4.9 MB`."""
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if count >= 10**power:
            rounded = f"{count / 10**power:.1f}".removesuffix(".0")
            return f"{rounded} {unit}"
    return f"{count} bytes"


def move_help(scope: Scope, plan: HoistPlan | Refusal) -> str:
    """Return what to do with a local definition."""
    subject = "Move it to a function at module level" if scope.name == "<lambda>" else "Move it to module level"
    return f"{subject}{passing(plan.variables) if isinstance(plan, HoistPlan) else ''}."


def wraps_help(function: Function) -> str:
    """Return what to do with the inner function of a decorator that takes the name of what is decorated."""
    wraps = f"`functools.wraps({decorated_parameter(function.scope) or '…'})`"
    if function.is_lambda:
        return f"Pass the lambda through {wraps}."
    return f"Decorate `{function.scope.name}` with {wraps}."


def refusal_notes(module: Module, send: Send, refusal: object) -> Iterator[Note]:
    """Yield why there is no quick fix, if there is none."""
    if isinstance(refusal, Refusal):
        yield Note(f"No quick fix: {refusal.reason}.", module.path, module.span_of(send))


def place_notes(module: Module, send: Send, scope: Scope, message: str) -> Iterator[Note]:
    """Yield a note at a definition, unless the send shows it itself."""
    home = scope.module
    if scope.facts is None:
        return
    span = home.span(scope.block, scope.facts.name_at)
    if home is not module or span not in module.span_of(send):
        yield Note(message, home.path, span)


def sender_note(module: Module, send: Send, crossing: Placed) -> Iterator[Note]:
    """Yield a note where a worker is sent, unless the finding, about something in the worker, stands there."""
    home = send.site.scope.module
    span = home.span_of(send)
    if home is not module or span != module.span_near(crossing, send):
        yield Note(f"The worker is sent by `{send.api}` here.", home.path, span)


def call_notes(visit: Visit) -> Iterator[Note]:
    """Yield a note for each call that leads, in the worker, from what was sent to a scope."""
    for call in visit.chain:
        home = call.site.scope.module
        code = home.code(call.site.block, call.call.function.at)
        name = f"{code}()" if "\n" not in code else "…()"
        yield Note(f"The worker calls `{name}` here.", home.path, home.span(call.site.block, call.call.at))


def way_notes(send: Send) -> Iterator[Note]:
    """Yield a note for each wrapper function that hands a value on, up to the one that sends it."""
    for inner in send.inner:
        home = inner.site.scope.module
        code = home.code(inner.site.block, inner.term.at)
        done = f"sent by `{inner.api}`" if not inner.inner else "handed on"
        yield Note(f"`{code}` is {done} here.", home.path, home.span_of(inner))


def consequence(send: Send) -> str:
    """Return what comes of an exception that calling what is sent raises in the worker."""
    return trouble_of(send).value


def trouble_of(send: Send) -> Trouble:
    """Return what one sees of an exception that calling what is sent raises in the worker."""
    return Trouble.FAILS if send.is_task else send.sender.trouble


def unpicklable_problem(send: Send, why: Unpicklable, when: When) -> str:
    """Return the sentence about something that is sent and that pickle refuses."""
    code = send.label
    failure = "fails to pickle it" if code and code != why.what.strip("`") else "fails"
    return f"{_what_is_sent(code, send, why)}, so `{send.api}` {failure} {when}."


def _what_is_sent(code: str, send: Send, why: Unpicklable) -> str:
    if code == why.what.strip("`"):
        return f"{why.what} cannot be pickled"
    if not code:
        phrase = why.phrase
        return f"{phrase[0].upper()}{phrase[1:]} {_fact(why)}"
    holds = why.holds or not send.is_whole
    said = f"`{code}` {'holds' if holds else 'is'} {why.what}"
    return f"{said}, which only a starting worker can inherit" if why.inherited else said


def _fact(why: Unpicklable) -> str:
    return "can only be inherited by a starting worker" if why.inherited else "cannot be pickled"


def value_notes(module: Module, send: Send, why: Unpicklable) -> Iterator[Note]:
    """Yield a note where a refused object is made, unless the send shows it itself."""
    value = why.value
    if not isinstance(value, Product | Channel | Workers) or value.call is None or value.site is None:
        return
    home = value.site.scope.module
    span = home.span(value.site.block, value.call.at)
    if home is not module or span not in module.span_of(send):
        yield Note("It is made here.", home.path, span)


# --- variables that workers do not see -------------------------------------------------------------------------


def deed(unseen: Unseen) -> str:
    """Return what the main program does to a variable, as a participle."""
    if unseen.change is Change.FILLED:
        return "changed"
    return {"import": "imported", "definition": "defined"}.get(unseen.manner, "set")


def main_only(unseen: Unseen) -> str:
    """Return where the main program alone does it."""
    setter = unseen.setter
    if setter is None or setter.name == "<lambda>":
        return "only under the main guard, which workers do not run"
    return f"only when `{setter.name}` runs, which workers do not do"


def unseen_trouble(unseen: Unseen) -> str:
    """Return what comes of a variable that workers do not find."""
    send = unseen.work.send
    return f"`{send.api}` {consequence(send)}"


def handing_over(unseen: Unseen | Unshared) -> str:
    """Return how workers get to know a value that only the parent has."""
    if unseen.work.send.workers.maker.noun == "process":
        return "Pass it as an argument."
    return "Hand it to the workers with `initializer` and `initargs`."


def unseen_span(module: Module, unseen: Unseen | Unshared) -> Span:
    """Return where a worker reads a variable, or where it is sent what reads it in another file."""
    if unseen.use.visit.scope.module is module:
        return module.span(unseen.use.block, unseen.use.at)
    return module.place_of(unseen.work.send)


def unseen_notes(module: Module, unseen: Unseen) -> Iterator[Note]:
    """Yield notes at the change, at what is sent and at the calls in the worker that lead to the read."""
    home = unseen.step.scope.module
    yield Note(f"It is {deed(unseen)} here.", home.path, home.span(unseen.step.block, unseen.step.event.at))
    send, use = unseen.work.send, unseen.use
    if use.visit.scope.module is module:
        yield Note("This is what the workers run.", module.path, module.place_of(send))
    else:
        other = use.visit.scope.module
        yield Note("The worker reads it here.", other.path, other.span(use.block, use.at))
    yield from call_notes(use.visit)


# --- names of rules --------------------------------------------------------------------------------------------


def closest_name(name: str) -> str:
    """Return the rule or family that is called most like a name; itself if it is one, nothing if none is like it."""
    pages = list(Path(__file__).parent.glob("*/*.md"))
    names = {page.stem.replace("_", "-") for page in pages} | {page.parent.name for page in pages}
    return next(iter(get_close_matches(name, names, n=1)), "")
