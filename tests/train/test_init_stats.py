"""The mean logit at initialisation: its draws are the networks', averages fit the exact law, recordings repeat."""

import numpy as np
import pytest
import torch
from torch import nn

from kdviz.core import heads, recorded
from kdviz.core.check import BadInput
from kdviz.pages.initialisation import record as table1
from kdviz.train.device import pinned
from kdviz.train.grouped import Grouped
from kdviz.train.init_stats import block, preview, stream

STORED = recorded.load("table1")
HEADS = heads.heads()


@pytest.fixture(autouse=True)
def _one_thread():
    with pinned(0):
        yield


def recorded_means(mode, head):
    """Recorded mean logits (4, 6000) of mode 0 (train) or 1 (eval)."""
    return heads.mean_logit(HEADS[head], STORED["weights"][mode], STORED["bias"])


@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
def test_a_run_is_the_mean_logit_of_the_module(train):
    (found,) = block("ResNet-8", [2, 6], (train,))
    nets = Grouped("ResNet-8", [2, 6])
    for place, generator in enumerate(nets.generators):
        image = torch.empty(1, 3, 32, 32).normal_(generator=generator)
        module, half = nets.module(place).train(train), HEADS["PyTorch"].weight
        with torch.no_grad():
            module.head.weight.copy_(half * torch.empty(100, 64).uniform_(-1, 1, generator=generator))
            module.head.bias.copy_(half * torch.empty(100).uniform_(-1, 1, generator=generator))
            logits, h = module(image), module.features(image)
        made = heads.mean_logit(HEADS["PyTorch"], found.weights[place], found.bias[place])
        assert made == pytest.approx(logits.mean().item(), rel=1e-4, abs=1e-6)
        assert found.squares[place] == pytest.approx(h.square().sum().item(), rel=1e-4)


def test_heads_are_those_of_torch():
    torch.manual_seed(0)
    layers = {name: nn.Linear(64, 100) for name in ("PyTorch", "Glorot", "He")}
    nn.init.xavier_uniform_(layers["Glorot"].weight)
    nn.init.kaiming_uniform_(layers["He"].weight, nonlinearity="relu")
    for name, layer in layers.items():
        assert layer.weight.abs().max().item() == pytest.approx(HEADS[name].weight, rel=1e-3)
        assert layer.weight.abs().max().item() <= HEADS[name].weight
    assert layers["PyTorch"].bias.abs().max().item() == pytest.approx(HEADS["PyTorch"].bias, rel=0.05)
    assert HEADS["prior"].level == pytest.approx(np.log(0.01))


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("network", range(4), ids=heads.NETWORKS)
def test_recorded_runs_spread_as_the_formula_says(network, head):
    counted = recorded_means(0, head)[network].std(ddof=1)
    assert counted == pytest.approx(heads.deviation(HEADS[head], STORED["squares"][0, network]), rel=0.03)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("mode", [0, 1], ids=["train", "eval"])
def test_recorded_averages_are_within_three_standard_errors(mode, head):
    errors = heads.standard_error(HEADS[head], STORED["squares"][mode], heads.RUNS)
    assert (np.abs(recorded_means(mode, head).mean(1) - HEADS[head].level) < 3 * errors).all()


def test_given_the_features_the_mean_logit_is_standard_normal():
    found = [run for start in range(0, 240, 24) for run in block("ResNet-8", range(9000 + start, 9024 + start))]
    c = heads.mean_logit(
        HEADS["PyTorch"], *(np.concatenate([getattr(b, key) for b in found]) for key in ("weights", "bias"))
    )
    scaled = np.sort(c / heads.deviation(HEADS["PyTorch"], np.concatenate([b.squares for b in found])))
    assert abs(scaled.mean()) < 3 / np.sqrt(len(scaled))
    assert np.mean(scaled**2) == pytest.approx(1, abs=3 * np.sqrt(2 / len(scaled)))


def test_what_the_paper_prints_for_resnet_44_fits_in_eval_mode_only():
    printed = np.array([*heads.PRINTED.values()])
    train, evaluated = (
        printed / heads.standard_error(HEADS["PyTorch"], STORED["squares"][m], heads.RUNS) for m in (0, 1)
    )
    assert (np.abs(train[:3]) < 2).all()
    assert 15 < train[3] < 25
    assert (np.abs(evaluated) < 0.1).all()
    assert heads.too_close(evaluated) < 1e-4


@pytest.mark.parametrize("network", ["ResNet-8", "ResNet-44"])
def test_the_recording_repeats_here(network):
    place = heads.NETWORKS.index(network)
    for mode, found in enumerate(block(network, range(3), (True, False))):
        np.testing.assert_allclose(STORED["weights"][mode, place, :3], found.weights, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(STORED["bias"][place, :3], found.bias, rtol=1e-3)


def test_the_maker_gives_the_arrays_of_the_file():
    arrays, facts = table1.make(runs=4)
    assert {key: value.dtype for key, value in arrays.items()} == {key: value.dtype for key, value in STORED.items()}
    np.testing.assert_allclose(arrays["weights"], STORED["weights"][:, :, :4], rtol=1e-3, atol=1e-3)
    assert tuple(facts["networks"]) == heads.NETWORKS == tuple(STORED["networks"])


def test_a_stream_takes_turns_counts_and_stops():
    records = list(stream(("ResNet-8", "ResNet-20"), 6, first=50, size=4))
    assert [(r.block.network, len(r.block.seeds), r.runs, r.done) for r in records] == [
        ("ResNet-8", 4, 4, 4), ("ResNet-20", 4, 4, 8), ("ResNet-8", 2, 6, 10), ("ResNet-20", 2, 6, 12),
    ]  # fmt: skip
    assert {r.total for r in records} == {12}
    blocks = [r.block for r in records if r.block.network == "ResNet-20"]
    c = np.concatenate([heads.mean_logit(HEADS["PyTorch"], b.weights, b.bias) for b in blocks])
    assert records[-1].mean == pytest.approx(c.mean())
    assert records[-1].sd == pytest.approx(c.std(ddof=1))
    squares = np.concatenate([b.squares for b in blocks]).mean()
    assert records[-1].standard_error == pytest.approx(np.sqrt((squares + 1) / 19200 / 6))
    running = stream(runs=100)
    next(running)
    running.close()
    assert list(running) == []


@torch.inference_mode()
@pytest.mark.parametrize("network", [0, 1], ids=heads.NETWORKS[:2])
def test_images_with_the_spectrum_of_photographs_change_the_spread_little(network):
    noise = torch.randn(32, 1, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    row, column = torch.fft.fftfreq(32)[:, None], torch.fft.rfftfreq(32)
    amplitude = (row**2 + column**2).rsqrt().nan_to_num(posinf=0)  # 1/f
    images = torch.fft.irfft2(torch.fft.rfft2(noise) * amplitude, s=(32, 32))
    images /= images.std((3, 4), keepdim=True)
    squares = Grouped(heads.NETWORKS[network], range(32)).features(images).square().sum(-1).mean().item()
    usual = heads.deviation(HEADS["PyTorch"], STORED["squares"][0, network])
    assert heads.deviation(HEADS["PyTorch"], squares) == pytest.approx(usual, rel=0.02)


def test_a_preview_is_close_to_the_whole():
    sd, error = preview(("ResNet-20",), trunks=24)["ResNet-20"]
    assert sd == pytest.approx(heads.deviation(HEADS["PyTorch"], STORED["squares"][0, 1]), rel=0.02)
    assert error == pytest.approx(sd / np.sqrt(heads.RUNS))


def test_the_law_is_a_density_with_the_right_spread():
    squares, made = STORED["quantiles"][0, 3], HEADS["prior"]
    places = made.level + np.linspace(-1, 1, 4001)
    law = heads.density(made, squares, places)
    step = places[1] - places[0]
    assert law.sum() * step == pytest.approx(1, abs=1e-6)
    spread = np.sqrt((law * (places - made.level) ** 2).sum() * step)
    assert spread == pytest.approx(heads.deviation(made, squares.mean()), rel=1e-6)


@pytest.mark.parametrize("count", [2, 4, 6])
def test_closeness_is_the_chi_square_law(count):
    z = np.random.default_rng(0).standard_normal((200_000, count))
    for scale in (0.2, 0.7, 1.5):
        scores = np.full(count, scale)
        share = ((z**2).sum(1) <= (scores**2).sum()).mean()
        assert float(heads.too_close(scores)) == pytest.approx(share, abs=4e-3)
    near = np.full(count, 0.0999), np.full(count, 0.1001)  # on either side of where the series takes over
    assert float(heads.too_close(near[0]) / heads.too_close(near[1])) == pytest.approx(0.998**count, rel=2e-3)


def test_what_cannot_be_run_is_refused():
    with pytest.raises(BadInput, match="head must be one of PyTorch, Glorot, He, prior, got 'zero'"):
        next(stream(head="zero"))
    with pytest.raises(BadInput, match="runs must be a whole number of at least 1, got 0"):
        next(stream(runs=0))
    with pytest.raises(BadInput, match="name must be one of ResNet-8"):
        next(stream(("ResNet-9",)))
    with pytest.raises(BadInput, match="scores must be an even number"):
        heads.too_close([1.0])
    with pytest.raises(BadInput, match="features, classes must be at least 1 and 2"):
        heads.heads(0, 10)
