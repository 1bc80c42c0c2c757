"""The documentation is run, so that it cannot drift from the code.

Every page is played through as its reader would, in an empty folder that holds only `examples/`:

- a block with a title (```` ```toml title="agreement.toml" ````) is a file that the reader saves;
- a `python` block runs; the blocks of a page share their names, as in one notebook;
- a `pycon` block runs and must print what it shows, as a docstring's example must;
- in a `console` or `bash` block the lines `$ smarketing …` run, must print what stands below them, if
  anything does (`...` stands for anything), and must succeed, unless `$ echo $?` follows and says otherwise.

A block under `<!-- not run: reason -->` is left alone. A figure that a page quotes in its text is asserted in
a block of that page. Public names without a docstring fail here too: they would be holes in the reference.
"""

from __future__ import annotations

import contextlib
import doctest
import functools
import importlib
import inspect
import io
import pkgutil
import re
import shlex
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import pytest

import smarketing

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(page for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md")] if page.is_file())

BLOCK = re.compile(
    r"(?P<not_run><!-- not run: [^\n]+ -->\n+)?"
    r"^(?P<indent>[ ]*)```(?P<language>\w+)(?P<options>[^\n]*)\n(?P<body>.*?)^(?P=indent)```[ ]*$",
    re.MULTILINE | re.DOTALL,
)
METHODS = (types.FunctionType, classmethod, staticmethod, property, functools.cached_property)
LOOSE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@attrs.frozen(kw_only=True)
class Block:
    """One fenced block of a page; `line` is where its body begins, counted from 0."""

    language: str
    title: str | None
    body: str
    line: int


def blocks_of(text: str) -> Iterator[Block]:
    """The blocks of a page that are to be played, in order."""
    for found in BLOCK.finditer(text):
        if found["not_run"] is None:
            title = re.search(r'title="([^"]+)"', found["options"])
            indent = re.compile(f"^{found['indent']}", re.MULTILINE)
            yield Block(
                language=found["language"],
                title=title[1] if title else None,
                body=indent.sub("", found["body"]),
                line=text.count("\n", 0, found.start("body")),
            )


def play(text: str, *, name: str, folder: Path) -> None:
    """Play one page in a folder; what is not as it says is an AssertionError, or the error itself."""
    page = types.ModuleType("page")
    page.__dict__["__file__"] = name
    for block in blocks_of(text):
        if block.title is not None:
            file = folder / block.title
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.body, encoding="utf-8")
        if block.language == "python":
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile("\n" * block.line + block.body, name, "exec"), page.__dict__)  # noqa: S102
        elif block.language == "pycon":
            play_session(block, name=name, names=page.__dict__)
        elif block.language in {"console", "bash"}:
            play_shell(block, name=name)


def play_session(block: Block, *, name: str, names: dict[str, object]) -> None:
    """Play an interactive session, and hold what it prints against the page."""
    session = doctest.DocTestParser().get_doctest(block.body, {}, name, name, block.line)
    session.globs = names
    said = io.StringIO()
    doctest.DocTestRunner(optionflags=LOOSE).run(session, out=said.write, clear_globs=False)
    assert not said.getvalue(), said.getvalue()


def play_shell(block: Block, *, name: str) -> None:
    """Play the project's own command; the other commands of a block are the reader's business."""
    status = 0
    steps = re.split(r"^\$ ", block.body.replace("\\\n", " "), flags=re.MULTILINE)[1:]
    for step, following in zip(steps, [*steps[1:], ""], strict=True):
        command, _, expected = step.partition("\n")
        place = f"{name}, line {block.line}: $ {command}"
        if command.strip() == "echo $?":
            printed = f"{status}\n"
        elif command.startswith("smarketing "):
            printed, status = run_command(list(as_a_shell_would(command))[1:])
            assert status == 0 or following.startswith("echo $?"), f"{place}\nexit status {status}\n{printed}"
        else:
            continue
        as_shown = doctest.OutputChecker().check_output(expected, printed, LOOSE)
        assert not expected.strip() or as_shown, f"{place}\nprinted\n{printed}\nand the page says\n{expected}"


def as_a_shell_would(command: str) -> Iterator[str]:
    """The words of a command, with patterns of file names replaced by the files that there are."""
    for word in shlex.split(command):
        yield from sorted(map(str, Path().glob(word))) if "*" in word else [word]


def run_command(arguments: list[str]) -> tuple[str, int]:
    """What `smarketing …` prints (both streams, as a terminal shows them) and its exit status."""
    from smarketing.cli import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        try:
            status = main(arguments)
        except SystemExit as end:
            status = end.code
    return said.getvalue(), status if isinstance(status, int) else int(status is not None)


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_a_page_does_what_it_says(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page is played through in a folder of its own."""
    if (ROOT / "examples").is_dir():
        (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    play(page.read_text(encoding="utf-8"), name=str(page.relative_to(ROOT)), folder=tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "```python\nassert 1 + 1 == 3\n```\n",
        "1. A list:\n\n    ```python\n    assert False\n    ```\n",
        "```python\nx = 1\n```\n\n```python\nassert x == 2\n```\n",
        "```pycon\n>>> 1 + 1\n3\n```\n",
        '```toml title="a.toml"\nx = 1\n```\n\n```python\nassert not open("a.toml").read()\n```\n',
    ],
)
@pytest.mark.filterwarnings("ignore:unclosed file")
def test_a_page_that_is_wrong_is_noticed(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail, for every kind of block."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError):
        play(text, name="page.md", folder=tmp_path)


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that prints its arguments and fails as often as one of them is "fail"."""

    def main(arguments: list[str]) -> int:
        sys.stdout.write(" ".join(arguments) + "\n")
        return arguments.count("fail")

    monkeypatch.setitem(sys.modules, "smarketing.cli", types.SimpleNamespace(main=main))


@pytest.mark.parametrize(
    "session", ["$ smarketing one two\none\n", "$ smarketing fail\n", "$ smarketing fail\n$ echo $?\n0\n"]
)
@pytest.mark.usefixtures("echo")
def test_a_command_that_does_otherwise_is_noticed(session: str, tmp_path: Path) -> None:
    """Another output than the page shows, a failure that it does not mention, another exit status."""
    with pytest.raises(AssertionError):
        play(f"```console\n{session}```\n", name="page.md", folder=tmp_path)


@pytest.mark.usefixtures("echo")
def test_a_command_that_does_as_shown_passes(tmp_path: Path) -> None:
    """Other commands are left to the reader, `...` stands for anything, and a failure may be shown."""
    session = "$ make coffee\n$ smarketing one \\\n    two\none ...\n$ smarketing fail\nfail\n$ echo $?\n1\n"
    play(f"```console\n{session}```\n", name="page.md", folder=tmp_path)


def test_a_block_that_says_why_it_is_not_run_is_left_alone() -> None:
    """The reason stands in the page's source, on the line before the block."""
    text = "<!-- not run: it needs a server -->\n```python\nassert False\n```\n"
    assert list(blocks_of(text)) == []


def rooms() -> Iterator[types.ModuleType]:
    """Every module of the package that a reader may import from."""
    names = [found.name for found in pkgutil.walk_packages(smarketing.__path__, "smarketing.")]
    modules = [importlib.import_module(name) for name in names if "._" not in name]
    return (module for module in [smarketing, *modules] if hasattr(module, "__all__"))


def undocumented(room: types.ModuleType) -> Iterator[str]:
    """The public names of a room that a reader of the reference would find empty."""
    if not inspect.getdoc(room):
        yield room.__name__
    for name in room.__all__:
        thing = getattr(room, name)
        if inspect.isclass(thing):
            if not vars(thing).get("__doc__"):
                yield f"{room.__name__}.{name}"
            for part, value in vars(thing).items():
                if (
                    isinstance(value, METHODS)
                    and not part.startswith("_")
                    and not inspect.getdoc(getattr(thing, part))
                ):
                    yield f"{room.__name__}.{name}.{part}"
        elif inspect.isroutine(thing) and not inspect.getdoc(thing):
            yield f"{room.__name__}.{name}"


def test_every_public_name_is_documented() -> None:
    """Modules, classes, functions, methods and properties that a room's `__all__` leads to."""
    assert sorted({name for room in rooms() for name in undocumented(room)}) == []


def test_an_undocumented_name_is_noticed() -> None:
    """The test above can fail, for every kind of name."""

    class Silent:
        def method(self) -> None: ...

        @property
        def part(self) -> None: ...

    def silent() -> None: ...

    room = types.ModuleType("room")
    room.__dict__.update(__all__=["Silent", "silent"], Silent=Silent, silent=silent)
    assert list(undocumented(room)) == [
        "room",
        "room.Silent",
        "room.Silent.method",
        "room.Silent.part",
        "room.silent",
    ]
