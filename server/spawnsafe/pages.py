"""The rules' pages: Markdown beside each rule, which explains it and whose programs the tests run.

A page's place gives its rule and family: `rules/pickling/lambda_target.md` is the page of `lambda-target` in
the family `pickling`. It begins with the rule's code as its title; then come an introduction and sections.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

RULES = Path(__file__).parent / "rules"
ADVICE = Path(__file__).parent / "advice"
"""Pages that belong to no rule: how to choose, and what it changes. Their programs are run as well."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the second level and the Markdown below it."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's page."""

    path: Path
    text: str
    """The whole page as it is written."""
    title: str
    intro: str
    """The Markdown between the title and the first section."""
    sections: tuple[Section, ...]

    @property
    def code(self) -> str:
        """The code of the rule: `lambda-target`."""
        return self.path.stem.replace("_", "-")

    @property
    def family(self) -> str:
        """The family of the rule: `pickling`."""
        return self.path.parent.name


def page_paths() -> Mapping[str, Path]:
    """Return where each rule's page is, by the code of the rule."""
    return {path.stem.replace("_", "-"): path for path in sorted(RULES.glob("*/*.md"))}


def advice_paths() -> Mapping[str, Path]:
    """Return where the pages of advice are, by their titles; not the one with nothing but numbers."""
    return {path.stem.replace("_", "-"): path for path in sorted(ADVICE.glob("*.md")) if path.stem != "measured"}


def read_page(path: Path) -> Page:
    """Read a page. Raises ValueError if it has no title."""
    text = path.read_text(encoding="utf-8")
    (title, intro), *rest = _parts(text)
    if not title.startswith("# "):
        raise ValueError(f"{path} does not begin with a title")
    sections = tuple(Section(heading.removeprefix("## "), body) for heading, body in rest)
    return Page(path, text, title.removeprefix("# "), intro, sections)


_FENCE = re.compile(r"(`{3,}|~{3,})")


def _parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield each heading of the first two levels, as it is written, with the text up to the next one."""
    heading, body, fence = "", list[str](), ""
    for line in text.splitlines():
        if fence:
            if line.strip() == fence:
                fence = ""
        elif match := _FENCE.match(line):
            fence = match[1]
        elif line.startswith(("# ", "## ")):
            if heading or body:
                yield heading, "\n".join(body).strip()
            heading, body = line, []
            continue
        body.append(line)
    yield heading, "\n".join(body).strip()
