"""What mkdocs makes the site of: pages where they lie in the repository, and three that follow from the code.

A page has the same path on the site as in the repository until its links are resolved, so a link that leads somewhere
in the repository does so on the site, and `strict` finds those that do not. Only then comes where it is written to.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from posixpath import dirname, join, normpath, relpath
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page

from spawnsafe.rules import Rule, all_rules, families, find_rule
from spawnsafe.settings import SETTINGS, Settings, settings_table
from spawnsafe.symptoms import SYMPTOMS, Symptom

ROOT = Path(__file__).parents[1]
PROJECT = "[!R]*.md"
"""The pages about the project: all but the README, for which the start page stands."""
SHOWN = ("docs/**/*", "server/spawnsafe/rules/*/*.md", "server/spawnsafe/advice/*.*", PROJECT)
"""What the site has of the repository, beside what these pages link."""
RULES = "docs/rules/index.md"
ERRORS = "docs/errors.md"
CONFIGURATION = "docs/configuration.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name in the navigation the rules' pages by family, the project's own, and those of docs that it lacks."""
    nav = config.nav or []
    parts = {title: part for entry in nav if isinstance(entry, dict) for title, part in entry.items()}
    parts["Rules"] += ({family: [_source(rule) for rule in _of(family)]} for family in families())
    parts["Project"] += sorted(_sources(PROJECT))
    named = [*nav, *parts.values()]
    nav[-1:-1] = sorted(source for source in _sources("docs/*.md") if source not in named)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return the files of the theme, those of the repository that are shown or linked, and the pages that are made."""
    kept = InclusionLevel.INCLUDED
    made = {RULES: _rules(), ERRORS: _errors()}
    shown = {source for pattern in SHOWN for source in _sources(pattern)}
    shown |= {linked for source in shown if source.endswith(".md") for linked in _linked(source)} - made.keys()
    own = [File.generated(config, source, content=text, inclusion=kept) for source, text in made.items()]
    own += (File.generated(config, source, abs_src_path=str(ROOT / source), inclusion=kept) for source in sorted(shown))
    for file in own:
        file.dest_uri = _destination(file.dest_uri)
    return Files([*(file for file in files if file.src_dir != config.docs_dir), *own])


def _sources(pattern: str) -> Iterator[str]:
    """Yield the files of the repository that a pattern means, as paths from its top."""
    return (path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern) if path.is_file())


def _linked(source: str) -> Iterator[str]:
    """Yield the files to which a page links."""
    for link in re.findall(r"\]\(([^)#:\s]+)", (ROOT / source).read_text(encoding="utf-8")):
        path = normpath(join(dirname(source), link))
        if (ROOT / path).is_file():
            yield path


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Say below the title of a rule's page what kind of rule it is; put the reference of the settings in its place."""
    del config, files
    if page.file.src_uri == CONFIGURATION:
        return markdown.replace("<!-- settings -->", _settings())
    if rule := _rule_of(page):
        title, _, rest = markdown.partition("\n")
        family = f"[{rule.family}]({relpath(RULES, dirname(page.file.src_uri))}#{rule.family})"
        return f"{title}\n\n{family} · {rule.kind.value} · {rule.summary}\n{{: .facts }}\n{rest}"
    return markdown


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Link the names of rules to their pages, and put drawings into the page, so that they have its colours."""
    del config
    own = _rule_of(page)

    def link(code: str, shown: str) -> str:
        rule = find_rule(code)
        file = files.get_file_from_path(_source(rule)) if rule and rule != own else None
        return f'<a href="{file.url_relative_to(page.file)}">{shown}</a>' if file else shown

    def drawing(url: str, alt: str) -> str:
        (file,) = (file for file in files if file.url_relative_to(page.file) == url)
        return file.content_string.replace("<svg ", f'<svg role="img" aria-label="{alt}" ', 1)

    html = _CARETS.sub(lambda match: f'<span class="carets">{match[1]}{link(match[2], match[2])}</span>', html)
    html = _NAME.sub(lambda match: link(match[2], match[0]) if match[2] else match[0], html)
    return _DRAWING.sub(lambda match: drawing(match["url"], match["alt"]), html)


_CARETS = re.compile(r'<span class="c1">(# *(?:&lt;)?\^+ )([\w-]+)</span>')
_NAME = re.compile(r"<(a|pre)\b.*?</\1>|<code>([a-z]+(?:-[a-z]+)+)</code>", re.DOTALL)
_DRAWING = re.compile(r'<img alt="(?P<alt>[^"]*)" src="(?P<url>[^":]*\.svg)" ?/?>')


def _destination(path: str) -> str:
    """Return where on the site a file of the repository goes."""
    path = re.sub(r"^server/spawnsafe/rules/\w+/", "rules/", path)
    path = path.removeprefix("server/spawnsafe/").removeprefix("docs/")
    return path.replace("_", "-").lower() if path.endswith(".html") else path


def _source(rule: Rule) -> str:
    """Return where in the repository a rule's page is."""
    return rule.page.relative_to(ROOT).as_posix()


def _rule_of(page: Page) -> Rule | None:
    return next((rule for rule in all_rules() if _source(rule) == page.file.src_uri), None)


def _of(family: str) -> list[Rule]:
    return [rule for rule in all_rules() if rule.family == family]


def _list(rules: Iterable[Rule], page: str) -> str:
    """Return a list of rules with links from a page."""
    return "\n".join(f"- [{rule.code}]({relpath(_source(rule), dirname(page))}): {rule.summary}" for rule in rules)


def _rules() -> str:
    """Return the page of all rules, by family."""
    parts = ["# Rules", _RULES_INTRO]
    for family in families():
        about = import_module(f"spawnsafe.rules.{family}").__doc__ or ""
        parts += [f"## {family}", about, _list(_of(family), RULES)]
    return "\n\n".join(parts)


_RULES_INTRO = """\
Each page has a failing program, what Python really does with it under fork, spawn and forkserver, the program that the
quick fix makes of it, and look-alikes that are fine. The tests run all of them. A *mistake* fails, hangs or loses
something; *advice* is about programs that run, and waste or risk something.
"""


def _errors() -> str:
    """Return the page of what Python prints, by the class of the exception."""
    parts = [_FIRST_IN_SEARCH, "# I saw this error", _ERRORS_INTRO]
    for exception, entries in _by_exception().items():
        parts.append(f"## {exception}")
        for codes, wordings in entries.items():
            parts += _entry(exception, codes, wordings)
    hanging = [rule for rule in all_rules() if _HANGS.search(rule.page.read_text(encoding="utf-8"))]
    parts += ["## No error: it hangs", "Programs on these pages wait for ever, and print nothing."]
    return "\n\n".join([*parts, _list(hanging, ERRORS)])


def _by_exception() -> dict[str, dict[tuple[str, ...], list[tuple[str, Symptom]]]]:
    """Return the lines that Python prints with what they are symptoms of, by exception and then by the rules' codes."""
    found: dict[str, dict[tuple[str, ...], list[tuple[str, Symptom]]]] = {}
    for symptom in SYMPTOMS:
        for line in symptom.shown:
            exception = _EXCEPTION.match(line)
            entries = found.setdefault(exception[0] if exception else "In a traceback", {})
            entries.setdefault(symptom.rules, []).append((line, symptom))
    return found


def _entry(exception: str, codes: tuple[str, ...], wordings: list[tuple[str, Symptom]]) -> Iterator[str]:
    """Yield the parts of what is said of wordings that lead to the same rules."""
    (first, symptom), *more = wordings
    yield f"### {_code(first.removeprefix(f'{exception}: '))}"
    if more or _versions(symptom):
        yield "  \n".join(_code(line) + _versions(symptom) for line, symptom in wordings)
    if all(symptom.is_vague for _, symptom in wordings):
        yield "Other mistakes print this as well. With processes, it comes from:"
    yield _list(filter(None, map(find_rule, codes)), ERRORS)


_EXCEPTION = re.compile(r"\w+(?=: |$)")
_FIRST_IN_SEARCH = "---\nsearch:\n  boost: 3\n---"
_ERRORS_INTRO = """\
What Python prints when worker processes go wrong, and the rules that explain it, the likeliest first. `…` stands for
what varies. The command line finds them for you, in a message or in a whole traceback:

```console
$ spawnsafe explain --error "Can't get attribute 'single' on <module '__main__' from 'test.py'>"
$ python main.py 2>&1 | spawnsafe explain
```
"""
_HANGS = re.compile(r"^\|[^|]*\| hangs *\|", re.MULTILINE)
_OLDEST, _NEWEST = "3.8", "3.15"


def _versions(symptom: Symptom) -> str:
    """Return which versions of Python print a wording, if not all do."""
    first, last = symptom.pythons.split("-")
    if first == _OLDEST:
        return "" if last == _NEWEST else f", up to Python {last}"
    return f", from Python {first} on" if last == _NEWEST else f", Python {first} to {last}"


def _code(text: str) -> str:
    return f"`{text}`"


def _settings() -> str:
    """Return what there is to set, as SETTINGS has it."""
    defaults = settings_table(Settings(ROOT))
    parts = []
    for name, setting in SETTINGS.items():
        parts += [f"### `{name}`", setting.summary, f"*Values:* {_values(setting.schema)}"]
        if name != "targets":
            parts[-1] += f". *Default:* `{json.dumps(defaults[name])}`"
        fields = setting.schema.get("items", {}).get("properties", {})
        parts.append("\n".join(f"- `{field}`: {about['description']}" for field, about in fields.items()))
    return "\n\n".join(parts)


def _values(schema: Mapping[str, Any], *, many: bool = False) -> str:
    """Return in words which values a schema admits; `many`: as those of a list or table."""
    match schema:
        case {"anyOf": choices}:
            return " or ".join(_values(choice, many=many) for choice in choices)
        case {"enum": names}:
            *most, last = map(_code, names)
            return f"{', '.join(most)} or {last}"
        case {"type": "array", "items": items}:
            return f"{'lists' if many else 'a list'} of {_values(items, many=True)}"
        case {"type": "object", "additionalProperties": dict() as values}:
            return f"a table of {_values(values, many=True)}"
        case {"type": "object", "patternProperties": patterns}:
            (values,) = patterns.values()
            return f"a table of {_values(values, many=True)}"
        case {"type": kind}:
            return _PLURALS[kind] if many else _SINGULARS[kind]
    raise ValueError(f"no words for {schema}")


_SINGULARS = {"boolean": "`true` or `false`", "string": "a string", "integer": "a number"}
_PLURALS = {"object": "tables with the fields below", "string": "strings", "integer": "numbers"}
