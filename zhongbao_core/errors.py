"""Errors, grouped by what the reader can do about them, and the exit codes they end in.

``docs/exit-codes.md`` is the table for people; this module is the same table for the machine.
"""

from __future__ import annotations

from enum import IntEnum

from zhongbao_core.text import Text


class ExitCode(IntEnum):
    """What a process tells its caller. Precedence: INTERRUPTED > CANNOT_TELL > USAGE > FINDINGS > OK."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    CANNOT_TELL = 3
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


class ZhongbaoError(Exception):
    """Base of every expected failure: a message, a hint that says what to do, and how to exit.

    ``message`` and ``hint`` are bilingual; ``reason_code`` is stable and stands in every JSON answer.
    ``values`` carries what the message speaks of (path, digests, ids) for machines.
    """

    exit_code = ExitCode.CANNOT_TELL
    reason_code = "ERROR"

    def __init__(
        self, message: Text, hint: Text | None = None, *, reason_code: str | None = None, **values: object
    ) -> None:
        super().__init__(message.en)
        self.message = message
        self.hint = hint
        self.values = values
        if reason_code is not None:
            self.reason_code = reason_code


class UsageError(ZhongbaoError):
    """The command was called wrongly: call it again, corrected."""

    exit_code = ExitCode.USAGE
    reason_code = "USAGE"


class InputError(ZhongbaoError):
    """A file of the reader's is wrong: fix it at ``values['place']`` (``file:line:column``)."""

    exit_code = ExitCode.USAGE
    reason_code = "INPUT_INVALID"


class RefusedError(ZhongbaoError):
    """The world is in order and the answer is no: held, not approved, not yours to do."""

    exit_code = ExitCode.FINDINGS
    reason_code = "REFUSED"


class TamperedError(ZhongbaoError):
    """A record or signature does not match what was promised; ``values`` names the first bad place."""

    exit_code = ExitCode.FINDINGS
    reason_code = "TAMPERED"


class CannotTellError(ZhongbaoError):
    """The question could not be answered: policy unverifiable, store away, clock wrong. Never an allow."""

    exit_code = ExitCode.CANNOT_TELL
    reason_code = "CANNOT_TELL"


class TrustError(CannotTellError):
    """The policy cannot be trusted: unsigned, expired, rolled back, or no trust file found."""

    reason_code = "POLICY_UNVERIFIED"


class StoreError(CannotTellError):
    """The ledger or store cannot be used as it stands."""

    reason_code = "STORE_UNAVAILABLE"


class ZoneError(CannotTellError):
    """A time zone name is not in the pinned zone data."""

    reason_code = "ZONE_UNKNOWN"


class CalendarDataError(CannotTellError):
    """The answer depends on holiday data that nobody has published or supplied yet."""

    reason_code = "CALENDAR_UNKNOWN"
