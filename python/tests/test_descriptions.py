import dataclasses

import numpy as np
import pytest

import plastic
from plastic import Convolution, Layer, Learner, Network


def test_widths_make_dense_layers():
    network = Network([11, 64, 32, 1])
    assert network.layers == (Layer(11, 64, "relu", True), Layer(64, 32, "relu", True), Layer(32, 1, "identity", True))
    assert (network.inputs, network.outputs, network.loss) == (11, 1, "mse")
    assert network == Network(network.layers) and hash(network) == hash(Network(network.layers))
    assert network == dataclasses.replace(network)


@pytest.mark.parametrize(
    "plastic_layers, wanted",
    [
        ("all", "234"),
        ("hidden", "23"),
        ("none", ""),
        ("2,4", "24"),
        ("2-3", "23"),
        ([4], "4"),
        (np.array([3, 4]), "34"),
    ],
)
def test_plastic_names_dense_layers(plastic_layers, wanted):
    network = Network(
        [Convolution(1, 8, 8, 4), 20, 10, 5], plastic=plastic_layers, activation="tanh", loss="cross_entropy"
    )
    assert "".join(str(n) for n, layer in enumerate(network.layers, 1) if getattr(layer, "plastic", False)) == wanted
    assert [layer.activation for layer in network.layers[1:]] == ["tanh", "tanh", "identity"]


def test_convolutions_chain():
    convolution = Convolution(3, 28, 27, 64, kernel=5, stride=2, padding=1)
    assert (
        convolution.image == (64, 13, 13) and convolution.inputs == 3 * 28 * 27 and convolution.outputs == 64 * 13 * 13
    )
    network = Network([convolution, Convolution(64, 13, 13, 8), 5], gate=True, loss="cross_entropy")
    parameters = network.initial_parameters(Learner("anml"))
    assert parameters["W1"].shape == (64, 3, 5, 5) and parameters["W3"].shape == (5, 8 * 11 * 11)
    assert "G4" in parameters  # the gate's


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda: Network([]), "no layers"),
        (lambda: Network([Layer(3, 4), Layer(5, 1)]), "layer 2 takes 5 inputs but layer 1 gives 4"),
        (lambda: Network([3, 1], loss="mae"), '"mae" is not known; there are: mse, cross_entropy'),
        (lambda: Network([3, 1, 1], activation="gelu"), '"gelu" is not known'),
        (lambda: Network([3, 1], gate=True), "gate"),
        (lambda: Learner("flpp"), "learner.name: takes .*not 'flpp'"),
        (lambda: Learner(pathway="transport", signal="target"), "signal: is for learner.pathway"),
        (lambda: Learner(terms=("110",)), "terms"),
        (lambda: Learner("maml").meta_learned(Network([3, 4, 1], plastic="hidden")), 'plastic="all"'),
        (lambda: Learner("static").meta_learned(Network([3, 1])), 'plastic="none"'),
        (lambda: Learner("anml").meta_learned(Network([Convolution(1, 8, 8, 4), 3])), "gate=True"),
        (lambda: Learner("flp-no-feedback", pathway="gated"), "needs feedback to every layer"),
    ],
)  # fmt: skip
def test_mistakes_are_errors_that_say_what(make, said):
    with pytest.raises(plastic.Error, match=said):
        make()


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda: Network([3, 4, 1], plastic="some"), "plastic: expected \"all\", .* given 'some'"),
        (
            lambda: Network([3, 4, 1], plastic="3"),
            r"plastic: layer 3 is none of the dense layers given by width, \[1, 2\]",
        ),
        (lambda: Network([Convolution(1, 8, 8, 4), 2], plastic=[1]), "plastic: layer 1 is none"),
        (lambda: Network([3, 4, 5, 1], plastic="3-1"), "plastic: expected .* given '3-1'"),
        (lambda: Network([3, 4, 5, 1], plastic="1-2-3"), "plastic: expected .* given '1-2-3'"),
        (lambda: Network([3, 4, 1], plastic="1-999999999999"), "plastic: layer 3 is none"),
        (
            lambda: Network([3, 1]).initial_parameters(Learner(), alpha=np.nan),
            "alpha: expected a finite number, given nan",
        ),
        (lambda: Network([3, 1]).initial_parameters(Learner(), weight_gain=np.inf), "weight_gain: expected a finite"),
        (lambda: Network([Layer(3, 1)], plastic="all"), "are for layers given by width"),
        (lambda: Convolution(1, 8, 8, 4, stride=0), "stride: expected an integer >= 1, given 0"),
        (lambda: Convolution(1, 8, 8, 4, padding=-1), "padding: expected an integer >= 0, given -1"),
        (lambda: Network([3, 0, 1]), "layers: expected an integer >= 1, given 0"),
        (lambda: Layer(3, 0), "outputs: expected an integer >= 1, given 0"),
    ],
)
def test_values_that_mean_nothing(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_sizes_are_integers():
    for make, said in (
        (lambda: Network([3, 4.5, 1]), "layers: expected an integer >= 1, given 4.5"),
        (lambda: Layer(3, "4"), "outputs: expected an integer >= 1, given '4'"),
        (lambda: Convolution(1, 8, 8, 4.5), "filters: expected an integer >= 1, given 4.5"),
        (lambda: Network([3, 4, 1], plastic=2), r'plastic: expected .* or layers as "1,3-5" or \[1, 3\], given 2'),
        (lambda: Network([3, 4, 1], plastic=[True, False]), "plastic: expected numbers of layers"),
        (lambda: Network(3), "layers: expected widths, or each Layer and Convolution, given 3"),
        (lambda: Network("abc"), "layers: expected widths, .*, given 'abc'"),
        (
            lambda: Network([3, 1]).initial_parameters(Learner(), alpha="x"),
            "alpha: expected a finite number, given 'x'",
        ),
        (lambda: Network([3, 1]).initial_parameters("flp"), r'learner: expected plastic.Learner, as Learner\("flp"\)'),
    ):
        with pytest.raises(TypeError, match=said):
            make()
    assert Network([np.int64(3), np.int32(1)]) == Network([3, 1])
    assert Network([Convolution(np.int64(1), 8, 8, 4), 2]) == Network([Convolution(1, 8, 8, 4), 2])


def test_every_named_learner_is_there():
    rows = plastic.learners()
    assert {"flp", "oml", "maml", "meta-sgd", "anml", "dfa", "static"} <= {row["name"] for row in rows}
    for row in rows:
        learner = Learner(row["name"])
        convolutions = [Convolution(1, 8, 8, 4)] if row["name"] in ("anml", "pretrained") else [64]
        network = Network(
            [*convolutions, 6, 3], plastic="none" if row["plastic"] == "none" else "all", gate=row["name"] == "anml"
        )
        assert row["pathway"] in (learner.pathway, "-")
        symbols = {name.rstrip("0123456789") for name in learner.meta_learned(network)}
        assert symbols == set(row["meta_learned"]), row["name"]
        network.initial_parameters(learner)


def test_keys_given_beside_a_name_take_the_place_of_its_own():
    learner = Learner("flp", plasticity="hebb", feedback="fixed")
    assert (learner.name, learner.plasticity, learner.feedback, learner.signal) == ("flp", "hebb", "fixed", "error")
    assert Learner("oml").signal is None  # has no meaning there
    assert Learner() == Learner(name="own", pathway="direct", plasticity="oja_implicit")
    assert dataclasses.replace(learner, feedback="learned") == Learner("flp", plasticity="hebb")
    assert Learner(plasticity="polynomial", terms=["110", "021"]).terms == ("110", "021")


def test_feedback_reaches_the_layers_that_the_learner_says():
    network = Network([4, 5, 6, 2])
    fields = {
        feedback: set(network.initial_parameters(Learner(feedback=feedback)))
        for feedback in ("learned", "fixed", "output", "none")
    }
    assert {"B1", "B2", "B3"} <= fields["learned"] == fields["fixed"]
    assert {name for name in fields["output"] if name[0] == "B"} == {"B3"}
    assert not {name for name in fields["none"] if name[0] == "B"}
    explicit = Network([Layer(4, 5, plastic=True, feedback=False), Layer(5, 2, "identity", plastic=True)])
    assert {name for name in explicit.initial_parameters(Learner()) if name[0] == "B"} == {"B2"}
    assert not {"B1", "c1", "beta1"} & set(Learner(feedback="fixed", beta_learned=False).meta_learned(network))


def test_pretrained_features_are_not_meta_learned():
    network = Network([Convolution(1, 8, 8, 4), 6, 3], loss="cross_entropy")
    assert set(Learner("pretrained").meta_learned(network)) == {"W3", "b3", "alpha2"}
