"""Commands: `python -m kdviz serve` starts the dashboards."""

from __future__ import annotations

import argparse
import sys


def main(argv: list[str] | None = None) -> int:
    """Run one command of kdviz; returns the exit status, and says which package is missing where one is."""
    try:
        return run(argv)
    except ImportError as error:
        raise SystemExit(
            f"kdviz: {error}: a package is missing or damaged; delete .venv and run `python3 run.py serve`, "
            "or install again with `pip install --force-reinstall -e .`"
        ) from None


def run(argv: list[str] | None = None) -> int:
    """Run one command of kdviz; returns the exit status."""
    from kdviz.serve import options

    parser = argparse.ArgumentParser(prog="kdviz", description="Knowledge distillation against logits matching, live.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="start the dashboards with Voila")
    options.add_to(serve)
    args = parser.parse_args(argv)
    settings = options.settings(args)
    from kdviz.serve.launch import launch  # Voila takes a second to import: only when it is needed

    return launch(settings)


if __name__ == "__main__":
    sys.exit(main())
