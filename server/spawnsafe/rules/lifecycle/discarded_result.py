"""The result of a task is dropped, and with it the exception that the task raises."""

from collections.abc import Iterator

from spawnsafe.edits import keep_results
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import EVERYWHERE, Module, Task, Trouble, method_of, receiver_of

KIND = Kind.ADVICE


def check(module: Module) -> Iterator[Finding]:
    """Report each task whose result nothing reads."""
    for task in _dropped_tasks(module):
        cut_off = task.cut_off_by is not None
        yield Finding(
            span=module.span(task.step.block, task.call.at),
            problem=_cut_off(task) if cut_off else _dropped(task),
            help="Keep what it gives and read it inside the `with`." if cut_off else _help(task),
            kind=Kind.MISTAKE if cut_off else None,
            trouble=Trouble.LOSES,
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Keep what it gives, and read it when all tasks have been handed over."""
    for task in _dropped_tasks(module):
        if module.span(task.step.block, task.call.at) == finding.span:
            fix = keep_results(module, task)
            if fix is not None:
                yield fix
            return


def _dropped_tasks(module: Module) -> Iterator[Task]:
    for task in module.tasks:
        if task.is_dropped and (task.cut_off_by is not None or not (task.has_callback or task.is_guarded)):
            yield task


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
