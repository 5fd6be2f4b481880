"""What the code of a class, function or module is: bytecode, constants, defaults, and what it reads from around it.

Followed from one function to the next by whoever takes the parts apart (`kdviz.train.identity`). Our own code counts by
its name (`OURS` is the digest of all of it), the standard library by its name, other libraries by name and version.
"""

import builtins
import dis
import hashlib
import sys
import sysconfig
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import CodeType, FunctionType, GetSetDescriptorType, ModuleType
from typing import Any

import kdviz

LIBRARIES = tuple({Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib")})
FORMAL = {"__dict__", "__weakref__", "__doc__", "__module__", "__annotations__", "__dataclass_fields__", "_abc_impl"}
FORMAL |= {"__dataclass_params__", "__firstlineno__", "__static_attributes__", "__annotate_func__", "__match_args__"}
TELLING = (type, FunctionType, ModuleType, int, float, str, tuple)  # what a module says, not what it has come to hold
COMPUTING = ("core", "losses", "problems", "train")  # our packages that decide a number


def ours() -> str:
    """64 hex digits of the source of all our packages that compute.

    >>> len(ours())
    64
    """
    found = hashlib.sha256()
    root = Path(kdviz.__file__).parent
    for path in sorted(path for package in COMPUTING for path in (root / package).rglob("*.py")):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


OURS = ours()  # as it was when it was loaded, which is what runs


def named(value: Any) -> tuple | None:
    """The name of what counts by its name; None for code that must be read.

    >>> from kdviz.losses import KD
    >>> named(KD), named(Path)
    (('kdviz', 'KD'), ('library', 'pathlib', 'Path', ''))
    """
    module = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", "") or "builtins"
    qualified, top = getattr(value, "__qualname__", ""), module.partition(".")[0]
    if top == "kdviz":
        return ("kdviz", qualified or module)
    return ("library", module, qualified, version(top)) if _library(module) else None


@lru_cache(maxsize=1024)
def _library(module: str) -> bool:
    if module.partition(".")[0] in sys.stdlib_module_names or not hasattr(sys.modules.get(module), "__dict__"):
        return module.partition(".")[0] in sys.stdlib_module_names
    file = getattr(sys.modules[module], "__file__", None)
    return module != "__main__" and (file is None or any(Path(file).resolve().is_relative_to(p) for p in LIBRARIES))


@lru_cache(maxsize=256)
def version(top: str) -> str:
    """The version of an installed library, empty for one without (the standard library's is that of the bytecode)."""
    try:
        return metadata.version(top) if top not in sys.stdlib_module_names else ""
    except metadata.PackageNotFoundError:
        return str(getattr(sys.modules.get(top), "__version__", ""))


def parts(value: Any) -> Any:
    """All that decides what a class, function or module does, as plain containers of names and values."""
    if isinstance(value, FunctionType):
        around = [cell.cell_contents for cell in value.__closure__ or () if _filled(cell)]
        read = {name: value.__globals__[name] for name in reads(value.__code__) if name in value.__globals__}
        return ("function", bytecode(value.__code__), value.__defaults__, value.__kwdefaults__, around, read)
    held = {k: v for k, v in vars(value).items() if k not in FORMAL and not isinstance(v, GetSetDescriptorType)}
    if isinstance(value, ModuleType):
        telling = {k: v for k, v in held.items() if isinstance(v, TELLING) and not k.startswith("__")}
        return ("module", value.__name__, telling)
    written = {k: v for k, v in held.items() if not _generated(v)}
    return ("class", value.__qualname__, [base for base in value.__bases__ if base is not object], written)


def bytecode(code: CodeType) -> tuple:
    """Instructions, names and constants of a code object, without places in a file.

    >>> bytecode((lambda x: x + 1).__code__) == bytecode((lambda x: x + 1).__code__)
    True
    """
    held = [bytecode(one) if isinstance(one, CodeType) else one for one in code.co_consts]
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return (code.co_code, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags, names, held)


def reads(code: CodeType) -> set[str]:
    """Names that a code object and those within it read from their module.

    >>> sorted(reads((lambda x: [hashlib.sha256(x) for x in x] + sorted(x)).__code__))
    ['hashlib']
    """
    inner = [reads(one) for one in code.co_consts if isinstance(one, CodeType)]
    here = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return {name for name in here if not hasattr(builtins, str(name))}.union(*inner)


def wrapped(value: Any) -> Any:
    """What stands for a library's object around code (lru_cache, staticmethod, property, a ufunc), or None.

    >>> wrapped(lru_cache(reads)) is reads, wrapped(len), wrapped(3)
    (True, ('builtins', 'len'), None)
    """
    if not _library(type(value).__module__):
        return None
    if isinstance(value, property):
        return (value.fget, value.fset)
    found = (getattr(value, name, None) for name in ("__wrapped__", "__func__", "func"))
    inner = next((one for one in found if isinstance(one, FunctionType)), None)
    if inner is not None or not callable(value) or not hasattr(value, "__name__"):
        return inner
    return (str(getattr(value, "__module__", "")), getattr(value, "__qualname__", value.__name__))


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:  # still empty
        return False


def _generated(value: Any) -> bool:
    """Whether a dataclass wrote it, from the fields."""
    return isinstance(value, FunctionType) and value.__code__.co_filename == "<string>"
