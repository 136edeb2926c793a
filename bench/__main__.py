"""``python -m bench``."""

import sys

if __name__ == "__main__":
    try:
        from bench.cli.main import main
    except ModuleNotFoundError as error:
        # Of a plain install of flashrank; what only a verb needs is named there.
        if error.name is None or error.name.startswith("bench"):
            raise
        print(f"bench: the package {error.name} is needed: pip install '.[bench]'", file=sys.stderr)
        sys.exit(2)
    sys.exit(main())
