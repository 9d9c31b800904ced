"""Plastic's meta-gradient in PyTorch: whole lifetimes as one autograd function, and torch's Adam for the outer loop.

python with_torch.py
"""

import numpy as np
import torch

import plastic


class LifetimeLoss(torch.autograd.Function):
    """The mean loss after lifetimes, of parameters that share their memory with plastic's: no copy either way."""

    @staticmethod
    def forward(ctx, engine, parameters, data, *tensors):
        loss, gradient = engine(parameters, *data)
        ctx.gradient = [torch.from_numpy(gradient[name]) for name in parameters]
        return tensors[0].new_tensor(loss)

    @staticmethod
    def backward(ctx, d_loss):
        return None, None, None, *(d_loss * g for g in ctx.gradient)


def sinusoids(rng, lifetimes, steps=8, minibatch=8, queries=16):
    """Each lifetime is one sinusoid: xs [B, T, M, 1], ys, xq [B, Q, 1], yq."""
    amplitude, phase = rng.uniform(1, 3, (lifetimes, 1, 1, 1)), rng.uniform(0, np.pi, (lifetimes, 1, 1, 1))
    x = rng.uniform(-1, 1, (lifetimes, steps * minibatch + queries, 1, 1))
    y = amplitude * np.sin(3 * x + phase)
    lived = steps * minibatch
    xs, ys = (a[:, :lived].reshape(lifetimes, steps, minibatch, 1) for a in (x, y))
    return xs, ys, x[:, lived:, :, 0], y[:, lived:, :, 0]


def main(meta_steps=300):
    torch.set_num_threads(1)  # plastic has threads of its own
    network, learner = plastic.Network([1, 32, 32, 1]), plastic.Learner("flp")
    parameters = network.initial_parameters(learner)
    engine = plastic.MetaGradient(network, learner)
    tensors = {name: torch.from_numpy(view).requires_grad_() for name, view in parameters.items()}
    slow = [t for name, t in tensors.items() if parameters.group(name) == "plasticity"]
    fast = [t for name, t in tensors.items() if parameters.group(name) != "plasticity"]
    adam = torch.optim.Adam([{"params": fast, "lr": 3e-3}, {"params": slow, "lr": 1e-3}])
    rng, losses = np.random.default_rng(1), []
    for _ in range(meta_steps):
        adam.zero_grad()
        loss = LifetimeLoss.apply(engine, parameters, sinusoids(rng, 8), *tensors.values())
        loss.backward()
        adam.step()  # in place: the engine sees it
        losses.append(loss.item())
    return losses


if __name__ == "__main__":
    found = main()
    print(f"mean loss of the first 20 meta-steps {np.mean(found[:20]):.3f}, of the last 20 {np.mean(found[-20:]):.3f}")
