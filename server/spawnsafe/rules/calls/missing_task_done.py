"""A queue is joined, and nothing tells it which of its items are done."""

from collections.abc import Iterator

from spawnsafe.edits import count_done
from spawnsafe.findings import Finding, Fix, Kind, Note
from spawnsafe.model import Endpoint, Module, Trouble, Uncounted, uncounted

KIND = Kind.MISTAKE


def check(module: Module) -> Iterator[Finding]:
    """Report each queue whose consumers never call `task_done`, at what they get or else where it is joined."""
    for each in uncounted(module):
        place = each.get if each.get.site.scope.module is module else each.join
        get, join = _code(each.get), _code(each.join)
        yield Finding(
            span=module.span(place.site.block, place.term.at),
            problem=f"Nothing calls `task_done` for what `{get}` takes, so `{join}` hangs {each.when}.",
            help="Call `task_done` when an item is done.",
            when=each.when,
            trouble=Trouble.HANGS,
            notes=tuple(_notes(module, each)),
        )


def fixes(module: Module, finding: Finding) -> Iterator[Fix]:
    """Call `task_done` when what is done with an item is done."""
    for each in uncounted(module):
        if each.get.site.scope.module is module and module.span(each.get.site.block, each.get.term.at) == finding.span:
            fix = count_done(each)
            if fix is not None:
                yield fix
            return


def _code(use: Endpoint) -> str:
    return use.site.scope.module.code(use.site.block, use.term.at)


def _notes(module: Module, each: Uncounted) -> Iterator[Note]:
    if each.get.site.scope.module is module:
        yield Note("The queue is joined here.", module.path, module.span(each.join.site.block, each.join.term.at))
    else:
        home = each.get.site.scope.module
        yield Note("An item is taken here.", home.path, home.span(each.get.site.block, each.get.term.at))
