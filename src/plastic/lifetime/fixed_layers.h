#pragma once
// The layers that no lifetime changes, those below the first plastic one: run once, on every example of a
// lifetime and of its query together, and once back.

#include "plastic/lifetime/workspace.h"
#include "plastic/model/episode.h"

namespace plastic {

// Leaves what the first online layer will see in the workspace.
template <class T>
void run_fixed_layers(const Parameters<T>&, const Episode<T>&, Workspace<T>&);

// After run_fixed_layers on the same episode: adds to the gradient what the adjoints of all online inputs,
// left in the workspace, give.
template <class T>
void run_fixed_layers_adjoint(const Parameters<T>&, Parameters<T>& gradient, Workspace<T>&);

// x [M, n], the input of the first online layer at a step, or, for step = steps, of the query [Q, n].
template <class T>
MatrixView<T> online_input(const Episode<T>&, Index step, Workspace<T>&);

// Where its adjoint goes: added to from zero_online_inputs_adjoint on; without data where nothing is fixed.
template <class T>
MatrixView<T> online_input_adjoint(Index step, Workspace<T>&);
template <class T>
void zero_online_inputs_adjoint(Workspace<T>&);

}  // namespace plastic
