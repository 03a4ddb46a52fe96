"""What a client understands, asked once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

from lsprotocol import types
from pygls.capabilities import get_capability


@dataclass(frozen=True, slots=True)
class Client:
    """The capabilities of a client that make a difference here."""

    pulls: bool = False
    """It asks for diagnostics; others have them published."""
    refreshes: bool = False
    """It asks again for diagnostics when told to."""
    related_information: bool = False
    code_description: bool = False
    markdown: bool = False
    """It shows Markdown in hovers."""
    resolves_edits: bool = False
    """It fetches the edit of a code action when that is chosen."""
    versioned_edits: bool = False
    creates_files: bool = False
    """An edit can make files."""
    configuration: bool = False
    """It can be asked for its settings."""
    watches: bool = False
    """It tells of changed files when asked to."""
    shows_progress: bool = False
    """It shows how far work has come when it is told to."""
    shows_documents: bool = False
    """It opens a file at a place when it is told to."""
    refreshes_lenses: bool = False
    refreshes_hints: bool = False
    """It asks again for lenses and hints when told to."""
    opens_files: bool = False
    """It runs where the server does, so links to files lead somewhere. A page in a browser does not."""
    explains: str | None = None
    """The command of its own that shows the page of a given name."""

    @classmethod
    def of(cls, params: types.InitializeParams) -> Self:
        """Read what a client says of itself when it starts."""
        capabilities, options = params.capabilities, params.initialization_options
        explains = options.get("explainCommand") if isinstance(options, Mapping) else None

        def diagnostics(name: str) -> bool:
            return any(
                get_capability(capabilities, f"text_document.{way}.{name}")
                for way in ("publish_diagnostics", "diagnostic")
            )

        return cls(
            pulls=get_capability(capabilities, "text_document.diagnostic") is not None,
            refreshes=bool(get_capability(capabilities, "workspace.diagnostics.refresh_support")),
            related_information=diagnostics("related_information"),
            code_description=diagnostics("code_description_support"),
            markdown=types.MarkupKind.Markdown
            in (get_capability(capabilities, "text_document.hover.content_format") or ()),
            resolves_edits="edit"
            in (get_capability(capabilities, "text_document.code_action.resolve_support.properties") or ()),
            versioned_edits=bool(get_capability(capabilities, "workspace.workspace_edit.document_changes")),
            creates_files=types.ResourceOperationKind.Create
            in (get_capability(capabilities, "workspace.workspace_edit.resource_operations") or ()),
            configuration=bool(get_capability(capabilities, "workspace.configuration")),
            watches=bool(get_capability(capabilities, "workspace.did_change_watched_files.dynamic_registration")),
            shows_progress=bool(get_capability(capabilities, "window.work_done_progress")),
            shows_documents=bool(get_capability(capabilities, "window.show_document.support")),
            refreshes_lenses=bool(get_capability(capabilities, "workspace.code_lens.refresh_support")),
            refreshes_hints=bool(get_capability(capabilities, "workspace.inlay_hint.refresh_support")),
            opens_files=params.process_id is not None,
            explains=explains if isinstance(explains, str) and explains else None,
        )

    def link(self, name: str, page: Path) -> str | None:
        """Return the address under which a click on a link in Markdown opens a page; None if there is none."""
        if self.explains is not None:
            return f"command:{self.explains}?{quote(json.dumps([name]), safe='')}"
        return page.as_uri() if self.opens_files else None
