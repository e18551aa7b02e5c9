"""The files around the library: what they promise, that they agree, and that set-up says clearly what is wrong."""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LEVELS = ("run", "test", "benchmark")


# ---------------------------------------------------------------- files


def our_files() -> list[Path]:
    """Every file that is tracked or would be added."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


MACHINE = {
    "a path of one machine": re.compile(r"(?<![\w.~/<>-])/(home|root|Users|w[o]rk|workspace|mnt|opt|srv|t[m]p)/\w"),
    "a path of one Windows machine": re.compile(r"\b[A-Z]:\\+Users\\+\w"),
    "the address of a package index": re.compile(r"https?://[^\s\"'<>]*/s[i]mple\b"),
    "an index option": re.compile(r"--(extra-)?(index[-]url|find[-]links)|\b(index[-_]url|find[-_]links)\s*[=:]\s*\S*://", re.IGNORECASE),
}


def test_no_file_names_a_machine_or_an_index():
    found = []
    for path in our_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        for what, pattern in MACHINE.items():
            found += [f"{path.relative_to(ROOT)}: {what}: {match.group()}" for match in pattern.finditer(text)]
    assert not found, "\n".join(found)


def test_the_search_would_find_them():
    lines = [
        "see /ho" + "me/ann/x",
        "C:" + r"\Users\ann",
        "https://host.example/pypi/sim" + "ple/",
        "--index" + "-url x",
        "index_url" + " = https://x",
    ]
    assert all(any(pattern.search(line) for pattern in MACHINE.values()) for line in lines)


def test_readme_shows_both_commands():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "make demo" in readme
    assert "make test" in readme


def test_one_version_everywhere():
    version = PROJECT["project"]["version"]
    assert re.search(rf"^version: {re.escape(version)}$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    for name in ("_version.py", "__init__.py"):
        path = ROOT / "negotiation_sim" / name
        stated = re.search(r'^__version__(?:: \S+)? = "(.*)"$', path.read_text(encoding="utf-8"), re.MULTILINE) if path.exists() else None
        assert stated is None or stated.group(1) == version


# ---------------------------------------------------------------- locks


def pins(level: str) -> dict[str, str]:
    text = (ROOT / "requirements" / f"{level}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", text, re.MULTILINE))


@pytest.mark.parametrize("level", LEVELS)
def test_locks_are_wheels_with_hashes_and_nothing_else(level):
    text = (ROOT / "requirements" / f"{level}.txt").read_text(encoding="utf-8").replace("\\\n", "")
    first, *lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert first == "--only-binary :all:"
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+( ; .+?)?(\s+--hash=sha256:[0-9a-f]{64})+", line) for line in lines)


def test_locks_contain_each_other():
    run, test, benchmark = (pins(level).items() for level in LEVELS)
    assert run <= test <= benchmark


@pytest.mark.parametrize(
    ("level", "requirements"),
    [
        ("run", PROJECT["project"]["dependencies"] + PROJECT["build-system"]["requires"] + PROJECT["dependency-groups"]["build"]),
        ("test", PROJECT["dependency-groups"]["test"]),
        ("benchmark", PROJECT["dependency-groups"]["benchmark"]),
    ],
)
def test_locks_are_what_pyproject_asks_for(level, requirements):
    pinned = pins(level)
    for requirement in map(Requirement, requirements):
        name = canonicalize_name(requirement.name)
        assert name in pinned, f"{name} is not in requirements/{level}.txt: renew the locks (requirements/README.md)"
        assert requirement.specifier.contains(pinned[name], prereleases=True), f"{name}=={pinned[name]} is not {requirement}"


def test_every_dependency_is_explained():
    explained = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").lower()
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    groups += [[entry for entry in group if isinstance(entry, str)] for group in PROJECT["dependency-groups"].values()]
    missing = [name for group in groups for entry in group if f"`{(name := Requirement(entry).name).lower()}`" not in explained]
    assert not missing


# ---------------------------------------------------------------- set-up


@pytest.fixture
def bootstrap(tmp_path, monkeypatch) -> ModuleType:
    """tools/bootstrap.py as a module that believes an empty folder to be the project."""
    specification = importlib.util.spec_from_file_location("bootstrap", ROOT / "tools" / "bootstrap.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    (tmp_path / "requirements").mkdir()
    for level in LEVELS:
        (tmp_path / "requirements" / f"{level}.txt").write_text(level)
    (tmp_path / "pyproject.toml").write_text("")
    venv = tmp_path / ".venv"
    for name, value in {"ROOT": str(tmp_path), "VENV": str(venv), "STAMP": str(venv / "stamp.json")}.items():
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(module, "venv_version", lambda: "{}.{}".format(*sys.version_info[:2]))
    return module


def fake_environment(bootstrap: ModuleType, level: str) -> Path:
    """What a finished set-up leaves, without the packages; its site-packages."""
    packages = Path(bootstrap.site_packages(bootstrap.interpreter()["version"]))
    (packages / "numpy").mkdir(parents=True)
    bootstrap.write_stamp(level, bootstrap.interpreter())
    return packages


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13), (3, 15, 0)])
def test_an_unsuitable_python_is_told_in_one_line(bootstrap, version):
    line = bootstrap.unsuitable(version)
    assert "\n" not in line
    assert "CPython 3.11 to 3.14" in line
    assert "{}.{}".format(*version) in line
    assert "make PYTHON=" in line


def test_a_suitable_python_is_taken(bootstrap):
    assert all(bootstrap.unsuitable((3, minor, 0)) is None for minor in range(11, 15))
    assert bootstrap.unsuitable((3, 11, 13), "pypy") is not None


def test_bootstrap_can_be_read_by_old_pythons():
    tree = ast.parse((ROOT / "tools" / "bootstrap.py").read_text(encoding="ascii"), feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFunctionDef, ast.YieldFrom)
    for node in ast.walk(tree):
        assert not isinstance(node, newer)
        if isinstance(node, ast.FunctionDef):
            assert not node.args.kwonlyargs
            assert node.returns is None
            assert not any(argument.annotation for argument in node.args.args)
        if isinstance(node, ast.Raise):
            assert node.cause is None
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            assert not any(isinstance(element, ast.Starred) for element in node.elts)


def test_a_missing_standard_module_is_told_in_one_line(bootstrap, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert bootstrap.main(["run", "true"]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "without its standard module ensurepip" in said
    assert "python3-venv" in said
    assert not Path(bootstrap.VENV).exists()


def test_what_a_changed_project_needs(bootstrap):
    assert bootstrap.needed("run", False) == ("all", "first use")
    packages = fake_environment(bootstrap, "run")
    assert bootstrap.needed("run", False)[0] is None
    assert bootstrap.needed("run", True)[0] is None
    assert bootstrap.needed("test", False)[0] == "packages"

    (packages / "another").mkdir()  # the user's own packages are welcome
    assert bootstrap.needed("run", False)[0] is None
    Path(bootstrap.ROOT, "pyproject.toml").write_text("changed")
    assert bootstrap.needed("run", False)[0] == "project"
    Path(bootstrap.ROOT, "requirements", "test.txt").write_text("changed")
    assert bootstrap.needed("run", False)[0] == "project"
    Path(bootstrap.ROOT, "requirements", "run.txt").write_text("changed")
    assert bootstrap.needed("run", False) == ("all", "the lock has changed")


@pytest.mark.parametrize("damage", ["package", "stamp", "half a stamp", "python", "folder", "interpreter"])
def test_a_damaged_environment_is_built_anew(bootstrap, damage, monkeypatch):
    packages = fake_environment(bootstrap, "test")
    stamp = Path(bootstrap.STAMP)
    if damage == "package":
        (packages / "numpy").rmdir()
    elif damage == "stamp":
        stamp.unlink()
    elif damage == "half a stamp":
        stamp.write_text(stamp.read_text()[:40])
    elif damage == "python":
        monkeypatch.setattr(bootstrap, "venv_version", lambda: None)
    elif damage == "folder":
        monkeypatch.setattr(bootstrap, "ROOT", bootstrap.ROOT + "/")
    else:
        stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"base": "another"}))
        assert bootstrap.needed("test", False)[0] is None  # good enough unless PYTHON= asks for this one
    assert bootstrap.needed("test", damage == "interpreter")[0] == "all"


def test_pip_is_left_its_indexes_and_nothing_else(bootstrap, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in {"PIP_USER": "1", "PIP_TARGET": "x", "PIP_REQUIRE_VIRTUALENV": "1", "PIP_PROXY": "mine", "PYTHONPATH": "y"}.items():
        monkeypatch.setenv(name, value)
    listing = "\n".join(
        [
            "global.trusted-host='\\none.example\\ntwo.example'",
            "global.proxy='theirs'",
            "global.require-virtualenv='true'",
            "global.timeout='10'",
            "install.timeout='20'",
            "install.target='elsewhere'",
            ":env:.proxy='mine'",
        ]
    )
    monkeypatch.setattr(bootstrap, "call", lambda *_: listing)
    environment = bootstrap.pip_environment(None)
    assert {name: value for name, value in environment.items() if name.startswith("PIP_")} == {
        "PIP_TRUSTED_HOST": "\none.example\ntwo.example",
        "PIP_PROXY": "mine",
        "PIP_TIMEOUT": "20",
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_NO_INPUT": "1",
    }
    assert "PYTHONPATH" not in environment


# ---------------------------------------------------------------- make

needs_make = pytest.mark.skipif(shutil.which("make") is None or os.name == "nt", reason="no make")


def make(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON"}}
    return subprocess.run(
        [shutil.which("make"), *arguments], cwd=ROOT, env=environment | variables, capture_output=True, text=True, timeout=60, check=False
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failed make says, apart from make's own."""
    assert done.returncode != 0
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("make: ")]
    return line


@needs_make
def test_make_names_a_python_that_does_not_exist():
    assert "no no-such-python was found" in one_line(make("demo", "PYTHON=no-such-python"))
    assert "no no-such-python was found" in one_line(make("demo", PYTHON="no-such-python"))


@needs_make
def test_make_with_an_old_python(tmp_path):
    old = tmp_path / "an old" / "python"
    old.parent.mkdir()
    code = "import runpy, sys; sys.version_info = (3, 6, 15); sys.argv[:1] = []; runpy.run_path(sys.argv[0], run_name='__main__')"
    old.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" -c "{code}" "$@"\n')
    old.chmod(0o755)
    assert "this is cpython 3.6" in one_line(make("demo", f"PYTHON={old}"))


@needs_make
def test_make_without_any_python(tmp_path):
    for tool in ("sh", "make"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    assert "no python3 was found" in one_line(make("demo", "PYTHONS=none", PATH=str(tmp_path)))
