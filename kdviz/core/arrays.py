"""One formula for NumPy arrays and torch tensors, without importing torch.

Symbols: z logits, (..., K) with the class axis selectable; K classes.
"""

import sys
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = Any  # a NumPy array or a torch tensor
SHARED = 8192  # longer sums NumPy's library shares among threads, which on a busy machine wait for each other


def namespace(x: Array) -> Any:
    """`torch` for tensors, `numpy` for everything else; never imports torch.

    >>> namespace([1.0, 2.0]).__name__
    'numpy'
    """
    torch = sys.modules.get("torch")  # a tensor can only exist if torch is loaded already
    return torch if torch is not None and isinstance(x, torch.Tensor) else np


def plain(x: Array) -> bool:
    """Whether `x` (...) holds numbers only: no tensor in a transform of `torch.func` or with a tangent of forward mode.

    >>> plain(np.array([1.0]))
    True
    """
    torch = namespace(x)
    if torch is np:
        return True
    inside = torch._C._functorch.is_functorch_wrapped_tensor(x)
    return not inside and torch.autograd.forward_ad.unpack_dual(x).tangent is None


def narrow(x: Array, dtype: Any) -> Array:
    """`x` (...) in another floating type; what that type cannot hold becomes infinite.

    >>> narrow(np.array([1.0, 1e5]), np.float16)
    array([ 1., inf], dtype=float16)
    """
    if namespace(x) is not np:
        return x.to(dtype)
    if x.dtype == dtype:
        return x
    with np.errstate(over="ignore"):
        return np.asarray(x).astype(dtype)


def widened(x: Array) -> Array:
    """`x` (...) in at least float32, where squares and sums of half precision do not overflow.

    >>> widened(np.float16([1])).dtype, widened(np.array([1.0])).dtype
    (dtype('float32'), dtype('float64'))
    """
    xp = namespace(x)
    return narrow(x, xp.float32) if xp.finfo(x.dtype).bits < 32 else x


def frozen(array: Array) -> Array:
    """The same array (...), read-only, so that a caller cannot change what is kept for the next one.

    >>> frozen([1.0, 2.0]).flags.writeable
    False
    """
    array = np.asarray(array)
    array.setflags(write=False)
    return array


def softmax(z: Array, axis: int = -1) -> Array:
    r"""Probabilities from logits.

    .. math:: p_i = e^{z_i} / \sum_j e^{z_j}

    (..., K) -> (..., K), sums to 1 along `axis`. Lists are read as NumPy arrays.

    >>> softmax([0.0, 0.0])
    array([0.5, 0.5])
    """
    xp, z = namespace(z), _floating(z)
    wide = widened(z)
    p = xp.exp(wide - xp.amax(wide, axis=axis, keepdims=True))  # softmax ignores shifts; exp must not overflow
    return narrow(p / p.sum(axis, keepdims=True), z.dtype)


def log_softmax(z: Array, axis: int = -1) -> Array:
    r"""Log-probabilities from logits.

    .. math:: \log p_i = z_i - \log \sum_j e^{z_j}

    (..., K) -> (..., K). Lists are read as NumPy arrays.

    >>> log_softmax([0.0, 0.0]).round(6)
    array([-0.693147, -0.693147])
    """
    xp, z = namespace(z), _floating(z)
    wide = widened(z)
    wide = wide - xp.amax(wide, axis=axis, keepdims=True)
    return narrow(wide - xp.log(xp.exp(wide).sum(axis, keepdims=True)), z.dtype)


def pick(z: Array, index: Array) -> Array:
    """The entry of the last axis that `index` names: (..., K), (...) -> (..., 1).

    >>> pick(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 0])).tolist()
    [[2.0], [3.0]]
    """
    xp = namespace(z)
    if xp is np:
        return np.take_along_axis(z, index[..., None], -1)
    return xp.take_along_dim(z, index[..., None], -1)


def dot(a: Array, b: Array, axis: int = -1) -> Array:
    """Sum over classes of a b, the axis kept: (..., K), (..., K) -> (..., 1).

    >>> dot(np.array([1.0, 2.0]), np.array([3.0, 4.0]))
    array([11.])
    """
    xp = namespace(a)
    if xp is not np:
        return xp.linalg.vecdot(a, b, dim=axis).unsqueeze(axis)
    if a.shape[axis] < SHARED:
        return np.expand_dims(np.vecdot(a, b, axis=axis), axis)  # type: ignore[call-overload]
    parts = (np.moveaxis(z, axis, -1) for z in (a, b))
    return np.expand_dims(np.einsum("...k,...k->...", *parts), axis)


def _floating(z: Any) -> Array:
    """Numbers of a floating type; BadInput for a mask that hides some, and for what is no array."""
    from kdviz.core.foreign import numeric  # it needs this module itself

    return numeric(z, "z")
