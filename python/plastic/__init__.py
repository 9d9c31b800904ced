"""Meta-trains networks that learn online with feedback connections and local plasticity.

The nouns: a `Network` and a `Learner` say what is there and how it learns, `Parameters` are what is meta-learned,
`meta_gradient` differentiates whole lifetimes with respect to them; a `Lifetime` is the data of one, drawn from a task. docs/python.md
shows them at work.
"""

from ._plastic import Error, version
from .descriptions import Convolution, Layer, Learner, Network, learners
from .divergence import Divergence
from .gradient import MetaGradient, meta_gradient
from .lifetimes import Lifetime, answers
from .online import OnlineLearner
from .parameters import Parameters
from .runs import Trained, load, resume, train
from .tasks import FewShot, Sinusoids
from .trainer import Trainer

__version__ = version()
Error.__module__ = __name__

__all__ = [
    "Convolution",
    "Divergence",
    "Error",
    "FewShot",
    "Layer",
    "Learner",
    "Lifetime",
    "MetaGradient",
    "Network",
    "OnlineLearner",
    "Parameters",
    "Sinusoids",
    "Trained",
    "Trainer",
    "__version__",
    "answers",
    "learners",
    "load",
    "meta_gradient",
    "resume",
    "train",
]
