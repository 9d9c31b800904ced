"""One lifetime and its meta-gradient in JAX: jit of scans over steps, on the CPU.

python jax_lifetime.py CASE... --variant remat | remat-devices | plain
"""

import os
import time

import measure

if __name__ == "__main__":
    ARGS = measure.arguments(__doc__, ("remat", "remat-devices", "plain"))
    measure.hold_to(ARGS.threads)
    if ARGS.variant == "remat-devices":
        os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={len(ARGS.cases)}"

import jax
import jax.numpy as jnp


def forward(P, W, x):
    """x_0 ... x_L of a batch; W: the current weights of all layers."""
    xs = [x]
    for l, w in enumerate(W, 1):
        z = xs[-1] @ w.T + P[f"b{l}"]
        xs.append(jax.nn.relu(z) if l < len(W) else z)
    return xs


def plasticity(rule, w, alpha, p, x):
    """The weights after a minibatch of presynaptic x [M, in] and postsynaptic p [M, out]."""
    G = (p / p.shape[0]).T @ x
    s = jnp.mean(p**2, axis=0)[:, None]
    if rule == "oja":
        return w + alpha * (G - s * w)
    return (w + alpha * G) / (1 + jnp.abs(alpha) * s)


def step(case, P, W, x, y):
    xs = forward(P, W, x)
    e = y - xs[-1]
    after = []
    for l, (w, plastic) in enumerate(zip(W, case.plastic, strict=True), 1):
        if plastic:
            f = jax.nn.relu(e @ P[f"B{l}"].T + P[f"c{l}"])
            beta = P[f"beta{l}"]
            w = plasticity(case.rule, w, P[f"alpha{l}"], beta * f + (1 - beta) * xs[l], xs[l - 1])
        after.append(w)
    return after


def loss_of(case, remat):
    """loss(P, xs, ys, xq, yq) of one lifetime."""

    def live(P, W, xs, ys):
        # Layers that are fixed stay outside of the loop, which would keep them at every step.
        fixed = [None if plastic else w for w, plastic in zip(W, case.plastic, strict=True)]

        def one(moving, batch):
            W = [m if w is None else w for m, w in zip(moving, fixed, strict=True)]
            after = step(case, P, W, *batch)
            return [None if f is not None else w for w, f in zip(after, fixed, strict=True)], None

        def chunk(moving, batches):
            return jax.lax.scan(one, moving, batches)

        moving = [w if plastic else None for w, plastic in zip(W, case.plastic, strict=True)]
        if remat:  # scans keep duplicates apart by themselves: no need to prevent CSE
            xs, ys = (a.reshape(-1, case.chunk, *a.shape[1:]) for a in (xs, ys))
            chunk = jax.checkpoint(chunk, prevent_cse=False)
            moving, _ = jax.lax.scan(chunk, moving, (xs, ys))
        else:
            moving, _ = chunk(moving, (xs, ys))
        return [m if w is None else w for m, w in zip(moving, fixed, strict=True)]

    def loss(P, xs, ys, xq, yq):
        W = live(P, [P[f"W{l}"] for l in range(1, len(case.plastic) + 1)], xs, ys)
        return jnp.mean((forward(P, W, xq)[-1] - yq) ** 2)

    return loss


def on_devices(one, P, data):
    """Loss and gradient of the mean over lifetimes, each on a device of its own: XLA's way to a thread for each.

    Returned with parameters and data as they lie on the devices.
    """
    mesh = jax.sharding.Mesh(jax.devices(), ("lifetimes",))
    everywhere, one_each = jax.sharding.PartitionSpec(), jax.sharding.PartitionSpec("lifetimes")

    def own(P, *data):
        loss_and_gradient = jax.value_and_grad(one)(P, *(a[0] for a in data))
        return jax.lax.pmean(loss_and_gradient, "lifetimes")

    function = jax.shard_map(
        own,
        mesh=mesh,
        in_specs=(everywhere, *[one_each] * len(data)),
        out_specs=everywhere,
        check_vma=False,  # what is differentiated is each device's own
    )
    P = jax.device_put(P, jax.sharding.NamedSharding(mesh, everywhere))
    return function, P, jax.device_put(data, jax.sharding.NamedSharding(mesh, one_each))


def side_by_side(one):
    """The same on one device, by vmap."""

    def loss(P, *data):
        return jnp.mean(jax.vmap(one, in_axes=(None, 0, 0, 0, 0))(P, *data))

    return jax.value_and_grad(loss)


def main(args):
    jax.config.update("jax_enable_x64", args.precision == "double")
    case = measure.read_cases(args.cases, args.precision)
    P = {name: jnp.asarray(a) for name, a in case.parameters.items()}
    data = [jnp.asarray(a) for a in case.data]
    one = loss_of(case, args.variant.startswith("remat"))
    if args.variant == "remat-devices":
        function, P, data = on_devices(one, P, data)
    elif case.lifetimes > 1:
        function = side_by_side(one)
    else:
        data, function = [a[0] for a in data], jax.value_and_grad(one)

    start = time.perf_counter()
    compiled = jax.jit(function).lower(P, *data).compile()
    compile_seconds = time.perf_counter() - start

    def loss_and_gradient():
        return jax.block_until_ready(compiled(P, *data))

    more = {"peer": f"JAX {jax.__version__}", "variant": args.variant, "compile_seconds": compile_seconds}
    measure.report(args, case, loss_and_gradient, **more)


if __name__ == "__main__":
    main(ARGS)
