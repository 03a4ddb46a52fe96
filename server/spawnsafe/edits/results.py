"""Makes workers return lists instead of what only the process that made it can go through."""

from spawnsafe.edits.replace import replacement
from spawnsafe.edits.running import is_endless
from spawnsafe.findings import Fix
from spawnsafe.model.pickling.pickles import Unpicklable
from spawnsafe.model.values import Generator, Product
from spawnsafe.model.workers import Result
from spawnsafe.syntax import facts

_LISTED = ("a generator", "a view of a dictionary")
_LAZY = ("builtins.map", "builtins.filter")


def is_listable(result: Result, why: Unpicklable) -> bool:
    """Whether a list of what a worker returns is what is wanted: it can be gone through, and comes to an end."""
    if isinstance(result.value, Product) and result.value.name in _LAZY:
        return True
    if isinstance(why.value, Generator) and is_endless(why.value.scope):
        return False
    return why.what in _LISTED and not why.path and not why.holds and result.site.scope.is_function


def list_result(result: Result, why: Unpicklable) -> Fix | None:
    """Return the repair that returns a list of what a worker returns; None if that is no help.

    It is safe if nobody else calls the function, who may rely on going through it lazily.
    """
    if not is_listable(result, why):
        return None
    scope, term = result.site.scope, result.term
    module = scope.module
    text = module.document.text
    start, end = result.site.block.place(term.at)
    code = f"list({text[start:end]})"
    if isinstance(term, facts.Comprehension):
        code = f"[{text[start:end]}]"
        start, end = text.rindex("(", 0, start), text.index(")", end) + 1  # a generator expression has its own
    is_alone = not module.calls_of(scope) and not module.is_imported
    return Fix("Return a list", (replacement(module, (start, end), code),), safe=is_alone)
