"""Write `tests/golden/pages.json.gz` with the code that is there: only for a change that is meant to be seen."""

import gzip
import json
from pathlib import Path

from tests.golden.states import everything

FILE = Path(__file__).parent / "pages.json.gz"


def main():
    """Write the record."""
    text = json.dumps(everything(), ensure_ascii=False, separators=(",", ":"))
    FILE.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    print(f"{FILE.name}: {FILE.stat().st_size} bytes of {len(text)}")


if __name__ == "__main__":
    main()
