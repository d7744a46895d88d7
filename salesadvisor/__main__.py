"""Where the program begins and ends: `salesadvisor`, or `python -m salesadvisor`."""

import gc


def main() -> None:
    """Run the command line, without a search for garbage that a short run hardly makes.

    From the first import on: looking every few modules takes 12 ms, and a last look at all that
    lives on until the process ends another 50.
    """
    gc.set_threshold(100_000)
    from salesadvisor.cli.app import run

    try:
        run()
    finally:
        gc.freeze()


if __name__ == "__main__":
    main()
