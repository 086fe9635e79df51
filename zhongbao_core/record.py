"""Frozen, slotted dataclasses that cost a door almost nothing to define.

``dataclasses`` writes and compiles six functions for each class and imports ``inspect``: some 50 ms for the types on
a gate's path, three times the start of Python. ``dataclass`` here is used instead by the modules on that path::

    if TYPE_CHECKING:
        from dataclasses import dataclass, field
    else:
        from zhongbao_core.record import dataclass, field

``NamedTuple`` likewise. Type checkers see the real thing. At run time a record behaves like ``dataclass(frozen=True, slots=True)``: its
``__init__`` is compiled when the first one is made, and ``dataclasses.replace``, ``fields`` and ``asdict`` work,
because the fields they look for are made when they are looked for.
"""

from __future__ import annotations

from collections import _tuplegetter  # type: ignore[attr-defined]  # what collections makes its fields of
from collections.abc import Callable, Iterable
from typing import Any

MISSING: Any = object()


class _Tuples(type):
    """Makes of each class below ``NamedTuple`` a named tuple, with the methods and properties it has."""

    def __new__(cls, name: str, bases: tuple[type, ...], space: dict[str, Any]) -> Any:
        if not bases:
            return super().__new__(cls, name, bases, space)
        names = tuple(space.get("__annotations__", ()))
        given = [item for item in names if item in space]
        if given != list(names[len(names) - len(given) :]):
            raise TypeError(f"{name}: a field without default after one with")
        space.pop("__classcell__", None)
        defaults = {item: space.pop(item) for item in given}
        fields = {item: _tuplegetter(index, f"Alias for field number {index}") for index, item in enumerate(names)}
        own = {"__slots__": (), "_fields": names, "_field_defaults": defaults, "__match_args__": names}
        return type(name, (tuple,), {**_TUPLE_METHODS, "__new__": _first_new, **own, **fields, **space})


class NamedTuple(metaclass=_Tuples):
    """``typing.NamedTuple`` without compiling the annotation of every field, nor ``__new__`` before the first one."""


def _first_new(cls: Any, *args: Any, **kwargs: Any) -> Any:
    """Puts the real ``__new__`` of the named tuple in its own place, and makes the first one."""
    owner = next(kind for kind in cls.__mro__ if "_fields" in kind.__dict__)
    names, given = ", ".join(owner._fields), {"_new": tuple.__new__, "__name__": f"namedtuple_{owner.__name__}"}
    source = f"def __new__(_cls{', ' if names else ''}{names}):\n return _new(_cls, ({names}{',' if names else ''}))"
    exec(source, given)  # noqa: S102 names of our own fields
    made: Any = given["__new__"]
    made.__defaults__ = tuple(owner._field_defaults.values()) or None
    made.__qualname__ = f"{owner.__name__}.__new__"
    owner.__new__ = staticmethod(made)
    return made(cls, *args, **kwargs)


def _make(cls: Any, iterable: Iterable[Any]) -> Any:
    made: Any = tuple.__new__(cls, iterable)
    if len(made) != len(cls._fields):
        raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
    return made


def _replace(self: Any, /, **kwargs: Any) -> Any:
    made = self._make(map(kwargs.pop, self._fields, self))
    if kwargs:
        raise ValueError(f"Got unexpected field names: {list(kwargs)!r}")
    return made


def _asdict(self: Any) -> dict[str, Any]:
    return dict(zip(self._fields, self, strict=True))


def _tuple_repr(self: Any) -> str:
    inner = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
    return f"{type(self).__name__}({inner})"


_TUPLE_METHODS: dict[str, Any] = {
    "_make": classmethod(_make),
    "_replace": _replace,
    "__replace__": _replace,
    "_asdict": _asdict,
    "__repr__": _tuple_repr,
    "__getnewargs__": lambda self: tuple(self),
}


class Factory:
    """A default that is made anew for each record."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default: Any = MISSING, default_factory: Any = MISSING) -> Any:
    """The default of a field, as ``dataclasses.field`` says it; nothing else of it is offered."""
    return Factory(default_factory) if default_factory is not MISSING else default


class Record(type):
    """The class of records: makes what ``dataclasses`` and ``inspect`` ask for when they ask."""

    def __getattr__(cls, name: str) -> Any:
        if name in ("__dataclass_fields__", "__dataclass_params__"):
            _show_fields(cls)
            return type.__getattribute__(cls, name)
        if name == "__signature__":
            from inspect import signature

            made = signature(_compile(cls))
            return made.replace(parameters=[*made.parameters.values()][1:])
        raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")


def dataclass(*, frozen: bool, slots: bool = True, order: bool = False) -> Callable[[type], type]:
    """A record of the annotated class. Only frozen, slotted classes without bases are made."""
    if not (frozen and slots):
        raise TypeError("a record is frozen and slotted")
    return lambda cls: _record(cls, order)


def _record(cls: type, order: bool) -> type:
    if cls.__bases__ != (object,):
        raise TypeError(f"record {cls.__name__} has bases")
    space = {key: value for key, value in cls.__dict__.items() if key not in ("__dict__", "__weakref__")}
    names = tuple(key for key, kind in space.get("__annotations__", {}).items() if not str(kind).startswith("ClassVar"))
    defaults = {name: space.pop(name) for name in names if name in space}
    space |= _METHODS | (_ORDER if order else {})
    space |= {key: value for key, value in cls.__dict__.items() if key in _METHODS and callable(value)}
    space |= {"__slots__": names, "__match_args__": names, "_record_defaults": defaults, "_record_order": order}
    space["__qualname__"] = cls.__qualname__
    return Record(cls.__name__, (), space)


def _compile(cls: Any) -> Callable[..., None]:
    """The real ``__init__`` of ``cls``, put in its place."""
    names, defaults = cls.__slots__, cls._record_defaults
    given: dict[str, Any] = {"_set": object.__setattr__, "_missing": MISSING}
    head, body = ["self"], []
    for name in names:
        value = name
        if name in defaults and isinstance(defaults[name], Factory):
            given[f"_make_{name}"] = defaults[name].make
            head.append(f"{name}=_missing")
            value = f"_make_{name}() if {name} is _missing else {name}"
        elif name in defaults and defaults[name] is not MISSING:
            given[f"_default_{name}"] = defaults[name]
            head.append(f"{name}=_default_{name}")
        else:
            head.append(name)
        body.append(f" _set(self, {name!r}, {value})")
    if "__post_init__" in cls.__dict__:
        body.append(" self.__post_init__()")
    exec(f"def __init__({', '.join(head)}):\n" + "\n".join(body or [" pass"]), given)  # noqa: S102 names of our own fields
    made: Callable[..., None] = given["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    made.__annotations__ = {**cls.__annotations__, "return": "None"}
    made.__module__ = cls.__module__
    type.__setattr__(cls, "__init__", made)
    return made


def _show_fields(cls: Any) -> None:
    """Give ``cls`` the fields that ``dataclasses`` looks for."""
    import dataclasses

    space: dict[str, Any] = {"__annotations__": dict(cls.__annotations__), "__module__": cls.__module__, "__doc__": "-"}
    for name, value in cls._record_defaults.items():
        made = isinstance(value, Factory)
        space[name] = dataclasses.field(default_factory=value.make) if made else dataclasses.field(default=value)
    shadow: Any = dataclasses.dataclass(frozen=True, order=cls._record_order)(type(cls.__name__, (), space))
    type.__setattr__(cls, "__dataclass_fields__", shadow.__dataclass_fields__)
    type.__setattr__(cls, "__dataclass_params__", shadow.__dataclass_params__)


def _values(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.__slots__)


def _init(self: Any, *args: Any, **kwargs: Any) -> None:
    _compile(type(self))(self, *args, **kwargs)


def _frozen(self: Any, name: str, *_: object) -> None:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot change field {name!r}")


def _eq(self: Any, other: object) -> bool:
    mine, theirs = _tuples(self)
    source = (
        f"def __eq__(self, other):\n return {mine} == {theirs} if other.__class__ is self.__class__ else NotImplemented"
    )
    same: bool = _compiled(self, "__eq__", source)(other)
    return same


def _hash(self: Any) -> int:
    made = _compiled(self, "__hash__", f"def __hash__(self):\n return hash({_tuples(self)[0]})")
    return int(made())


def _tuples(self: Any) -> tuple[str, str]:
    """The fields of ``self`` and ``other`` as source text."""
    names = self.__slots__
    return "(" + "".join(f"self.{name}, " for name in names) + ")", "(" + "".join(
        f"other.{name}, " for name in names
    ) + ")"


def _compiled(self: Any, name: str, source: str) -> Any:
    """A method of our own fields, compiled at its first use and put in its place."""
    given: dict[str, Any] = {}
    exec(source, given)  # noqa: S102 names of our own fields
    type.__setattr__(type(self), name, given[name])
    return getattr(self, name)


def _repr(self: Any) -> str:
    inner = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
    return f"{type(self).__qualname__}({inner})"


def _lt(self: Any, other: object) -> bool:
    return _values(self) < _values(other) if other.__class__ is self.__class__ else NotImplemented


def _le(self: Any, other: object) -> bool:
    return _values(self) <= _values(other) if other.__class__ is self.__class__ else NotImplemented


def _gt(self: Any, other: object) -> bool:
    return _values(self) > _values(other) if other.__class__ is self.__class__ else NotImplemented


def _ge(self: Any, other: object) -> bool:
    return _values(self) >= _values(other) if other.__class__ is self.__class__ else NotImplemented


def _getattr(self: Any, name: str) -> Any:
    if name in ("__dataclass_fields__", "__dataclass_params__"):
        return getattr(type(self), name)
    raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def _getstate(self: Any) -> list[Any]:
    return list(_values(self))


def _setstate(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)


_METHODS: dict[str, Any] = {
    "__init__": _init,
    "__setattr__": _frozen,
    "__delattr__": _frozen,
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__getattr__": _getattr,
    "__getstate__": _getstate,
    "__setstate__": _setstate,
}
_ORDER: dict[str, Any] = {"__lt__": _lt, "__le__": _le, "__gt__": _gt, "__ge__": _ge}
