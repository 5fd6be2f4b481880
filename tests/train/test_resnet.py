"""Residual networks: the sizes of the paper, and many seeds as one grouped network that is those seeds' modules."""

import pytest
import torch

from kdviz.core.check import BadInput
from kdviz.train.device import pinned
from kdviz.train.grouped import Grouped, pool
from kdviz.train.resnet import SPECS, WIDE, ResNet, Spec, pad_shortcut, spec

MILLIONS = {20: 0.27, 32: 0.46, 44: 0.66, 56: 0.85, 110: 1.7}  # He et al. 2016, table 6: parameters, CIFAR-10, option A
SMALL = {name: SPECS[name] for name in ("ResNet-8", "ResNet-20", "resnet8x4")}
SMALL |= {"option A": Spec(14, option="A"), "wide, option A": Spec(8, WIDE, "A")}


@pytest.fixture(autouse=True)
def _one_thread():
    with pinned(0):
        yield


def size(network):
    """Number of parameters."""
    return sum(part.numel() for part in network.parameters())


@pytest.mark.parametrize(("depth", "millions"), MILLIONS.items())
def test_networks_have_the_size_of_the_paper(depth, millions):
    found = size(ResNet(Spec(depth, option="A", classes=10))) / 1e6
    assert f"{found:.2g}" == f"{millions:.2g}"


@pytest.mark.parametrize("name", SPECS)
def test_depth_counts_the_layers_on_the_main_path(name):
    shapes = spec(name).convolutions()
    assert sum(shape[-1] == 3 for shape in shapes) + 1 == spec(name).depth
    blocks, changes = spec(name).blocks(), 2 + (spec(name).widths[0] != spec(name).widths[1])
    assert sum(shape[-1] == 1 for shape in shapes) == changes  # option B projects where the shape changes
    assert [stride for _, _, stride in blocks].count(2) == 2


@pytest.mark.parametrize("network", SMALL.values(), ids=SMALL)
def test_modules_list_their_convolutions_as_the_spec_does(network):
    assert [tuple(conv.weight.shape) for conv in ResNet(network).convolutions()] == network.convolutions()


def test_images_become_logits_of_all_classes():
    network = ResNet(Spec(8, classes=7))
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 7)
    assert network.features(torch.zeros(2, 3, 32, 32)).shape == (2, 64)
    assert network.blocks[:2](network.stem(torch.zeros(1, 3, 32, 32))).shape == (1, 32, 16, 16)


def test_option_a_adds_no_parameters_and_shows_every_other_pixel():
    assert not any("shortcut" in name for name, _ in ResNet(Spec(8, option="A")).named_parameters())
    x = torch.arange(32.0).view(1, 2, 4, 4)
    padded = pad_shortcut(x, 4, 2)
    assert torch.equal(padded[:, 1:3], x[:, :, ::2, ::2])
    assert not padded[:, [0, 3]].any()


@pytest.mark.parametrize("train", [True, False], ids=["train", "eval"])
@pytest.mark.parametrize("network", SMALL.values(), ids=SMALL)
@torch.inference_mode()
def test_grouped_networks_are_their_modules(network, train):
    grouped = Grouped(network, [3, 5, 9])
    images = torch.randn(3, 2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    features = grouped.features(images, train=train)
    for place in range(3):
        module = grouped.module(place).train(train)
        single = module.features(images[place])
        torch.testing.assert_close(features[place], single, rtol=1e-4, atol=1e-5 * float(single.abs().max()))
    assert not torch.allclose(features[0], features[1])


@torch.inference_mode()
def test_a_seed_is_the_same_network_in_every_block():
    images = torch.ones(2, 1, 3, 32, 32)
    pair, single = Grouped("ResNet-8", [4, 7]).features(images), Grouped("ResNet-8", [7]).features(images[:1])
    torch.testing.assert_close(pair[1:], single, rtol=1e-5, atol=1e-6)
    shared = Grouped("ResNet-8", [7], pool(["ResNet-8", "ResNet-44"], [7]))
    assert all(map(torch.equal, shared.weights, Grouped("ResNet-8", [7]).weights))


def test_networks_of_one_seed_share_draws_of_convolutions_only():
    small, large = Grouped("ResNet-8", [7]), Grouped("ResNet-44", [7])
    assert torch.equal(small.weights[0], large.weights[0])
    heads = [torch.rand(5, generator=nets.generators[0]) for nets in (small, large)]
    assert not torch.isclose(*heads).any()
    assert not torch.equal(small.weights[0], Grouped("ResNet-8", [8]).weights[0])


@pytest.mark.parametrize("start", [lambda: ResNet("ResNet-44"), lambda: Grouped("ResNet-44", [0]).module(0)])
def test_convolutions_start_by_the_rule_of_he(start):
    for conv in start().convolutions():
        assert conv.weight.std().item() == pytest.approx(
            (2 / (conv.out_channels * conv.kernel_size[0] ** 2)) ** 0.5, rel=0.15
        )


def test_a_generator_decides_every_weight():
    one, other = (ResNet("ResNet-8", torch.Generator().manual_seed(3)).state_dict() for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_networks_that_do_not_exist_are_refused():
    with pytest.raises(BadInput, match="depth must be 6n \\+ 2, got 18; take 8, 20"):
        Spec(18)
    with pytest.raises(BadInput, match="option must be 'A' or 'B', got 'C'"):
        Spec(20, option="C")
    with pytest.raises(BadInput, match=r"name must be one of ResNet-8, .*got 'ResNet-18'"):
        ResNet("ResNet-18")
    with pytest.raises(BadInput, match="seeds must be at least one"):
        Grouped("ResNet-8", [])
    with pytest.raises(BadInput, match=r"images must have shape \(S, B, 3, H, W\) with S = 2"):
        Grouped("ResNet-8", [0, 1]).features(torch.zeros(3, 1, 3, 32, 32))
