"""A function is called in the parent where it is to be sent, and the workers get its result."""

from collections.abc import Iterator

from spawnsafe.edits import send_function
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Called, Module, Role, StartMethods, Trouble, called
from spawnsafe.rules.wording import trouble_of, way_notes

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each call whose result the workers would have to call."""
    for each in called(module):
        send = each.send
        # what it has done in the parent is there in forked workers
        is_inherited = send.role is Role.INITIALIZER and each.gives_none
        when = send.when(StartMethods.FRESH if is_inherited else StartMethods.ALL)
        name = module.code(send.site.block, each.call.function.at)
        yield Finding(
            span=module.span_of(send),
            problem=(
                f"`{name}` is called here, in the parent, and `{send.origin.api}` gets its result, "
                f"so it {_consequence(each)} {when}."
            ),
            help=f"Pass `{name}` itself{_arguments(each)}.",
            when=when,
            trouble=_trouble(each),
            notes=tuple(way_notes(send)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Pass the function, and its arguments beside it."""
    for each in called(module):
        if module.span_of(each.send) == finding.span:
            fix = send_function(module, each)
            if fix is not None:
                yield fix
            return


def _trouble(each: Called) -> Trouble:
    send = each.send
    if each.gives_none and (send.role is Role.INITIALIZER or not send.is_task):
        return Trouble.LOSES
    return Trouble.FAILS if send.role is Role.INITIALIZER else trouble_of(send)


def _consequence(each: Called) -> str:
    trouble = _trouble(each)
    if trouble is not Trouble.LOSES:
        return f"{trouble.value}"
    return "runs no initializer" if each.send.role is Role.INITIALIZER else "runs nothing"


def _arguments(each: Called) -> str:
    sender = each.send.sender
    if not each.call.arguments:
        return ""
    if sender.rest is not None:
        return ", and its arguments behind it"
    if sender.arguments is not None and sender.arguments.names:
        return f", and its arguments in `{sender.arguments.names[0]}`"
    return ", and bind its arguments with `functools.partial`"
