"""One formula for NumPy arrays and torch tensors, without importing torch.

Symbols: z logits, (..., K) with the class axis selectable; K classes.
"""

import sys

import numpy as np


def frozen(array):
    """The same array (...), read-only, so that a caller cannot change what is kept for the next one.

    >>> frozen([1.0, 2.0]).flags.writeable
    False
    """
    array = np.asarray(array)
    array.setflags(write=False)
    return array


def namespace(x):
    """`torch` for tensors, `numpy` for everything else; never imports torch.

    >>> namespace([1.0, 2.0]).__name__
    'numpy'
    """
    torch = sys.modules.get("torch")  # a tensor can only exist if torch is loaded already
    return torch if torch is not None and isinstance(x, torch.Tensor) else np


def softmax(z, axis=-1):
    r"""Probabilities from logits.

    .. math:: p_i = e^{z_i} / \sum_j e^{z_j}

    (..., K) -> (..., K), sums to 1 along `axis`. Lists are read as NumPy arrays.

    >>> softmax([0.0, 0.0])
    array([0.5, 0.5])
    """
    xp = namespace(z)
    z = np.asarray(z) if xp is np else z
    p = xp.exp(z - xp.amax(z, axis=axis, keepdims=True))  # softmax ignores shifts; exp must not overflow
    return p / p.sum(axis, keepdims=True)


def log_softmax(z, axis=-1):
    r"""Log-probabilities from logits.

    .. math:: \log p_i = z_i - \log \sum_j e^{z_j}

    (..., K) -> (..., K). Lists are read as NumPy arrays.

    >>> log_softmax([0.0, 0.0]).round(6)
    array([-0.693147, -0.693147])
    """
    xp = namespace(z)
    z = np.asarray(z) if xp is np else z
    z = z - xp.amax(z, axis=axis, keepdims=True)
    return z - xp.log(xp.exp(z).sum(axis, keepdims=True))


def pick(z, index):
    """The entry of the last axis that `index` names: (..., K), (...) -> (..., 1).

    >>> pick(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1, 0])).tolist()
    [[2.0], [3.0]]
    """
    xp = namespace(z)
    if xp is np:
        return np.take_along_axis(z, index[..., None], -1)
    return xp.take_along_dim(z, index[..., None], -1)
