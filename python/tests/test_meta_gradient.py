import copy
import gc
import os
import pickle
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from conftest import lifetimes, nonzero_parameters

import plastic


def gradient_of(small, data, **options):
    return plastic.meta_gradient(small.network, small.learner, small.parameters, *data, **options)


def test_every_gradient_is_the_slope_that_finite_differences_see(small, rng):
    data = lifetimes(rng, small.network)
    engine = plastic.MetaGradient(small.network, small.learner, dtype=np.float64, threads=1)
    _, gradient = engine(small.parameters, *data)
    h = 1e-6
    for name, view in small.parameters.items():
        slopes = np.empty(view.shape)
        for index in np.ndindex(view.shape):
            kept, losses = view[index], []
            for moved in (kept + h, kept - h):
                view[index] = moved
                losses.append(engine(small.parameters, *data)[0])
            view[index] = kept
            slopes[index] = (losses[0] - losses[1]) / (2 * h)
        assert np.abs(slopes).max() > 0, name
        assert np.abs(gradient[name] - slopes).max() <= 1e-6 * np.abs(slopes).max(), name


def test_a_batch_is_the_mean_of_its_lifetimes(small, rng):
    data = lifetimes(rng, small.network, 5)
    loss, gradient = gradient_of(small, data)
    alone = [gradient_of(small, [array[i] for array in data]) for i in range(5)]
    assert loss == pytest.approx(np.mean([one[0] for one in alone]), rel=1e-14)
    mean = np.mean([one[1].flat for one in alone], axis=0)
    assert np.abs(gradient.flat - mean).max() <= 1e-14 * np.abs(mean).max()


def test_a_batch_of_one_is_the_lifetime_to_the_bit(small, rng):
    data = lifetimes(rng, small.network)
    loss, gradient = gradient_of(small, data)
    loss_of_one, gradient_of_one = gradient_of(small, [array[None] for array in data])
    assert loss_of_one == loss
    assert np.array_equal(gradient_of_one.flat, gradient.flat)


def test_a_lifetime_stands_for_its_arrays(small, rng):
    data = lifetimes(rng, small.network, 3)
    stacked = plastic.Lifetime.stack([plastic.Lifetime(*(array[i] for array in data)) for i in range(3)])
    assert all(np.array_equal(a, b) for a, b in zip(stacked, data)) and stacked.step_task is None
    loss, gradient = gradient_of(small, data)
    loss_of_one, gradient_of_one = gradient_of(small, [stacked])
    assert loss_of_one == loss and np.array_equal(gradient_of_one.flat, gradient.flat)
    engine = plastic.MetaGradient(small.network, small.learner, dtype=np.float64)
    assert engine(small.parameters, stacked)[0] == engine(small.parameters, *stacked)[0] == loss
    of_arrays = plastic.answers(small.network, small.learner, small.parameters, *data[:3])
    of_lifetime = plastic.answers(small.network, small.learner, small.parameters, stacked)
    assert all(np.array_equal(a, b) for a, b in zip(of_arrays, of_lifetime))
    tasks = plastic.Lifetime.stack([plastic.Lifetime(*data, step_task=[0, 1], query_task=[1]) for _ in range(2)])
    assert tasks.step_task.tolist() == [[0, 1], [0, 1]] and tasks.query_task.shape == (2, 1)
    assert repr(tasks) == "Lifetime(xs (2, 3, 6, 3, 18), ys (2, 3, 6, 3, 2), xq (2, 3, 5, 18), yq (2, 3, 5, 2))"


def test_little_work_wakes_no_threads(small, rng):
    """Threads are started where they are worth it, and the bits are the same."""

    def threads():
        return len(list(Path("/proc/self/task").iterdir()))

    before = threads()
    engine = plastic.MetaGradient(small.network, small.learner, dtype=np.float64)
    data = lifetimes(rng, small.network, 2)
    alone = engine(small.parameters, *data)
    assert threads() == before
    two = plastic.MetaGradient(small.network, small.learner, dtype=np.float64, threads=2)
    assert two(small.parameters, *data)[0] == alone[0] and threads() > before
    del two
    network = plastic.Network([18, 200, 200, 2])
    parameters = nonzero_parameters(network, small.learner)
    large, data = plastic.MetaGradient(network, small.learner, dtype=np.float64), lifetimes(rng, network, 4, 30, 8)
    found = large(parameters, *data)
    assert threads() > before or os.cpu_count() == 1
    wanted = plastic.meta_gradient(network, small.learner, parameters, *data, threads=1)
    assert found[0] == wanted[0] and np.array_equal(found[1].flat, wanted[1].flat)
    few = [array[:1, :2] if array.ndim == 4 else array[:1] for array in data]
    assert large(parameters, *few)[0] == plastic.meta_gradient(network, small.learner, parameters, *few, threads=3)[0]
    assert threads() == before


def test_an_engine_is_copied_with_its_options(small, rng):
    engine = plastic.MetaGradient(small.network, small.learner, dtype=np.float64, threads=1, largest_loss=1e-3)
    data = lifetimes(rng, small.network)
    for other in (pickle.loads(pickle.dumps(engine)), copy.deepcopy(engine)):
        assert other.dtype == engine.dtype
        assert str(other.without_diverged(small.parameters, *data)[2][0]) == str(
            engine.without_diverged(small.parameters, *data)[2][0]
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_and_memory_change_no_bit(dtype, rng):
    network, learner = plastic.Network([20, 150, 100, 3]), plastic.Learner("flp")
    parameters = nonzero_parameters(network, learner, dtype)
    data = lifetimes(rng, network, 3, steps=9)
    plain = plastic.meta_gradient(network, learner, parameters, *data, threads=1)
    for options in ({"threads": 2}, {"threads": 5}, {"threads": 1, "memory_mib": 4}):
        loss, gradient = plastic.meta_gradient(network, learner, parameters, *data, **options)
        assert loss == plain[0]
        assert gradient.flat.tobytes() == plain[1].flat.tobytes()


@pytest.mark.parametrize("dtype, error", [(np.float32, 1e-4), (np.float64, 1e-11)])
def test_undoing_steps_rounds(dtype, error, rng):
    network, learner = plastic.Network([20, 50, 40, 3]), plastic.Learner("flp-oja")
    parameters = nonzero_parameters(network, learner, dtype)
    for l in (1, 2, 3):
        parameters[f"alpha{l}"][...] *= 0.1
    data = lifetimes(rng, network, 3, steps=40)
    loss, gradient = plastic.meta_gradient(network, learner, parameters, *data)
    assert plastic.meta_gradient(network, learner, parameters, *data, storage="full")[1].flat.tobytes() == gradient.flat.tobytes()
    for threads in (1, 3):
        undone = plastic.meta_gradient(network, learner, parameters, *data, storage="undo", threads=threads)
        assert undone[0] == loss
        assert np.abs(undone[1].flat - gradient.flat).max() <= error * np.abs(gradient.flat).max()
        assert undone[1].flat.tobytes() != gradient.flat.tobytes()


def test_images_come_in_their_own_shape_or_flat(rng):
    network = plastic.Network([plastic.Convolution(1, 9, 9, 4, stride=2), 6, 3], loss="cross_entropy")
    learner = plastic.Learner("oml")
    parameters = network.initial_parameters(learner, alpha=0.01)
    xs, xq = rng.normal(size=(4, 2, 1, 9, 9)), rng.normal(size=(5, 1, 9, 9))
    ys, yq = np.eye(3)[rng.integers(3, size=(4, 2))], np.eye(3)[rng.integers(3, size=5)]
    loss, gradient = plastic.meta_gradient(network, learner, parameters, xs, ys, xq, yq)
    flat, gradient_of_flat = plastic.meta_gradient(
        network, learner, parameters, xs.reshape(4, 2, 81), ys, xq.reshape(5, 81), yq
    )
    assert loss == flat and np.array_equal(gradient.flat, gradient_of_flat.flat)
    assert np.abs(gradient["W1"]).max() > 0 and gradient["W1"].shape == (4, 1, 3, 3)


def test_other_dtypes_and_layouts_are_converted(small, rng):
    data = lifetimes(rng, small.network)
    integers = [np.round(3 * array) for array in data]
    wanted = gradient_of(small, integers)[0]
    assert gradient_of(small, [array.astype(np.int8) for array in integers])[0] == wanted
    assert gradient_of(small, [np.asfortranarray(array) for array in integers])[0] == wanted
    assert gradient_of(small, [array.tolist() for array in integers])[0] == wanted


@pytest.mark.parametrize(
    "which, change, said",
    [
        (0, lambda a: a[0], r"xs: expected shape \(steps, minibatch, 18\) or \(lifetimes, .*given \(3, 18\)"),
        (0, lambda a: a[..., :5], r"xs: expected .*given \(6, 3, 5\)"),
        (0, lambda a: a[:0], "xs: .*nothing empty"),
        (1, lambda a: a[1:], r"ys: expected shape \(6, 3, 2\), nothing empty, given \(5, 3, 2\)"),
        (1, lambda a: a[None], r"ys: expected shape \(6, 3, 2\)"),
        (2, lambda a: a[..., None], r"xq: expected shape \(queries, 18\), .*given \(5, 18, 1\)"),
        (3, lambda a: a[:, :1], r"yq: expected shape \(5, 2\), .*given \(5, 1\)"),
        (2, lambda a: a + 1j, "xq: expected real numbers, given complex128"),
        (2, lambda a: a.astype(str), "xq: expected real numbers"),
        (0, lambda a: np.where(a > 2, np.nan, a), "xs: must be finite, given nan in lifetime 0"),
    ],
)
def test_arrays_that_do_not_fit_are_named(small, rng, which, change, said):
    data = lifetimes(rng, small.network)
    data[0][0, 0, 0] = 3
    data[which] = change(data[which])
    with pytest.raises(ValueError, match=said):
        gradient_of(small, data)


def test_other_mistakes_are_named(small, rng):
    data = lifetimes(rng, small.network)
    with pytest.raises(ValueError, match="threads: expected an integer from 0"):
        gradient_of(small, data, threads=-1)
    with pytest.raises(TypeError, match="threads: expected an integer from 0 to 1024 .*, given 1.5"):
        gradient_of(small, data, threads=1.5)
    with pytest.raises(ValueError, match="memory_mib: expected a number > 0"):
        gradient_of(small, data, memory_mib=0)
    with pytest.raises(ValueError, match='storage: expected "checkpoints", "full" or "undo", given \'half\''):
        gradient_of(small, data, storage="half")
    with pytest.raises(TypeError, match="memory_mib: expected a number > 0, given 'much'"):
        gradient_of(small, data, memory_mib="much")
    with pytest.raises(plastic.Error, match=r"^memory_mib: a lifetime of 6 steps of 3 needs at least 0\.02 MiB, .*raise it"):
        gradient_of(small, data, memory_mib=1e-3)
    for name, missing in (("ys", data[:1]), ("xq", data[:2]), ("yq", data[:3])):
        with pytest.raises(
            TypeError, match=f"{name}: expected an array, given none; give xs, ys, xq and yq, or one Lif"
        ):
            gradient_of(small, missing)
    with pytest.raises(TypeError, match="ys, xq, yq: expected none beside a Lifetime"):
        gradient_of(small, (plastic.Lifetime(*data), *data[1:]))
    with pytest.raises(TypeError, match="parameters: expected plastic.Parameters, given dict"):
        plastic.meta_gradient(small.network, small.learner, dict(small.parameters), *data)
    with pytest.raises(ValueError, match="parameters: expected the network's and learner's"):
        plastic.meta_gradient(plastic.Network([18, 8, 2]), small.learner, small.parameters, *data)
    with pytest.raises(ValueError, match="parameters: expected float32, given float64"):
        plastic.MetaGradient(small.network, small.learner)(small.parameters, *data)


def test_divergence_tells_which_lifetime_and_where(rng):
    network, learner = plastic.Network([4, 5, 2]), plastic.Learner("flp-hebb")
    parameters = nonzero_parameters(network, learner, np.float32)
    data = lifetimes(rng, network, 3)
    data[1][1, 2] = 1e38  # the second lifetime's third step
    with pytest.raises(plastic.Divergence, match="lifetime 1 diverged: ") as raised:
        plastic.meta_gradient(network, learner, parameters, *data)
    assert raised.value.lifetime == 1 and raised.value.layer in (1, 2)
    assert raised.value.step in (2, 3)
    engine = plastic.MetaGradient(network, learner)
    loss, gradient, diverged = engine.without_diverged(parameters, *data)
    assert [d.lifetime for d in diverged] == [1]
    of_others = engine(parameters, *(array[[0, 2]] for array in data))
    assert loss == of_others[0] and np.array_equal(gradient.flat, of_others[1].flat)


def resident_mib():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def test_memory_stays_flat(rng):
    """A gradient takes 60 KiB, the data 180: 500 of either would be 30 MiB at least."""
    network, learner = plastic.Network([18, 64, 2]), plastic.Learner("flp")
    parameters = network.initial_parameters(learner, dtype=np.float64)
    data = lifetimes(rng, network, 4, steps=60)

    def calls(count):
        for _ in range(count):
            _, gradient = plastic.meta_gradient(network, learner, parameters, *data, threads=2)
            view = gradient["W1"]
            del gradient
            view += 1
        gc.collect()

    calls(50)
    before = resident_mib()
    calls(500)
    assert resident_mib() - before < 10


def test_python_threads_run_at_once(rng):
    """While one call runs, another Python thread does, and calls of its own give the same numbers."""
    network, learner = plastic.Network([11, 200, 200, 1]), plastic.Learner("flp")
    parameters = network.initial_parameters(learner, alpha=1e-3)
    data = lifetimes(rng, network, steps=60, minibatch=16)
    wanted = plastic.meta_gradient(network, learner, parameters, *data, threads=1)
    found, inside = [None, None], threading.Event()

    def work(i):
        inside.set()
        found[i] = plastic.meta_gradient(network, learner, parameters, *data, threads=1)

    workers = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for worker in workers:
        worker.start()
    inside.wait()
    turns = 0
    while any(worker.is_alive() for worker in workers):
        turns += 1
        time.sleep(1e-4)
    assert turns > 20  # this thread went on meanwhile: with the lock held it would have had two turns or so
    for loss, gradient in found:
        assert loss == wanted[0] and np.array_equal(gradient.flat, wanted[1].flat)


def test_one_engine_serves_several_threads(small, rng):
    engine = plastic.MetaGradient(small.network, small.learner, dtype=np.float64, threads=1)
    data = lifetimes(rng, small.network, 2)
    wanted = engine(small.parameters, *data)
    found = []
    workers = [threading.Thread(target=lambda: found.append(engine(small.parameters, *data))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(found) == 4
    assert all(loss == wanted[0] and np.array_equal(g.flat, wanted[1].flat) for loss, g in found)


def test_answers_are_what_the_loss_is_of(small, rng):
    xs, ys, xq, yq = lifetimes(rng, small.network, 3)
    before, after = plastic.answers(small.network, small.learner, small.parameters, xs, ys, xq)
    assert before.shape == after.shape == yq.shape
    loss, _ = gradient_of(small, (xs, ys, xq, yq))
    assert np.mean((after - yq) ** 2) == pytest.approx(loss, rel=1e-13)
    assert not np.allclose(before, after)
    alone = plastic.answers(small.network, small.learner, small.parameters, xs[1], ys[1], xq[1])
    assert np.array_equal(alone[0], before[1]) and np.array_equal(alone[1], after[1])


def of_its_own(program, *arguments):
    """What it prints, in a process that may die without harm."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr or done.returncode
    return done.stdout.split()


def test_after_too_little_memory_it_goes_on():
    """Enough for one lifetime's memory, not for both: what was made of the one is not taken for two."""
    program = """
import resource
import numpy as np
import plastic

network, learner, rng = plastic.Network([11, 200, 200, 1]), plastic.Learner("flp"), np.random.default_rng(0)
parameters = network.initial_parameters(learner)

def data(T, M):
    shapes = (2, T, M, 11), (2, T, M, 1), (2, 8, 11), (2, 8, 1)
    return [0.1 * rng.normal(size=shape).astype(np.float32) for shape in shapes]

small, large = data(20, 4), data(1000, 200)
engine = plastic.MetaGradient(network, learner, threads=2, memory_mib=1e5)
loss, gradient = engine(parameters, *small)
for more in range(400, 2000, 200):
    size = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + more * 2**20, resource.RLIM_INFINITY))
    try:
        engine(parameters, *large)
        break
    except MemoryError:
        print("short")
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    found = engine(parameters, *small)
    assert found[0] == loss and np.array_equal(found[1].flat, gradient.flat)
"""
    assert "short" in of_its_own(program)


def test_a_forked_process_has_threads_of_its_own():
    program = """
import os
import numpy as np
import plastic

network, learner, rng = plastic.Network([11, 50, 1]), plastic.Learner("flp"), np.random.default_rng(0)
parameters = network.initial_parameters(learner)
data = [rng.normal(size=shape) for shape in ((4, 5, 2, 11), (4, 5, 2, 1), (4, 3, 11), (4, 3, 1))]
engine = plastic.MetaGradient(network, learner, threads=2)
unused = plastic.MetaGradient(network, learner, threads=2)
loss, _ = engine(parameters, *data)
unused(parameters, *data)
child = os.fork()
if child == 0:
    same = engine(parameters, *data)[0] == loss and engine(parameters, *data)[0] == loss
    del engine, unused
    os._exit(0 if same else 1)
import time
for _ in range(200):
    done, status = os.waitpid(child, os.WNOHANG)
    if done:
        break
    time.sleep(0.1)
else:
    os.kill(child, 9)
    raise SystemExit("the child hangs")
assert status == 0 and engine(parameters, *data)[0] == loss
"""
    of_its_own(program)


@pytest.mark.parametrize("work", ["meta_gradient", "answers"])
@pytest.mark.parametrize("count", [None, 4])
def test_ctrl_c_ends_it(work, count, rng):
    network, learner = plastic.Network([11, 300, 300, 1]), plastic.Learner("flp")
    parameters = network.initial_parameters(learner)
    few = [0.1 * array for array in lifetimes(rng, network, 2, steps=100, minibatch=16)]
    many = lifetimes(rng, network, count, steps=20_000 if count is None else 5000, minibatch=16)
    engine = plastic.MetaGradient(network, learner)
    before = engine(parameters, *few)
    told = []

    def press():
        told.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Timer(0.8, press).start()
    with pytest.raises(KeyboardInterrupt):
        if work == "answers":
            plastic.answers(network, learner, parameters, *many[:3])
        else:
            engine.without_diverged(parameters, *many)
    assert time.monotonic() - told[0] < 1.5
    again = engine(parameters, *few)
    assert again[0] == before[0] and np.array_equal(again[1].flat, before[1].flat)


def test_others_of_the_process_keep_their_openmp_threads():
    program = """
import ctypes
import numpy as np
import plastic

openmp = ctypes.CDLL("libgomp.so.1")
openmp.omp_set_num_threads(3)
network, learner = plastic.Network([plastic.Convolution(1, 8, 8, 4), 3]), plastic.Learner("flp")
online = plastic.OnlineLearner(network, learner, network.initial_parameters(learner))
online.observe(np.ones(64), np.zeros(3))
print(openmp.omp_get_max_threads())
"""
    assert of_its_own(program) == ["3"]


def test_answers_that_are_not_finite_raise(rng):
    network, learner = plastic.Network([4, 5, 2]), plastic.Learner("flp-hebb")
    parameters = nonzero_parameters(network, learner, np.float32)
    data = lifetimes(rng, network, 3)
    data[1][1, 2] = 1e38
    with pytest.raises(plastic.Divergence, match="lifetime 1 diverged: ") as raised:
        plastic.answers(network, learner, parameters, *data[:3])
    assert raised.value.lifetime == 1 and raised.value.step in (2, 3)
    parameters.flat[:] = np.nan
    with pytest.raises(plastic.Divergence, match="lifetime 0 diverged: x1 is not finite at step 0"):
        plastic.answers(network, learner, parameters, *(array[0] for array in data[:3]))


def test_targets_of_a_cross_entropy_are_distributions(rng):
    network, learner = plastic.Network([4, 5, 3], loss="cross_entropy"), plastic.Learner("flp")
    parameters = network.initial_parameters(learner)
    xs, ys, xq, yq = lifetimes(rng, network)
    soft, asked = (np.exp(a) / np.exp(a).sum(-1, keepdims=True) for a in (ys, yq))
    plastic.meta_gradient(network, learner, parameters, xs, soft, xq, asked)
    plastic.answers(network, learner, parameters, xs, soft, xq)
    with pytest.raises(ValueError, match="yq: expected one-hot targets, or others >= 0 that add up to 1"):
        plastic.meta_gradient(network, learner, parameters, xs, soft, xq, 2 * asked)
    with pytest.raises(ValueError, match="ys: expected one-hot targets"):
        plastic.answers(network, learner, parameters, xs, ys, xq)
    online = plastic.OnlineLearner(network, learner, parameters)
    with pytest.raises(ValueError, match="y: expected one-hot targets"):
        online.observe(xs[0], ys[0])
    with pytest.raises(ValueError, match="y: expected one-hot targets"):
        online.observe(xs[0, 0], [2, -1, 0])


def test_lifetimes_that_cannot_stand_side_by_side_are_named(small, rng):
    one, other = (plastic.Lifetime(*lifetimes(rng, small.network, steps=steps)) for steps in (6, 5))
    with pytest.raises(ValueError, match="lifetimes: expected one at least"):
        plastic.Lifetime.stack([])
    with pytest.raises(ValueError, match=r"xs: .*lifetime 2 has \(5, 3, 18\) and the first \(6, 3, 18\)"):
        plastic.Lifetime.stack([one, one, other])
    with pytest.raises(TypeError, match="given tuple as number 1"):
        plastic.Lifetime.stack([one, tuple(other)])


def test_what_is_no_network_or_learner_is_told(small, rng):
    data = lifetimes(rng, small.network)
    with pytest.raises(TypeError, match=r"learner: expected plastic.Learner, as Learner\(\"flp\"\), given 'flp'"):
        plastic.meta_gradient(small.network, "flp", small.parameters, *data)
    with pytest.raises(TypeError, match=r"network: expected plastic.Network, given \[18, 7, 2\]"):
        plastic.meta_gradient([18, 7, 2], small.learner, small.parameters, *data)
