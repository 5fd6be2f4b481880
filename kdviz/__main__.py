"""Commands: `python -m kdviz serve` starts the dashboards."""

from __future__ import annotations

import argparse
import sys


def main(argv: list[str] | None = None) -> int:
    """Run one command of kdviz; returns the exit status."""
    parser = argparse.ArgumentParser(prog="kdviz", description="Knowledge distillation against logits matching, live.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="start the dashboards with Voila")
    serve.add_argument("--port", type=int, default=8866, help="TCP port (default 8866; 0 takes a free one)")
    serve.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)"
    )
    serve.add_argument("--open", action="store_true", help="open the index page in the browser")
    serve.add_argument("--verbose", action="store_true", help="show Voila's own log")
    args = parser.parse_args(argv)
    from kdviz.serve import launch  # Voila takes a second to import: only when it is needed

    return launch(host=args.host, port=args.port, open_browser=args.open, verbose=args.verbose)


if __name__ == "__main__":
    sys.exit(main())
