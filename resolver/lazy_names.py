"""Names of a package that are loaded from their modules when they are first used (PEP 562)."""

import sys

TYPE_CHECKING = False  # as in `typing`, which takes longer to import than this does
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def lazy_names(
    package: str, modules: "Mapping[str, tuple[str, ...]]"
) -> "tuple[Callable[[str], object], Callable[[], list[str]]]":
    """Return `__getattr__` and `__dir__` of a package.

    Args:
        package: The package, which is just being imported.
        modules: The modules that the names come from. Modules of the package itself can be used by their names, too.
    """
    of_name = {name: module for module, names in modules.items() for name in names}

    def load(name: str) -> object:
        from importlib import import_module  # noqa: PLC0415  as `typing`

        if name not in of_name:
            try:
                if name.isidentifier():
                    return import_module(f"{package}.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"{package}.{name}":
                    raise
            raise AttributeError(f"module `{package}` has no attribute `{name}`")
        value: object = getattr(import_module(of_name[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return load, lambda: sorted({*vars(sys.modules[package]), *of_name})
