"""Modules import only what lies below them, and importing the package loads nothing else.

The table is the one of the design: whoever adds a package or a module at the top gives it a layer here.
"""

import ast
import functools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "negotiation_sim"
NAME = PACKAGE.name

# Private modules at the top, _arrays.py and its like, are in layer 0 too.
LAYERS = {
    "status": 0,
    "solution": 0,
    "games": 1,
    "equilibria": 2,
    "bargaining": 2,
    "scenario": 3,
    "simulation": 3,
    "estimation": 3,
    "sweeps": 4,
    "plot": 5,
    "report": 5,
    "cli": 6,
    "__main__": 6,
    "": 6,  # negotiation_sim/__init__.py itself
}
TOP = max(LAYERS.values())

# Beyond the layers: who must not know whom, though the layers would allow it.
FORBIDDEN = {("equilibria", "bargaining"), ("plot", "equilibria")}

# Where nashpy may be imported: a whole module, or inside one function of a module.
NASHPY_MODULE = "equilibria/nashpy_reference.py"
NASHPY_FUNCTION = ("games/normal_form.py", "to_nashpy")


def layer(part: str) -> int | None:
    """The layer of a top-level package or module, "" for the package itself; None if it has been given none."""
    return 0 if part.startswith("_") and not part.startswith("__") else LAYERS.get(part)


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def place(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def part_of(dotted: str) -> str:
    """The top-level part of a full module name: negotiation_sim.games.staged -> games, negotiation_sim -> ""."""
    return [*dotted.split("."), ""][1]


def exists(dotted: str) -> bool:
    path = PACKAGE.parent.joinpath(*dotted.split("."))
    return path.with_suffix(".py").exists() or path.is_dir()


def guards_types(node: ast.AST) -> bool:
    if not isinstance(node, ast.If):
        return False
    test = node.test
    return (isinstance(test, ast.Name) and test.id == "TYPE_CHECKING") or (isinstance(test, ast.Attribute) and test.attr == "TYPE_CHECKING")


def imports(tree: ast.AST, package: str, inside: tuple[str, ...] = ()) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """Every import that can happen at run time: (full module name, line, names of the functions around it).

    `package` is what relative imports start from. `from a import b` counts as a.b if that is a module of ours, else as a.
    """
    for node in ast.iter_child_nodes(tree):
        if guards_types(node):
            for child in node.orelse:
                yield from imports(ast.Module([child], []), package, inside)
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, inside) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, node.module] if node.module else above)
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield (full if base.split(".")[0] == NAME and exists(full) else base), node.lineno, inside
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in {"import_module", "__import__"}:
                yield node.args[0].value, node.lineno, inside
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from imports(node, package, (*inside, node.name) if is_function else inside)


@functools.cache
def imports_of(path: Path) -> list[tuple[str, int, tuple[str, ...]]]:
    package = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts[:-1])
    return list(imports(ast.parse(path.read_text(encoding="utf-8"), str(path)), package))


def test_everything_at_the_top_has_a_layer():
    found = {place(path).split("/")[0].removesuffix(".py") for path in modules()}
    homeless = sorted(name for name in found if name != "__init__" and layer(name) is None)
    assert not homeless, f"give {homeless} a layer in LAYERS and in the design"


def test_imports_go_down():
    wrong = []
    for path in modules():
        own = place(path).split("/")[0].removesuffix(".py").removesuffix("__init__")
        for target, line, _ in imports_of(path):
            if target.split(".")[0] != NAME:
                continue
            part = part_of(target)
            own_layer, its_layer = layer(own), layer(part)
            if (its_layer if its_layer is not None else TOP) > (own_layer if own_layer is not None else TOP):
                wrong.append(f"{place(path)}:{line} (layer {own_layer}) imports {target} (layer {its_layer})")
            elif (own, part) in FORBIDDEN:
                wrong.append(f"{place(path)}:{line}: {own} must not know {part}")
    assert not wrong, "\n".join(wrong)


def test_nashpy_is_imported_in_two_places_only():
    wrong = []
    for path in modules():
        for target, line, inside in imports_of(path):
            if target.split(".")[0] == "nashpy" and place(path) != NASHPY_MODULE and (place(path), *inside[-1:]) != NASHPY_FUNCTION:
                wrong.append(f"{place(path)}:{line}, only {NASHPY_MODULE} and {NASHPY_FUNCTION[1]} in {NASHPY_FUNCTION[0]} may")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import negotiation_sim.sweeps", ["negotiation_sim.sweeps"]),
        ("import negotiation_sim as ns", ["negotiation_sim"]),
        ("from negotiation_sim import solve", ["negotiation_sim"]),
        ("from . import pure", ["negotiation_sim.games"]),
        ("from .. import solve", ["negotiation_sim"]),
        ("from ..sweeps.run import block", ["negotiation_sim.sweeps.run"]),
        ("def f():\n    import nashpy", ["nashpy"]),
        ("if TYPE_CHECKING:\n    import nashpy\nelse:\n    import numpy", ["numpy"]),
        ("try:\n    import a\nexcept ImportError:\n    import typing as b", ["a", "typing"]),
        ("import importlib\nimportlib.import_module('negotiation_sim.cli')", ["importlib", "negotiation_sim.cli"]),
    ],
)
def test_the_parser_sees_every_way_to_import(source, found):
    assert [target for target, _, _ in imports(ast.parse(source), f"{NAME}.games")] == found


def in_fresh_interpreter(code: str) -> str:
    """Run code in a new interpreter, with nothing of the user's environment; its output."""
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


needs_package = pytest.mark.skipif(not (PACKAGE / "__init__.py").exists(), reason="negotiation_sim/__init__.py does not exist yet")


@needs_package
def test_import_loads_only_the_standard_library():
    loaded = in_fresh_interpreter(
        "import sys; before = set(sys.modules)\n"
        f"import {NAME}\n"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    assert loaded.split() == [NAME]


@needs_package
def test_no_module_is_named_like_a_public_function():
    functions = in_fresh_interpreter(
        f"import {NAME} as ns, types\n"
        "print(*[n for n in ns.__all__ if callable(getattr(ns, n)) and not isinstance(getattr(ns, n), type | types.ModuleType)])"
    ).split()
    names = {path.stem for path in modules()} | {path.parent.name for path in modules() if path.parent != PACKAGE}
    assert not names & set(functions), "importing a module rebinds the attribute of its parent, so the function would vanish"


@needs_package
def test_public_names_stay_the_same_when_every_module_is_imported():
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in modules() if path.stem != "__main__"]
    changed = in_fresh_interpreter(
        f"import {NAME} as ns, importlib\n"
        "first = {n: getattr(ns, n) for n in ns.__all__}\n"
        f"for name in {[name.removesuffix('.__init__') for name in names]!r}: importlib.import_module(name)\n"
        "print(*[n for n, value in first.items() if getattr(ns, n) is not value])"
    )
    assert not changed.split()


def test_the_guide_to_the_solvers_names_every_module():
    top = PACKAGE / "equilibria"
    for folder in [top, *(path.parent for path in top.glob("*/__init__.py"))]:
        guide = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8")))
        parts = [path.stem for path in folder.glob("*.py") if path.stem != "__init__"]
        parts += [path.parent.name for path in folder.glob("*/__init__.py")]
        missing = sorted(part for part in parts if f"``{part}``" not in guide)
        assert not missing, f"name {missing} in the docstring of {folder.name}/__init__.py"
