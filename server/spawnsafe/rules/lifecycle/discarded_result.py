"""The result of a task is dropped, and with it the exception that the task raises."""

from collections.abc import Iterator

from spawnsafe.findings import Finding, Kind
from spawnsafe.model import EVERYWHERE, Module, Task, Trouble, method_of, receiver_of

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each task whose result nothing reads."""
    for task in module.tasks:
        cut_off = task.cut_off_by is not None
        if task.is_dropped and (cut_off or not (task.has_callback or task.is_guarded)):
            yield Finding(
                span=module.span(task.step.block, task.call.at),
                problem=_cut_off(task) if cut_off else _dropped(task),
                help="Keep what it gives and read it inside the `with`." if cut_off else _help(task),
                kind=Kind.MISTAKE if cut_off else None,
                trouble=Trouble.LOSES,
            )


def _cut_off(task: Task) -> str:
    return f"The `with` ends the pool without waiting for `{_call(task)}`, so its work is lost {EVERYWHERE}."


def _dropped(task: Task) -> str:
    return f"Nothing reads what `{_call(task)}` gives, so an exception in the worker is lost {EVERYWHERE}."


def _help(task: Task) -> str:
    if task.is_iterated:
        return "Go through the results."
    return f"Keep what it gives and call `{'result' if method_of(task.step) == 'submit' else 'get'}()` on it."


def _call(task: Task) -> str:
    return f"{receiver_of(task.step) or task.workers.maker.noun}.{method_of(task.step)}"
