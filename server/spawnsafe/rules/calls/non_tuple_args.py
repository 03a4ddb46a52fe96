"""Arguments for a worker stand alone where a tuple of them is expected."""

from collections.abc import Iterator

from spawnsafe.edits import in_tuple
from spawnsafe.findings import Finding, Fix, Kind
from spawnsafe.model import Loose, Module, StartMethods, Trouble, loose
from spawnsafe.rules.wording import trouble_of

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each argument that is unpacked in the place of a tuple, or cannot be."""
    for each in loose(module):
        when = each.send.when(StartMethods.ALL)
        fix = in_tuple(module, each)
        yield Finding(
            span=module.span(each.send.site.block, each.term.at),
            problem=f"`{each.name}` is {each.what}, {_consequence(each)} {when}.",
            help=_help(each) if fix is None else f"{fix.title}.",
            when=when,
            trouble=_trouble(each),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Put it into a tuple."""
    for each in loose(module):
        if module.span(each.send.site.block, each.term.at) == finding.span:
            fix = in_tuple(module, each)
            if fix is not None:
                yield fix
            return


def _trouble(each: Loose) -> Trouble:
    if each.is_dict or (each.is_text and each.fits):
        return Trouble.LOSES
    is_checked = not each.is_text and each.send.workers.maker.noun == "process"
    return Trouble.FAILS if is_checked else trouble_of(each.send)


def _consequence(each: Loose) -> str:
    api = each.send.origin.api
    if each.is_dict:
        return f"of which `{api}` passes the keys, so its values are lost"
    if each.is_text and each.fits:
        return f"of which `{api}` passes each letter as an argument, so the whole is lost"
    if each.is_text:
        condition = "" if each.is_written else "with more than one letter "
        return f"of which `{api}` passes each letter as an argument, so {condition}it {_trouble(each).value}"
    return f"not a tuple of arguments, so `{api}` {_trouble(each).value}"


def _help(each: Loose) -> str:
    if each.is_dict:
        return "Pass its values as a tuple."
    return f"Leave out `{each.name}`." if each.what == "`None`" else "Put it into a tuple."
