"""The floor for `salesadvisor --help`: a bare typer program of two commands."""

import typer

app = typer.Typer()


@app.command()
def one(number: int = 1) -> None:
    """Do nothing."""


@app.command()
def two(number: int = 1) -> None:
    """Do nothing."""


if __name__ == "__main__":
    app()
