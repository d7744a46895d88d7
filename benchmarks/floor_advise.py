"""The floor for `salesadvisor advise`: a typer program that only loads a file and prints a table."""

from pathlib import Path

import typer

app = typer.Typer()


@app.command()
def advise(file: Path) -> None:
    """Load one answer file with the C loader and print a table of the same size."""
    import yaml
    from rich.console import Console
    from rich.table import Table

    answers = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    table = Table(title=str(answers["name"]))
    for head in ("Criterion", "Inside", "Outside", "Hybrid"):
        table.add_column(head)
    for row in range(8):
        table.add_row(f"criterion {row}", "+1 ###", "-1 --", "+2 ####")
    Console().print(table)


if __name__ == "__main__":
    app()
