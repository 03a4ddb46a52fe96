"""Editors that run in a terminal, configured as docs/editors.md says: what their users press, and what they see."""

from user import CACHE, User, configurations, waiting

PROGRAM = "local_function.py"
PRINTED = "[[True, False], [True]]\n"
"""What the program prints when it is mended."""
OTHER = "pool_too_early.py"
"""Has a finding of `late-target`, and one of `unguarded-start`, which the settings in docs/editors.md ignore."""


# Neovim


def test_neovim(user: User) -> None:
    user.configures(".config/nvim/init.lua", configurations("Neovim")[0])
    with user.opens("nvim", PROGRAM) as nvim:
        with waiting("Neovim: the program is shown"):
            nvim.see("class SomeClass")
        with waiting("Neovim: a mistake is found"):
            nvim.see(r"^E .*pool\.map\(single")
        nvim.press("]", "d", "C-w", "d")
        nvim.see(r"`single` is local to .*\n.*Move it to module level")
        nvim.press("K")
        nvim.see("single cannot be sent to a worker")
        nvim.press("g", "r", "a")
        nvim.see("1: Move `single` to module level")
        nvim.type("1")
        nvim.see("^  .*partial")
        nvim.type(":wq")
        nvim.ends()
    assert user.runs(PROGRAM) == PRINTED


def test_neovim_settings(user: User) -> None:
    user.configures(".config/nvim/init.lua", "\n".join(configurations("Neovim")))
    with user.opens("nvim", OTHER) as nvim:
        nvim.see(r"^W .*pool\.map")
        nvim.miss(r"^W pool")


# Emacs


def test_emacs(user: User) -> None:
    user.configures(".emacs.d/init.el", configurations("Emacs")[0])
    with user.opens("emacs", "-nw", PROGRAM) as emacs:
        with waiting("Emacs: the program is shown"):
            emacs.see("class SomeClass")
        with waiting("Emacs: a mistake is found"):
            emacs.see(r"Flymake\[1 0\]")
        emacs.press("M-x")
        emacs.type("flymake-goto-next-error")
        emacs.see(r"spawnsafe \[local-target\]: `single` is local to")
        emacs.press("M-x")
        emacs.type("eldoc")
        emacs.see("single cannot be sent to a worker")
        emacs.press("M-x")
        emacs.type("eglot-code-actions")
        emacs.see("default Move `single` to module level")
        emacs.press("Enter")
        emacs.see(r"partial[\s\S]*Flymake\[0 0\]")
        emacs.press("C-x", "C-s")
        emacs.see("^Wrote ")
        emacs.press("C-x", "C-c")
        emacs.ends()
    assert user.runs(PROGRAM) == PRINTED


def test_emacs_settings(user: User) -> None:
    user.configures(".emacs.d/init.el", "\n".join(configurations("Emacs")))
    with user.opens("emacs", "-nw", OTHER) as emacs:
        emacs.see(r"Flymake\[0 1\]")


# Helix

_HELIX = CACHE / "helix/usr"
"""Brings its own C library."""
HELIX = [
    str(_HELIX / "lib64/ld-linux-x86-64.so.2"),
    "--library-path",
    str(_HELIX / "lib/x86_64-linux-gnu"),
    str(_HELIX / "lib/hx/hx"),
]
RUNTIME = str(_HELIX / "lib/hx/runtime")


def test_helix(user: User) -> None:
    user.configures(".config/helix/languages.toml", configurations("Helix")[0])
    with user.opens(*HELIX, PROGRAM, HELIX_RUNTIME=RUNTIME) as helix:
        with waiting("Helix: the program is shown"):
            helix.see("class SomeClass")
        with waiting("Helix: a mistake is found"):
            helix.see(r"● .*pool\.map\(single")
        helix.press("]", "d")
        helix.see("`single` is local to")
        helix.press("Space", "k")
        helix.see("single cannot be sent to a worker")
        helix.press("Escape")
        helix.miss("single cannot be sent to a worker")
        helix.press("Space", "a")
        helix.see("Move `single` to module level")
        helix.press("Enter")
        helix.see("partial")
        helix.type(":wq")
        helix.ends()
    assert user.runs(PROGRAM) == PRINTED


def test_helix_settings(user: User) -> None:
    user.configures(".config/helix/languages.toml", "\n".join(configurations("Helix")))
    with user.opens(*HELIX, OTHER, HELIX_RUNTIME=RUNTIME) as helix:
        helix.see(r"● .*pool\.map")
        helix.miss(r"● .*pool = ")


# Vim


def test_vim(user: User) -> None:
    user.configures(".vimrc", configurations("Vim with ALE")[0])
    with user.opens("vim", PROGRAM) as vim:
        with waiting("Vim: the program is shown"):
            vim.see("class SomeClass")
        with waiting("Vim: a mistake is found"):
            vim.see(r"^>> .*pool\.map\(single")
        vim.type(":ALENext")
        vim.see("local-target: `single` is local to")
        vim.type(":ALEHover")
        vim.see("single cannot be sent to a worker")
        vim.type(":ALECodeAction")
        vim.see(r"1\) Move `single` to module level")
        vim.type("1")
        vim.see("partial")
        vim.type(":wqa")
        vim.ends()
    assert user.runs(PROGRAM) == PRINTED


def test_vim_settings(user: User) -> None:
    user.configures(".vimrc", "\n".join(configurations("Vim with ALE")))
    with user.opens("vim", OTHER) as vim:
        vim.see(r"^-- .*pool\.map")
        vim.miss(r"^-- pool")
