"""From an exception to an exit code and the words that explain it. Imported only when something went wrong."""

from __future__ import annotations

import os
import sys
import traceback
from itertools import pairwise
from typing import assert_never

import click

from zhongbao_core.clikit import chosen_lang
from zhongbao_core.errors import ExitCode, ZhongbaoError
from zhongbao_core.text import plain


def exit_code_of(error: BaseException, args: list[str]) -> int:
    """The code ``error`` ends in; its message goes to stderr."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(ExitCode.USAGE if error.code else ExitCode.OK)
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 so that the interpreter's last flush finds no broken pipe
        return int(ExitCode.PIPE_CLOSED)
    if isinstance(error, click.Abort | KeyboardInterrupt):
        _say("已中断", "interrupted", args)
        return int(ExitCode.INTERRUPTED)
    if isinstance(error, ZhongbaoError):
        report(error, args)
        if json_asked(args):
            answer(error)
        return int(error.exit_code)
    if isinstance(error, click.ClickException):
        error.show()
        return int(ExitCode.USAGE)
    _unexpected(error, args)
    return int(ExitCode.CANNOT_TELL)


def report(error: ZhongbaoError, args: list[str]) -> None:
    """Show an expected error: what is wrong, what to do, and its reason code."""
    lang = chosen_lang(args)
    head = {"zh": "错误", "en": "error"}[lang]
    print(f"{head}: {plain(error.message.pick(lang), newlines=True)} [{error.reason_code}]", file=sys.stderr)
    if error.hint is not None:
        hint = {"zh": "处理", "en": "do"}[lang]
        print(f"  {hint}: {plain(error.hint.pick(lang), newlines=True)}", file=sys.stderr)


def json_asked(args: list[str]) -> bool:
    """Whether the answer was asked for as JSON (``--format json``, before any ``--``)."""
    words = args[: args.index("--")] if "--" in args else args
    return "--format=json" in words or ("--format", "json") in pairwise(words)


def answer(error: ZhongbaoError) -> None:
    """The error as the one JSON answer on stdout: machines find its reason code where they find every other."""
    from zhongbao_core.clikit import echo_json

    hint = error.hint.as_json() if error.hint is not None else None
    body = {"error": error.message.as_json(), "hint": hint, "exit_code": int(error.exit_code)}
    echo_json(body, error.reason_code)


def _unexpected(error: BaseException, args: list[str]) -> None:
    if os.environ.get("ZHONGBAO_DEBUG"):
        traceback.print_exception(error, file=sys.stderr)
    name = f"{type(error).__name__}: {error}"
    _say(
        f"内部错误（按无法判定处理）：{plain(name)}；设 ZHONGBAO_DEBUG=1 可见调用栈",
        f"unexpected error (treated as cannot tell): {plain(name)}; set ZHONGBAO_DEBUG=1 for the trace",
        args,
    )


def _say(zh: str, en: str, args: list[str]) -> None:
    match chosen_lang(args):
        case "zh":
            print(zh, file=sys.stderr)
        case "en":
            print(en, file=sys.stderr)
        case unreachable:
            assert_never(unreachable)
