"""Workers call a function with arguments that it does not take."""

from collections.abc import Iterator

from spawnsafe.edits import passing_plan
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Misfit, Module, Partial, StartMethods, misfits
from spawnsafe.rules.wording import consequence, place_notes, quoted, trouble_of, way_notes

KIND = Kind.MISTAKE
YIELDS_TO = ("lambda-target", "local-target")


def check(module: Module) -> Iterator[Finding]:
    """Report each callable that its workers call with too few arguments, too many, or others."""
    for misfit in misfits(module):
        send, scope = misfit.send, misfit.scope
        when, plan = send.when(StartMethods.ALL), passing_plan(module, misfit)
        second = misfit.second
        yield Finding(
            span=module.span(send.site.block, second.at) if second is not None else module.span_of(send),
            problem=f"{_fact(misfit)}, so it {consequence(send)} {when}.",
            help=plan.help if plan is not None else _help(misfit),
            when=when,
            trouble=trouble_of(send),
            notes=(
                *(place_notes(module, send, scope, f"`{scope.qualname}` is defined here.") if scope else ()),
                *way_notes(send),
            ),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Unpack each item with `starmap`, or pass one iterable for each parameter, where that fits."""
    for misfit in misfits(module):
        if finding.span in (module.span_of(misfit.send), _second_span(module, misfit)):
            plan = passing_plan(module, misfit)
            if plan is not None:
                yield Fix(plan.title, plan.edits, safe=True)
            return


def _second_span(module: Module, misfit: Misfit) -> object:
    return module.span(misfit.send.site.block, misfit.second.at) if misfit.second is not None else None


def _fact(misfit: Misfit) -> str:
    api, name, why = f"`{misfit.send.origin.api}`", f"`{misfit.name}`", misfit.why
    if misfit.second is not None:
        return f"{api} goes through one iterable and takes the second one for its `chunksize`"
    if why is None:
        return f"{api} unpacks each item into arguments, and these items cannot be unpacked"
    if why.doubled:
        return f"{api} passes {quoted(why.doubled)} to {name} twice"
    if why.unknown:
        noun = "parameter" if len(why.unknown) == 1 else "parameters"
        return f"{name} has no {noun} {quoted(why.unknown)}, which {api} passes"
    if why.lacking:
        return f"{name} {'also ' if why.given.count else ''}requires {quoted(why.lacking)}, which {api} does not pass"
    if isinstance(misfit.value, Partial):
        name = f"This partial of {name}"
    taken = "no argument" if why.most == 0 else f"{why.most} argument{'s' if why.most != 1 else ''}"
    return f"{name} takes {taken}, and {api} passes {why.given.count}"


def _help(misfit: Misfit) -> str:
    why, sender = misfit.why, misfit.send.sender
    if why is None or not why.lacking:
        return f"Pass what `{misfit.name}` takes."
    if sender.items is not None and not sender.unpacks:
        return "Bind the rest with `functools.partial`."
    if sender.arguments is not None and sender.arguments.names:
        return f"Pass {quoted(why.lacking)} in `{sender.arguments.names[0]}`."
    return f"Pass {quoted(why.lacking)} as well."
