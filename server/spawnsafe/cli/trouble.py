"""What went wrong that is no finding: one line each on standard error, and exit status 2 in the end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from spawnsafe.cli.internal import internal_error
from spawnsafe.settings import SettingsError


class Troubles:
    """Tells each trouble as it comes and remembers that there was one, so that other files go on."""

    def __init__(self) -> None:
        """Begin without any."""
        self.told: set[str] = set()
        self.before: Callable[[], None] = lambda: None
        """What is done before something is told."""

    def tell(self, message: str) -> None:
        """Print one line on standard error, unless it stands there already."""
        if message not in self.told:
            self.told.add(message)
            self.before()
            click.echo(f"spawnsafe: {message}", err=True)

    @contextmanager
    def guarding(self, name: str) -> Iterator[None]:
        """Tell what goes wrong with a file or folder and end the block; wrong settings and use go through."""
        try:
            yield
        except (SettingsError, click.ClickException):
            raise
        except OSError as error:
            self.tell(f"{name}: {error.strerror or error}")
        except UnicodeDecodeError as error:
            self.tell(f"{name}: byte {error.start} is not {error.encoding}, so the file is not checked")
        except UnicodeEncodeError as error:
            self.tell(f"{name}: {error.encoding} lacks a character of a fix, so nothing is written")
        except SyntaxError as error:
            self.tell(f"{name}: {error.msg}, so the file is not checked")
        except Exception as error:  # noqa: BLE001 - other files go on
            self.tell(internal_error(error, f" in {name}"))
