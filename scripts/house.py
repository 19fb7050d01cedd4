"""Prints the structural figures of the project, read from its code alone: nothing of it is imported.

    python scripts/house.py [ROOT] [--details]

Shipped modules are those of `planner` and `simulations`. A package is seen through: `from planner.curves import Fit`
is an import of the module that defines it, and neither an import of `planner.curves` nor one by it. What a package uses
in its own code it does import. A package imported as a whole stands for the names that are read from it, and for all
that it exports where it is used in any other way. Imports inside functions and for type checkers count as well.
"""

import argparse
import ast
import math
import re
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

SHIPPED = ("planner", "simulations")
FEW_LINES = 40
"""Modules with fewer lines of code are small."""
MANY_PARAMETERS = 6
ROOTS = ("planner.cli:main", "planner.cli.__main__", "planner.dashboard.app", "simulations.testing")
"""Where commands and the public API begin, besides `planner`, `simulations`, `app.py` and what the docs name."""
NAVIGATION, PAGES = "planner.dashboard.navigation", "planner.dashboard.views"
"""The module that names the pages, and the folder in which they lie under these names."""
LAYERS = (
    ("cli", "dashboard", "api"),
    ("app",),
    ("render",),
    ("campaign",),
    ("decision", "backtest", "annotations"),
    ("transfer", "costs"),
    ("curves",),
    ("forecasting", "evidence", "plan"),
)
"""The rooms of planner, from the top; each may import what lies below. `pyproject.toml` has the same as a contract."""
SIMULATOR = "simulations"
RUNS_SIMULATOR = "app"
"""The only room that may import the simulator, but for its leaves."""
LEAVES = tuple(f"{SIMULATOR}.{name}" for name in ("curve_table", "errors", "files", "arrays", "threads", "process"))
"""Modules that both packages share and that know no simulation; like those beside the rooms, they are no room."""
UNSHIPPED = ("research", "benchmarks")
"""No shipped room may import these."""

DOTTED = re.compile(rf"\b(?:{'|'.join(SHIPPED)})(?:\.\w+)+")

Kind = Literal["top", "lazy", "typing"]
Function = ast.FunctionDef | ast.AsyncFunctionDef
Edges = Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class Import:
    """One name of an import statement.

    Attributes:
        target: full name of the module that the statement names.
        name: what is imported from it; None where it is the module itself.
        bound: the name in the importing file; dotted for `import a.b`.
        kind: `top` runs when the file is loaded, `lazy` inside a function, `typing` for type checkers only.
        line: line number, from 1.
        exporting: whether it is in the function `__getattr__` of the module.
    """

    target: str
    name: str | None
    bound: str
    kind: Kind
    line: int
    exporting: bool = False


@dataclass
class Module:
    """What one file says, without regard to others.

    Attributes:
        name: full name; that of the package for an `__init__`.
        path: relative to the root of the checkout.
        package: whether it is an `__init__`.
        lines: number of lines, as `wc -l` counts them.
        code: lines that are neither blank nor comment nor docstring.
        import_lines: lines of import statements.
        imports: in the order of the file.
        defined: names that functions, classes and assignments at top level define.
        used: names that are read outside `__getattr__`, with their attributes: `charts.price.draw`.
        strings: all strings but docstrings.
        tables: name to modules, from dictionaries in a module with a `__getattr__`, such as `{"Plan": "planner.plan"}`.
        classes: names of classes, nested ones too.
        functions: (name, line, lines, parameters) of each function and method; `self` and `cls` do not count.
    """

    name: str
    path: Path
    package: bool
    lines: int = 0
    code: int = 0
    import_lines: int = 0
    imports: list[Import] = field(default_factory=list)
    defined: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    strings: set[str] = field(default_factory=set)
    tables: dict[str, list[str]] = field(default_factory=dict)
    classes: list[str] = field(default_factory=list)
    functions: list[tuple[str, int, int, int]] = field(default_factory=list)

    @property
    def base(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @cached_property
    def names_read(self) -> set[str]:
        """The first parts of the names in `used`."""
        return {name.partition(".")[0] for name in self.used}

    @cached_property
    def exports(self) -> dict[str, list[Import]]:
        """What a package offers that is defined elsewhere, by name."""
        exports: dict[str, list[Import]] = defaultdict(list)
        for one in self.imports if self.package else ():
            if one.kind != "lazy" or one.exporting:
                exports[one.bound].append(one)
        for name, targets in self.tables.items():
            exports[name] += [Import(target, name, name, "lazy", 0, exporting=True) for target in targets]
        return dict(exports)

    def only_exports(self, one: Import) -> bool:
        """Whether a package imports something for others alone."""
        return self.package and (one.exporting or (one.kind != "lazy" and one.bound not in self.names_read))


def read_module(root: Path, path: Path) -> Module:
    """Read a file.

    Args:
        root: of the checkout.
        path: of the file, below the root.

    Raises:
        SyntaxError: the file is no Python.
    """
    text = path.read_text(encoding="utf-8")
    relative = path.relative_to(root)
    parts = relative.with_suffix("").parts
    package = parts[-1] == "__init__"
    module = Module(".".join(parts[:-1] if package else parts), relative, package)
    _Reader(module, text).read()
    return module


class _Reader(ast.NodeVisitor):
    """Fills a module from its text; one pass over the tree."""

    def __init__(self, module: Module, text: str) -> None:
        self.module, self.text = module, text
        self.kind: Kind = "top"
        self.in_getattr = False
        self.docstring_lines: set[int] = set()
        self.string_lines: set[int] = set()
        self.import_lines: set[int] = set()
        self.entries: list[ast.Dict] = []

    def read(self) -> None:
        tree = ast.parse(self.text)
        self.module.defined = {name for statement in tree.body for name in _defined(statement)}
        self.visit(tree)
        if "__getattr__" in self.module.defined:
            self._read_tables()
        lines = self.text.split("\n")
        self.module.lines = self.text.count("\n")
        self.module.import_lines = len(self.import_lines)
        self.module.code = sum(
            bool(line.strip())
            and number not in self.docstring_lines
            and (number in self.string_lines or not line.lstrip().startswith("#"))
            for number, line in enumerate(lines, 1)
        )

    def visit_Import(self, node: ast.Import) -> None:
        self.import_lines |= _span(node)
        for alias in node.names:
            self._add(node, alias.name, None, alias.asname or alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.import_lines |= _span(node)
        target = node.module or ""
        if node.level:
            package = self.module.name.split(".")
            above = package[: len(package) - node.level + self.module.package]
            target = ".".join([*above, target] if target else above)
        for alias in node.names:
            self._add(node, target, alias.name, alias.asname or alias.name)

    def visit_If(self, node: ast.If) -> None:
        if ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            kind, self.kind = self.kind, "typing"
            self._visit_all(node.body)
            self.kind = kind
            self._visit_all(node.orelse)
        else:
            self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.module.classes.append(node.name)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: Function) -> None:
        assert node.end_lineno is not None
        length = node.end_lineno - node.lineno + 1
        self.module.functions.append((node.name, node.lineno, length, _parameter_count(node.args)))
        kind, in_getattr = self.kind, self.in_getattr
        self.in_getattr = in_getattr or (kind == "top" and node.name == "__getattr__" and node.col_offset == 0)
        self._visit_all([*node.decorator_list, node.args, *([node.returns] if node.returns else [])])
        self.kind = "lazy"
        self._visit_all(node.body)
        self.kind, self.in_getattr = kind, in_getattr

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Expr(self, node: ast.Expr) -> None:
        # A string that stands alone documents the module, class, function or attribute above it.
        if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            self.docstring_lines |= _span(node)
        else:
            self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self.string_lines |= _span(node)
            self.module.strings.add(node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self.string_lines |= _span(node)
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._use(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        names: list[str] = []
        inner: ast.expr = node
        while isinstance(inner, ast.Attribute):
            names.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            self._use(".".join([inner.id, *reversed(names)]))
        else:
            self.visit(inner)

    def visit_Dict(self, node: ast.Dict) -> None:
        self.entries.append(node)
        self.generic_visit(node)

    def _visit_all(self, nodes: Iterable[ast.AST]) -> None:
        for node in nodes:
            self.visit(node)

    def _add(self, node: ast.stmt, target: str, name: str | None, bound: str) -> None:
        self.module.imports.append(Import(target, name, bound, self.kind, node.lineno, self.in_getattr))

    def _use(self, name: str) -> None:
        if not self.in_getattr:
            self.module.used.add(name)

    def _read_tables(self) -> None:
        for entries in self.entries:
            for key, value in zip(entries.keys, entries.values, strict=True):
                strings = [*_strings(key), *_strings(value)]
                modules = [string.partition(":")[0] for string in strings if string.split(".")[0] in SHIPPED]
                for name in strings if modules else ():
                    if name.isidentifier():
                        self.module.tables[name] = modules


def _defined(statement: ast.stmt) -> Iterator[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif not isinstance(statement, ast.Import | ast.ImportFrom):
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                yield node.id


def _span(node: ast.stmt | ast.expr) -> set[int]:
    assert node.end_lineno is not None
    return set(range(node.lineno, node.end_lineno + 1))


def _parameter_count(arguments: ast.arguments) -> int:
    positional = [*arguments.posonlyargs, *arguments.args]
    implicit = bool(positional) and positional[0].arg in ("self", "cls")
    rest = [one for one in (arguments.vararg, arguments.kwarg) if one]
    return len(positional) - implicit + len(arguments.kwonlyargs) + len(rest)


def _strings(node: ast.expr | None) -> list[str]:
    constants = [one for one in ast.walk(node) if isinstance(one, ast.Constant)] if node else []
    return [one.value for one in constants if isinstance(one.value, str)]


class House:
    """The shipped modules of a checkout and who imports whom.

    Args:
        root: of the checkout.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        found = [read_module(root, path) for folder in SHIPPED for path in _files(root / folder)]
        self.modules = {module.name: module for module in found}

    def defining(self, target: str, name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        """The modules that an import of a name comes to, seen through packages; none where it is not shipped."""
        if target not in self.modules:
            return set()
        full, package = f"{target}.{name}", self.modules[target]
        if full not in seen and name in package.exports:
            return set().union(*(self._end(one, seen | {full}) for one in package.exports[name]))
        return {full} if name not in package.defined and full in self.modules else {target}

    def _end(self, one: Import, seen: frozenset[str]) -> set[str]:
        if one.name is None:
            return {one.target} & self.modules.keys()
        return self.defining(one.target, one.name, seen)

    def imported(self, module: Module, one: Import) -> set[str]:
        """The modules that one import of a file comes to."""
        full = one.target if one.name is None else f"{one.target}.{one.name}"
        ends = self._end(one, frozenset())
        if ends != {full} or not self.modules[full].package:
            return ends
        # The package itself: what is read from it, or all of it where it is passed on.
        reads = [name[len(one.bound) :] for name in module.used if f"{name}.".startswith(f"{one.bound}.")]
        if not reads or "" in reads:
            return self.whole(full)
        return set().union(*(self.defining(full, read.split(".")[1]) for read in reads))

    def whole(self, package: str) -> set[str]:
        """A package and all that it exports; a module alone."""
        return {package}.union(*(self.defining(package, name) for name in self.modules[package].exports))

    def edges(self, kinds: tuple[Kind, ...] = ("top", "lazy", "typing"), exports: bool = False) -> dict[str, set[str]]:
        """Who imports whom.

        Args:
            kinds: of imports that count.
            exports: whether a package imports what it only exports when it is loaded.
        """
        return {module.name: self._imported_by(module, kinds, exports) for module in self.modules.values()}

    def _imported_by(self, module: Module, kinds: tuple[Kind, ...], exports: bool) -> set[str]:
        counted = [
            one
            for one in module.imports
            if one.kind in kinds and (not module.only_exports(one) or (exports and one.kind == "top"))
        ]
        return set().union(*(self.imported(module, one) for one in counted)) - {module.name}

    @cached_property
    def imports(self) -> dict[str, set[str]]:
        """Module to those that it imports, in any way."""
        return self.edges()

    @cached_property
    def importers(self) -> dict[str, set[str]]:
        """Module to those that import it, in any way."""
        return {name: {other for other, ends in self.imports.items() if name in ends} for name in self.modules}

    def named(self, module: Module) -> set[str]:
        """Modules that a file names in strings, as `package.module` or `package.module:name`."""
        found: set[str] = set()
        if not module.tables:
            for string in module.strings:
                target, _, name = string.partition(":")
                if target in self.modules and re.fullmatch(r"[\w.]+(:\w+)?", string):
                    found |= self.defining(target, name) if name else {target}
                    found |= {f"{target}.__main__"} & self.modules.keys()
        return found

    def reached(self) -> set[str]:
        """Modules that a command, a page or the public API reaches; the API is also what the docs name."""
        edges = {
            name: self.imports[name] | self.named(module) | {".".join(parts) for parts in _parents(name)}
            for name, module in self.modules.items()
        }
        starts: set[str] = set()
        for package in SHIPPED:
            starts |= self.whole(package) if package in self.modules else set()
        for root in ROOTS:
            target, _, name = root.partition(":")
            starts |= self.defining(target, name) if name else {target}
        if NAVIGATION in self.modules:
            starts |= {f"{PAGES}.{string}" for string in self.modules[NAVIGATION].strings}
        for path in [self.root / "README.md", *(self.root / "docs").rglob("*.md")]:
            for name in DOTTED.findall(path.read_text(encoding="utf-8")) if path.exists() else ():
                starts |= self.whole(name) if name in self.modules else self.defining(*name.rsplit(".", 1))
        if (self.root / "app.py").exists():
            starts |= self._imported_by(read_module(self.root, self.root / "app.py"), ("top", "lazy", "typing"), False)
        return _reachable(edges, starts & self.modules.keys())


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def _parents(name: str) -> Iterator[list[str]]:
    parts = name.split(".")
    return (parts[:length] for length in range(1, len(parts)))


def _reachable(edges: Edges, starts: Iterable[str]) -> set[str]:
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting.extend(edges.get(name, ()))
    return reached


def circles(edges: Edges) -> list[list[str]]:
    """Groups of modules each of which imports all others of its group, over however many steps."""
    after = {name: _reachable(edges, ends) for name, ends in edges.items()}
    groups = {tuple(sorted(other for other in after[name] if name in after[other])) for name in edges}
    return [list(group) for group in sorted(groups) if len(group) > 1]


def rooms(house: House) -> list[str]:
    """The rooms that exist: folders with Python files below `planner`, and `simulations`."""
    paths = [module.path.parts for module in house.modules.values()]
    inside = {parts[1] for parts in paths if len(parts) > 2 and parts[0] == "planner"}
    return sorted(inside | {parts[0] for parts in paths} - {"planner"})


def room(name: str, rooms: Iterable[str]) -> str:
    """The room of a module; `planner` where it stands beside the rooms, and for the leaves of the simulator."""
    first, second, *_ = [*name.split("."), ""]
    if f"{first}.{second}" in LEAVES:
        return "planner"
    return second if first == "planner" and second in rooms else first


def may_import(room: str, other: str) -> bool | None:
    """Whether the rules let one room import another; None where a rule is missing.

    Args:
        room: who imports; not `planner`, whose few modules are no room.
        other: what is imported.
    """
    if other in UNSHIPPED or room == SIMULATOR:
        return False
    level = {name: depth for depth, names in enumerate(LAYERS) for name in names}
    if room not in level or other not in {*level, "planner", SIMULATOR}:
        return None
    if other == SIMULATOR:
        return room == RUNS_SIMULATOR
    return other == "planner" or level[room] < level[other]


def arrows(house: House) -> dict[tuple[str, str], list[str]]:
    """Which rooms import which, with `path:line` of each import as it is written."""
    exist = rooms(house)
    found: dict[tuple[str, str], set[tuple[str, int]]] = defaultdict(set)
    for module in house.modules.values():
        start = room(module.name, exist)
        for one in module.imports:
            full = f"{one.target}.{one.name}"
            end = room(full if full in house.modules else one.target, exist)
            # What stands beside the rooms of planner they share; the simulator may not have it either.
            stray = start == SIMULATOR and end == "planner" and one.target.partition(".")[0] == "planner"
            if (end in (*exist, *UNSHIPPED) or stray) and start not in (end, "planner"):
                found[start, end].add((module.path.as_posix(), one.line))
    return {arrow: [f"{path}:{line}" for path, line in sorted(places)] for arrow, places in sorted(found.items())}


def measure(house: House) -> dict[str, Any]:
    """Every figure with its members, in plain types."""
    modules = house.modules
    tests = _files(house.root / "tests")
    test_lines = sum(path.read_bytes().count(b"\n") for path in tests)
    lines = sum(module.lines for module in modules.values())
    unreached = sorted(modules.keys() - house.reached())
    functions = [function for module in modules.values() for function in module.functions]
    lengths = sorted(length for _, _, length, _ in functions)
    between = arrows(house)
    known = {SIMULATOR, *(name for names in LAYERS for name in names)}
    without = [one for one in rooms(house) if one not in known]
    return {
        "files": len(modules),
        "lines": lines,
        "code_lines": sum(module.code for module in modules.values()),
        "test_files": len(tests),
        "test_lines": test_lines,
        "test_lines_per_shipped_line": test_lines / max(lines, 1),
        "import_lines": sum(module.import_lines for module in modules.values()),
        "import_share": sum(module.import_lines for module in modules.values()) / max(lines, 1),
        "single_importer": {name: next(iter(who)) for name, who in sorted(house.importers.items()) if len(who) == 1},
        "small": {
            name: module.code
            for name, module in sorted(modules.items())
            if not module.package and module.code < FEW_LINES
        },
        "unreached": {name: modules[name].lines for name in unreached},
        "unreached_lines": sum(modules[name].lines for name in unreached),
        "circles": circles(house.edges(exports=True)),
        "circles_when_run": circles(house.edges(("top", "lazy"), exports=True)),
        "circles_at_top": circles(house.edges(("top",), exports=True)),
        "class_names": _shared((name, module.name) for module in modules.values() for name in module.classes),
        "module_names": _shared((module.base, module.name) for module in modules.values() if module.base != "__main__"),
        "functions": len(functions),
        "function_length_median": statistics.median(lengths) if lengths else 0,
        "function_length_90th": lengths[math.ceil(0.9 * len(lengths)) - 1] if lengths else 0,
        "many_parameters": {
            f"{module.path.as_posix()}:{line} {name}": count
            for module in modules.values()
            for name, line, _, count in module.functions
            if count > MANY_PARAMETERS
        },
        "many_parameters_share": sum(count > MANY_PARAMETERS for *_, count in functions) / max(len(functions), 1),
        "rooms": rooms(house),
        "arrows": {f"{start} -> {end}": places for (start, end), places in between.items()},
        "forbidden": {
            f"{start} -> {end}": places for (start, end), places in between.items() if may_import(start, end) is False
        },
        "rooms_without_rule": without,
    }


def _shared(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    places: dict[str, set[str]] = defaultdict(set)
    for name, place in pairs:
        places[name].add(place)
    return {name: sorted(found) for name, found in sorted(places.items()) if len(found) > 1}


def table(figures: Mapping[str, Any]) -> list[str]:
    """The figures, one a line."""
    size = {key: len(found) for key, found in figures.items() if isinstance(found, list | dict)}
    public = sum(not name.startswith("_") for name in figures["class_names"])
    few = f"modules under {FEW_LINES} code lines"
    rows = [
        ("shipped lines", f"{figures['lines']:,}", f"in {figures['files']:,} files"),
        ("test lines", f"{figures['test_lines']:,}", f"{figures['test_lines_per_shipped_line']:.2f} a shipped line"),
        ("import statements", f"{figures['import_share']:.1%}", f"{figures['import_lines']:,} shipped lines"),
        ("modules with one importer", f"{size['single_importer']:,}", ""),
        (few, f"{size['small']:,}", "without __init__"),
        ("modules nothing reaches", f"{size['unreached']:,}", f"{figures['unreached_lines']:,} lines"),
        (
            "circles of files",
            f"{size['circles']:,}",
            f"{size['circles_at_top']:,} at top level, {size['circles_when_run']:,} with imports in functions",
        ),
        ("class names for two things", f"{size['class_names']:,}", f"{public:,} public"),
        ("module names for two things", f"{size['module_names']:,}", ""),
        (
            "function length, median",
            f"{figures['function_length_median']:g}",
            f"90th percentile {figures['function_length_90th']}, of {figures['functions']:,}",
        ),
        (f"over {MANY_PARAMETERS} parameters", f"{figures['many_parameters_share']:.1%}", "of functions"),
        ("arrows between rooms", f"{size['arrows']:,}", f"{size['forbidden']:,} forbidden"),
        ("rooms without a rule", f"{size['rooms_without_rule']:,}", ", ".join(figures["rooms_without_rule"])),
    ]
    return [f"{label:<30}{value:>8}  {note}".rstrip() for label, value, note in rows]


def details(figures: Mapping[str, Any]) -> list[str]:
    """The members behind the figures."""
    sections: list[tuple[str, str, Callable[[Any, Any], str]]] = [
        ("Modules with one importer", "single_importer", lambda name, who: f"{name}  <- {who}"),
        (f"Modules under {FEW_LINES} code lines", "small", lambda name, code: f"{code:4} {name}"),
        ("Modules nothing reaches", "unreached", lambda name, lines: f"{lines:4} {name}"),
        ("Class names for two things", "class_names", lambda name, places: f"{name}: {', '.join(places)}"),
        ("Module names for two things", "module_names", lambda name, places: f"{name}: {', '.join(places)}"),
        (f"Over {MANY_PARAMETERS} parameters", "many_parameters", lambda name, count: f"{count:4} {name}"),
        ("Arrows", "arrows", lambda arrow, places: f"{arrow}: {len(places)}, first {places[0]}"),
        ("Forbidden arrows", "forbidden", lambda arrow, places: f"{arrow}: {' '.join(places)}"),
    ]
    lines: list[str] = []
    for title, key, say in sections:
        lines += ["", f"{title} ({len(figures[key])})", *(f"  {say(name, of)}" for name, of in figures[key].items())]
    for title, key in (
        ("Circles", "circles"),
        ("Circles when run, imports in functions included", "circles_when_run"),
        ("Circles at top level", "circles_at_top"),
    ):
        lines += ["", f"{title} ({len(figures[key])})", *(f"  {' '.join(group)}" for group in figures[key])]
    return lines


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Structural figures of the project, from its code alone.")
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).parent.parent, help="another checkout")
    parser.add_argument("--details", action="store_true", help="list the members behind the figures")
    options = parser.parse_args()
    house = House(options.root.resolve())
    if not house.modules:
        parser.error(f"{options.root}: found no Python files in {' or '.join(SHIPPED)}")
    figures = measure(house)
    print("\n".join([*table(figures), *(details(figures) if options.details else [])]))


if __name__ == "__main__":
    main()
