"""Passes arguments to workers one by one where they are passed as one, or the other way round."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from spawnsafe.findings import FileEdit
from spawnsafe.model.calls.passing import Misfit
from spawnsafe.model.module import Module
from spawnsafe.source import Edit
from spawnsafe.syntax import Block, facts
from spawnsafe.syntax.blocks import Extent

_UNPACKING = {"map": "starmap", "map_async": "starmap_async"}
_WHOLE = {other: name for name, other in _UNPACKING.items()}


@dataclass(frozen=True, slots=True)
class PassingPlan:
    """A repair that is safe: what it does as an imperative, its title, and its edits."""

    help: str
    title: str
    edits: tuple[FileEdit, ...]


def passing_plan(module: Module, misfit: Misfit) -> PassingPlan | None:
    """Return the repair that passes what is there in the way in which it fits, if that is known to."""
    if misfit.send.inner or not misfit.send.is_whole:
        return None
    return next(_plans(module, misfit), None)


def _plans(module: Module, misfit: Misfit) -> Iterator[PassingPlan]:
    send, items, width = misfit.send, misfit.items, misfit.item_width
    function, block = send.call.function, send.site.block
    method = function.name if isinstance(function, facts.Attribute) else ""
    placed = partial(place, module.document.text, block)

    def edit(extent: Extent, code: str) -> FileEdit:
        return FileEdit(module.path, Edit(module.text.span(*extent), code))

    def renamed(name: str) -> FileEdit:
        assert isinstance(function, facts.Attribute)  # noqa: S101 - only methods are renamed
        return edit(block.place(function.name_at), name)

    if misfit.second is not None and items is not None:
        if method in _UNPACKING:
            name, both = _UNPACKING[method], (placed(items)[0], placed(misfit.second)[1])
            edits = (renamed(name), edit(both, f"zip({module.document.text[slice(*both)]})"))
            yield PassingPlan(f"Send `zip` of both with `{name}`.", "Send both with `zip`", edits)
    elif method in _WHOLE and misfit.takes(1) and misfit.has_scalars:
        name = _WHOLE[method]
        yield PassingPlan(f"Use `{name}`, which passes each item as it is.", f"Use `{name}`", (renamed(name),))
    elif method in _UNPACKING and width is not None and misfit.takes(width) and not send.sender.more_items:
        name = _UNPACKING[method]
        yield PassingPlan(f"Use `{name}`, which unpacks each item.", f"Use `{name}`", (renamed(name),))
    elif items is not None and send.sender.more_items and width is not None and misfit.takes(width):
        title = "Pass one iterable for each parameter"
        code = _columns(items, module.document.text, placed)
        yield PassingPlan(f"{title}.", title, (edit(placed(items), code),))
    elif (packed := misfit.packed) is not None:
        title, text = "Pass the arguments one by one", module.document.text
        whole = isinstance(packed, facts.Display)
        code = text[placed(packed)[0] + 1 : placed(packed)[1] - 1] if whole else f"*{text[slice(*placed(packed))]}"
        yield PassingPlan(f"{title}.", title, (edit(placed(packed), code.strip().removesuffix(",")),))


def place(text: str, block: Block, term: facts.Term) -> Extent:
    """Return the place of an argument with the parentheses of a tuple or generator."""
    start, end = block.place(term.at)
    is_bare = isinstance(term, facts.Display | facts.Comprehension) and term.kind in ("tuple", "generator")
    return (text.rindex("(", 0, start), text.index(")", end) + 1) if is_bare else (start, end)


def _columns(items: facts.Term, text: str, placed: Callable[[facts.Term], Extent]) -> str:
    """Return an iterable of tuples as one iterable for each column."""
    match items:
        case facts.Call(function=facts.Name(id="zip"), arguments=(first, *_) as zipped) if all(
            not each.keyword and not each.stars for each in zipped
        ):
            return text[placed(first.value)[0] : placed(zipped[-1].value)[1]]
        case _:
            return f"*zip(*{text[slice(*placed(items))]})"
