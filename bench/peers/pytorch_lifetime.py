"""One lifetime and its meta-gradient in PyTorch: autograd through every step, on the CPU.

python pytorch_lifetime.py CASE... --variant checkpoint | compile | plain | compile-plain
"""

import measure

if __name__ == "__main__":
    ARGS = measure.arguments(__doc__, ("checkpoint", "compile", "plain", "compile-plain"))
    measure.hold_to(ARGS.threads)

import torch
import torch.nn.functional as F
from torch.utils.checkpoint import checkpoint


def forward(P, W, x):
    """x_0 ... x_L of a batch; W: the current weights of all layers."""
    xs = [x]
    for l, w in enumerate(W, 1):
        z = F.linear(xs[-1], w, P[f"b{l}"])
        xs.append(z.relu() if l < len(W) else z)
    return xs


def plasticity(rule, w, alpha, p, x):
    """The weights after a minibatch of presynaptic x [M, in] and postsynaptic p [M, out]."""
    G = (p / p.shape[0]).T @ x
    s = p.square().mean(0).unsqueeze(1)
    if rule == "oja":  # w + alpha (G - s w), in two passes
        return torch.addcmul(w, alpha, torch.addcmul(G, s, w, value=-1))
    return torch.addcmul(w, alpha, G) / (1 + alpha.abs() * s)


def step(case, P, W, x, y):
    xs = forward(P, W, x)
    e = y - xs[-1]
    after = []
    for l, (w, plastic) in enumerate(zip(W, case.plastic, strict=True), 1):
        if plastic:
            f = F.linear(e, P[f"B{l}"], P[f"c{l}"]).relu()
            p = torch.lerp(xs[l], f, P[f"beta{l}"])
            w = plasticity(case.rule, w, P[f"alpha{l}"], p, xs[l - 1])
        after.append(w)
    return after


class Lifetime:
    def __init__(self, case, compiled, checkpoints):
        self.case, self.checkpoints = case, checkpoints

        def one_step(P, W, x, y):
            return step(case, P, W, x, y)

        def query_loss(P, W, x, y):
            return (forward(P, W, x)[-1] - y).square().mean()

        if case.lifetimes > 1:  # each with weights of its own
            one_step, query_loss = (torch.vmap(f, in_dims=(None, 0, 0, 0)) for f in (one_step, query_loss))
        # A step, not a chunk of them: compiling takes longer the larger the graph.
        self.step = torch.compile(one_step, fullgraph=True, dynamic=False) if compiled else one_step
        self.query_loss = query_loss

    def live(self, P, W, xs, ys):
        for x, y in zip(xs, ys, strict=True):
            W = self.step(P, W, x, y)
        return W

    def loss(self, P, xs, ys, xq, yq):
        case = self.case
        W = [P[f"W{l}"] for l in range(1, len(case.plastic) + 1)]
        if case.lifetimes == 1:
            xs, ys, xq, yq = xs[0], ys[0], xq[0], yq[0]
        else:
            W = [w.expand(case.lifetimes, *w.shape) for w in W]
            xs, ys = xs.transpose(0, 1), ys.transpose(0, 1)
        chunks = list(zip(xs.split(case.chunk), ys.split(case.chunk), strict=True))
        for i, (x, y) in enumerate(chunks):
            # The way back begins in the last chunk: to keep it at once saves living it twice.
            if self.checkpoints and i + 1 < len(chunks):
                W = checkpoint(self.live, P, W, x, y, use_reentrant=False, preserve_rng_state=False)
            else:
                W = self.live(P, W, x, y)
        return self.query_loss(P, W, xq, yq).mean()


def main(args):
    torch.set_num_threads(args.threads)
    case = measure.read_cases(args.cases, args.precision)
    P = {name: torch.from_numpy(a).requires_grad_() for name, a in case.parameters.items()}
    data = [torch.from_numpy(a) for a in case.data]
    lifetime = Lifetime(case, args.variant.startswith("compile"), "plain" not in args.variant)

    def loss_and_gradient():
        loss = lifetime.loss(P, *data)
        return loss.item(), dict(zip(P, torch.autograd.grad(loss, list(P.values())), strict=True))

    measure.report(args, case, loss_and_gradient, peer=f"PyTorch {torch.__version__}", variant=args.variant)


if __name__ == "__main__":
    main(ARGS)
