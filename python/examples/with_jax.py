"""Plastic's meta-gradient in JAX: whole lifetimes as one function with a derivative of its own, also under jit.

python with_jax.py
"""

import jax
import jax.numpy as jnp
import numpy as np

import plastic


def lifetime_loss(network, learner):
    """loss(arrays, xs, ys, xq, yq), differentiable in the dict of arrays; the data are taken for constants."""
    engine = plastic.MetaGradient(network, learner)

    def on_host(arrays, *data):
        parameters = plastic.Parameters(network, learner, arrays)
        loss, gradient = engine(parameters, *(np.asarray(a) for a in data))
        return np.float32(loss), {name: np.ascontiguousarray(g) for name, g in gradient.items()}

    def loss_and_gradient(arrays, *data):
        shapes = jax.tree.map(lambda a: jax.ShapeDtypeStruct(a.shape, a.dtype), arrays)
        return jax.pure_callback(on_host, (jax.ShapeDtypeStruct((), jnp.float32), shapes), arrays, *data)

    @jax.custom_vjp
    def loss(arrays, *data):
        return loss_and_gradient(arrays, *data)[0]

    def backward(kept, d_loss):
        gradient, data = kept
        return jax.tree.map(lambda g: d_loss * g, gradient), *map(jnp.zeros_like, data)

    def forward(arrays, *data):
        value, gradient = loss_and_gradient(arrays, *data)
        return value, (gradient, data)

    loss.defvjp(forward, backward)
    return loss


def sinusoids(rng, lifetimes, steps=8, minibatch=8, queries=16):
    """Each lifetime is one sinusoid: xs [B, T, M, 1], ys, xq [B, Q, 1], yq."""
    amplitude, phase = rng.uniform(1, 3, (lifetimes, 1, 1, 1)), rng.uniform(0, np.pi, (lifetimes, 1, 1, 1))
    x = rng.uniform(-1, 1, (lifetimes, steps * minibatch + queries, 1, 1))
    y = amplitude * np.sin(3 * x + phase)
    lived = steps * minibatch
    xs, ys = (a[:, :lived].reshape(lifetimes, steps, minibatch, 1) for a in (x, y))
    return tuple(np.float32(a) for a in (xs, ys, x[:, lived:, :, 0], y[:, lived:, :, 0]))


def main(meta_steps=300):
    network, learner = plastic.Network([1, 32, 32, 1]), plastic.Learner("flp")
    start = network.initial_parameters(learner)
    arrays = {name: jnp.array(view) for name, view in start.items()}
    rates = {name: 1e-3 if start.group(name) == "plasticity" else 3e-3 for name in start}
    loss_and_gradient = jax.value_and_grad(lifetime_loss(network, learner))

    @jax.jit
    def meta_step(arrays, mean, square, t, *data):  # Adam
        loss, gradient = loss_and_gradient(arrays, *data)
        mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
        square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradient)

        def moved(a, rate, m, s):
            return a - rate * (m / (1 - 0.9**t)) / (jnp.sqrt(s / (1 - 0.999**t)) + 1e-8)

        return loss, jax.tree.map(moved, arrays, rates, mean, square), mean, square

    zeros = jax.tree.map(jnp.zeros_like, arrays)
    mean, square = zeros, zeros
    rng, losses = np.random.default_rng(1), []
    for t in range(1, meta_steps + 1):
        loss, arrays, mean, square = meta_step(arrays, mean, square, float(t), *sinusoids(rng, 8))
        losses.append(float(loss))
    return losses


if __name__ == "__main__":
    found = main()
    print(f"mean loss of the first 20 meta-steps {np.mean(found[:20]):.3f}, of the last 20 {np.mean(found[-20:]):.3f}")
