"""The entry point and the one place where exceptions become exit codes (``docs/exit-codes.md``)."""

from __future__ import annotations

import os
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line. A broken import or callback ends in 3, never in 0 or 1."""
    code = run(sys.argv[1:])
    if "click" not in sys.modules:
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """End a door at once: taking the interpreter apart costs as much as starting it. Returns where output is broken."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return
    os._exit(code)


def run(args: list[str]) -> int:
    """Run ``args`` and return the exit code; every exception is mapped here and nowhere else."""
    try:
        code = _gate(args)
        if code is not None:
            return code
        from zhongbao.cli import cli

        code = cli.main(args=args, prog_name="zhongbao", standalone_mode=False)
        sys.stdout.flush()
        return int(code or 0)
    except BaseException as error:
        from zhongbao.boundary import exit_code_of

        return exit_code_of(error, args)


def _gate(args: list[str]) -> int | None:
    """``freeze gate`` asked plainly, answered without click: a door must be quick. None for everything else."""
    if "gate" not in args or "_ZHONGBAO_COMPLETE" in os.environ:
        return None
    from freeze.doors.gate_fast import run as fast

    return fast(args)


if __name__ == "__main__":
    main()
