"""The SSH wire format (RFC 4251 section 5), read strictly: every length is checked, nothing may be left over."""

from __future__ import annotations

MAX_STRING = 16 * 1024


class Reader:
    """Reads fields from the front of ``data``. Every method raises ValueError where the bytes do not carry it."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        """The next ``count`` bytes."""
        end = self._at + count
        if end > len(self._data):
            raise ValueError("it ends too early")
        taken, self._at = self._data[self._at : end], end
        return taken

    def number(self) -> int:
        """A uint32."""
        return int.from_bytes(self.take(4), "big")

    def string(self) -> bytes:
        """A string: its length, then its bytes."""
        length = self.number()
        if length > MAX_STRING:
            raise ValueError(f"a field of {length} bytes, limit {MAX_STRING}")
        return self.take(length)

    def text(self) -> str:
        """A string of printable ASCII."""
        found = self.string().decode("ascii")
        if not found.isprintable():
            raise ValueError("a name with control characters")
        return found

    def integer(self) -> int:
        """A non-negative mpint in its shortest form."""
        data = self.string()
        value = int.from_bytes(data, "big")
        if data != mpint(value):
            raise ValueError("a number that is negative or not in its shortest form")
        return value

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._data):
            raise ValueError("bytes follow after its end")


def string(data: bytes) -> bytes:
    """``data`` as a wire string."""
    return len(data).to_bytes(4, "big") + data


def mpint(value: int) -> bytes:
    """The content of the mpint of a non-negative ``value``: shortest, with a zero byte before a set top bit."""
    return value.to_bytes(value.bit_length() // 8 + 1, "big") if value else b""
