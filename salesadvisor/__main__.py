"""`python -m salesadvisor` is the same as `salesadvisor`."""

from salesadvisor.cli.app import run

if __name__ == "__main__":
    run()
