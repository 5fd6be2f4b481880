"""What the ensemble is compared with: one student after the other, as most repositories train them, and leaner."""

from __future__ import annotations


def usual(run, x, y, teach, steps):
    """One student as most repositories train it: DataLoader, teacher forward at every step, F.kl_div, .item()."""
    import torch
    import torch.nn.functional as F
    from torch.utils.data import DataLoader, TensorDataset

    student, T = _student(run, x), _temperature(run)
    optimiser = torch.optim.Adam(student.parameters(), lr=run.lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    loader, total, hits = DataLoader(TensorDataset(x, y), batch_size=len(x), shuffle=True), 0.0, 0
    for _ in range(steps):
        for images, labels in loader:
            with torch.no_grad():
                zt = teach(images)
            zs = student(images)
            loss = _loss(F, run, T, zs, zt, labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.item()
            hits += (zs.argmax(1) == labels).sum().item()
        schedule.step()
    return student


def lean(run, x, y, zt, steps):
    """One student with everything outside the loop that can be: cached teacher, no loader, fused Adam, no metrics."""
    import torch
    import torch.nn.functional as F

    student, T = _student(run, x), _temperature(run)
    optimiser = torch.optim.Adam(student.parameters(), lr=run.lr, fused=True)
    pt = F.softmax(zt / T, 1)
    for _ in range(steps):
        loss = _loss(F, run, T, student(x), zt, y, pt)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return student


def _student(run, x):
    import torch

    from kdviz.train.nets import MLP

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(run.seed)  # starts as the same run of the ensemble does
        return MLP((32,)).module(x.shape[1], 10)


def _temperature(run) -> float:
    return min((*run.loss.temperatures, 1e4))  # F.kl_div knows no infinity


def _loss(F, run, T, zs, zt, labels, pt=None):
    if "teacher" not in run.loss.uses:
        return F.cross_entropy(zs, labels)
    if not run.loss.temperatures:
        return F.mse_loss(zs, zt) / 2
    pt = F.softmax(zt / T, 1) if pt is None else pt
    return F.kl_div(F.log_softmax(zs / T, 1), pt, reduction="batchmean") * T * T
