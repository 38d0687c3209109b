from __future__ import annotations

import ast

from architecture.sources import modules

LONGEST_FILE = 400
LONGEST_FUNCTION = 60


def test_every_module_starts_with_the_future_import():
    without = [m.name for m in modules() if not _starts_with_future(m.tree)]

    assert without == []


def test_no_file_is_longer_than_a_reader_can_hold():
    lengths = {m.name: m.text.count("\n") for m in modules()}

    assert {name: n for name, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen():
    long = {
        f"{module.name}:{node.lineno} {node.name}": length
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }

    assert long == {}


def test_nothing_is_left_unfinished():
    words = ("raise NotImplementedError", "TODO", "FIXME")
    found = [
        f"{module.name}:{number}"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if any(word in line for word in words)
    ]

    assert found == []


def _starts_with_future(tree: ast.Module) -> bool:
    statements = [
        node
        for node in tree.body
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    ]
    if not statements:
        return True
    first = statements[0]
    return isinstance(first, ast.ImportFrom) and first.module == "__future__"
