r"""Distillation in PyTorch's graph: exact value and gradient, and derivatives of both that need no graph of their sums.

With d = z_s - z_t and p = softmax(z/T),

    d/dz_s  T^2 KL = T (p_s - p_t),            d/dz_t  T^2 KL = -p_t (d - sum p_t d),
    d/dz_s  v.T (p_s - p_t) = p_s (v - p_s.v),  d/dz_t  v.T (p_s - p_t) = -p_t (v - p_t.v).
"""

from collections.abc import Iterator
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

from kdviz.core import blocks
from kdviz.core.arrays import Array, namespace, plain


def follows(zs: Array, zt: Array) -> bool:
    """Whether PyTorch records what happens to these tensors.

    >>> follows(np.array([1.0]), np.array([1.0]))
    False
    """
    torch = namespace(zs)
    return (
        torch is not np
        and torch.is_grad_enabled()
        and (zs.requires_grad or zt.requires_grad)
        and plain(zs)
        and plain(zt)
    )


def value(zs: Array, zt: Array, T: np.ndarray, dtype: Any, largest: float) -> Array:
    """`blocks.value` of tensors, with derivatives of every order.

    >>> import torch
    >>> zs, zt = torch.tensor([1.0, 0.0], requires_grad=True), torch.tensor([0.0, 0.0])
    >>> value(zs, zt, np.array(np.inf), torch.float32, 1.0).backward()
    >>> zs.grad
    tensor([ 0.2500, -0.2500])
    """
    return _functions().Value.apply(*_apart(zs, zt, T), T, dtype, largest)


def gradient(zs: Array, zt: Array, T: np.ndarray, dtype: Any, largest: float) -> Array:
    """`blocks.gradient` of tensors, with derivatives of every order.

    >>> import torch
    >>> zs, zt = torch.tensor([1.0, 0.0], requires_grad=True), torch.tensor([0.0, 0.0])
    >>> gradient(zs, zt, np.array(np.inf), torch.float32, 1.0)[0].backward()
    >>> zs.grad
    tensor([ 0.2500, -0.2500])
    """
    return _functions().Gradient.apply(*_apart(zs, zt, T), T, dtype, largest)


def _apart(zs: Array, zt: Array, T: np.ndarray) -> Iterator[Array]:
    """Both with all leading axes, so that what is repeated gets the sum of its derivatives."""
    shape = np.broadcast_shapes(zs.shape[:-1], zt.shape[:-1], T.shape)
    zs, zt = (z.clone() if z.is_inference() else z for z in (zs, zt))  # such tensors cannot be kept for the way back
    return (z.expand(*shape, z.shape[-1]) for z in (zs, zt))


@cache
def _functions() -> SimpleNamespace:
    import torch

    def softened(z: Array, T: np.ndarray) -> Array:
        """p and the temperature (..., 1), float64."""
        T = torch.as_tensor(T, dtype=torch.float64, device=z.device)[..., None]
        return torch.softmax(z.double() / T, -1)

    def centred(p: Array, v: Array) -> Array:
        return p * (v - (p * v).sum(-1, keepdim=True))

    class Value(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, zs: Array, zt: Array, T: np.ndarray, dtype: Any, largest: float) -> Array:
            ctx.save_for_backward(zs, zt)
            ctx.T, ctx.largest = T, largest
            return blocks.value(zs, zt, T, dtype, largest)

        @staticmethod
        def backward(ctx: Any, v: Array) -> tuple[Any, ...]:
            zs, zt = ctx.saved_tensors
            to_s = to_t = None
            if ctx.needs_input_grad[0]:
                to_s = v[..., None] * Gradient.apply(zs, zt, ctx.T, zs.dtype, ctx.largest)
            if ctx.needs_input_grad[1]:
                to_t = -v[..., None] * centred(softened(zt, ctx.T), zs.double() - zt).to(zt.dtype)
            return to_s, to_t, None, None, None

    class Gradient(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, zs: Array, zt: Array, T: np.ndarray, dtype: Any, largest: float) -> Array:
            ctx.save_for_backward(zs, zt)
            ctx.T, ctx.largest = T, largest
            return blocks.gradient(zs, zt, T, dtype, largest)

        @staticmethod
        def backward(ctx: Any, v: Array) -> tuple[Any, ...]:
            to_s, to_t = (
                centred(softened(z, ctx.T), v).to(z.dtype) if needed else None
                for z, needed in zip(ctx.saved_tensors, ctx.needs_input_grad, strict=False)
            )
            return to_s, None if to_t is None else -to_t, None, None, None

    return SimpleNamespace(Value=Value, Gradient=Gradient)
