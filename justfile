# What holds, and how to check it. `.ci/run` runs `check`, `built` and `test`, in this order.

python := ".venv/bin/python"
bin := ".venv/bin"

# List the recipes.
default:
    @just --list

# Make the environment, with everything that the checks need.
setup:
    python3 -m venv .venv
    {{bin}}/pip install -q -e '.[dev]'

# Style, types, layers, and the rulebook's own checks.
check:
    {{bin}}/ruff check .
    {{bin}}/ruff format --check .
    {{bin}}/mypy
    {{bin}}/lint-imports
    {{bin}}/salesadvisor rules check
    {{bin}}/salesadvisor rules test

# The tests; the same command as in the README. Arguments narrow it: `just test tests/engine`.
test *arguments:
    {{python}} -m pytest -q {{arguments}}

# The wheel carries its rules: installed into an empty environment, it advises from anywhere.
built:
    #!/usr/bin/env bash
    set -euo pipefail
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    {{python}} -m build --wheel --outdir "$work/dist" . > "$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
    python3 -m venv "$work/empty"
    "$work/empty/bin/pip" install -q "$work"/dist/*.whl
    installed=$(cd "$work" && empty/bin/python -c 'from salesadvisor.rulebook.folder import built_in_rules; print(built_in_rules())')
    diff -r rules "$installed"
    (cd "$work" && empty/bin/salesadvisor template --example devtool > answers.yaml)
    (cd "$work" && empty/bin/salesadvisor advise answers.yaml --quiet)

# Which lines the tests reach.
coverage:
    {{bin}}/pip install -q pytest-cov
    {{python}} -m pytest -q --cov=salesadvisor --cov-report=term-missing:skip-covered

# How fast a start and a batch are, against what they were and against others.
bench:
    {{python}} benchmarks/startup.py 5
    {{python}} benchmarks/batch.py 100000

# Every path decides alike: 100,000 records one by one, in a batch and on Spark.
equality:
    {{python}} benchmarks/equality.py 100000 --spark
