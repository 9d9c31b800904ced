# Tests that cannot fail teach nothing: compiles deliberate mistakes into the engine, one at a time, and wants the
# meta-gradient's tests to fail for each. The sources stay as they are: a mutated copy of one file is linked before
# the libraries.
#   cmake -D SOURCE=folder -D WORK=folder -D COMPILER=command -D "LIBRARIES=files" -D "OBJECTS=files"
#         -P mutations_test.cmake
cmake_minimum_required(VERSION 3.25)
list(FILTER OBJECTS INCLUDE REGEX "meta_gradient_test|pathways_test|fixed_layers_test|undoing_test")
file(REMOVE_RECURSE ${WORK})

# Compiles FILE with FROM replaced by TO and runs the test with it; sets RESULT to the test's exit code.
function(run_with FILE FROM TO RESULT)
  file(READ ${SOURCE}/plastic/${FILE} text)
  string(FIND "${text}" "${FROM}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "${FILE} has no\n  ${FROM}\nto be mutated; bring mutations_test.cmake up to date")
  endif()
  string(REPLACE "${FROM}" "${TO}" text "${text}")
  # In the same place beside an include folder: rules include themselves once for each instruction set.
  file(WRITE ${WORK}/plastic/${FILE} "${text}")
  execute_process(COMMAND ${COMPILER} -std=c++20 -O1 -DNDEBUG -I${WORK} -I${SOURCE}
                          -o ${WORK}/mutant ${WORK}/plastic/${FILE} ${OBJECTS} ${LIBRARIES}
                  RESULT_VARIABLE compiled ERROR_VARIABLE errors)
  file(REMOVE ${WORK}/plastic/${FILE})
  if(NOT compiled EQUAL 0)
    message(FATAL_ERROR "${FILE} does not compile with\n  ${TO}\n${errors}")
  endif()
  execute_process(COMMAND ${WORK}/mutant --gtest_fail_fast --gtest_filter=*EveryLearner*:*Pathways*:*WideLayers*:*ReachesConvolutions*:*SingleExamples*:Undoing.*:Gate.MetaGradientEqualsDualNumbers
                  OUTPUT_QUIET RESULT_VARIABLE result)
  set(${RESULT} ${result} PARENT_SCOPE)
endfunction()

function(mistake FILE FROM TO)
  run_with(${FILE} "${FROM}" "${TO}" result)
  if(NOT result EQUAL 1)
    message(SEND_ERROR "no test failed (exit code ${result}) when ${FILE} had\n  ${TO}\nfor\n  ${FROM}")
  endif()
endfunction()

run_with(rules/oja.cpp "W + alpha" "W + alpha" result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the test fails without any mistake (exit code ${result}); is the build up to date?")
endif()

# A sign, a missing term, a forgotten factor.
mistake(rules/oja.cpp ".dW = dW_next - s * dG" ".dW = dW_next + s * dG")
mistake(rules/oja.cpp "dW_next * (G - s * W)" "dW_next * G")
mistake(rules/oja_implicit.cpp "G - sign * s * next" "G - s * next")
mistake(rules/correlation_rule.cpp "!d.accumulate_d_pre)" "d.accumulate_d_pre)")
mistake(rules/correlation_rule.cpp "+= 2 * mean * p[i] * ds[i]" "+= mean * p[i] * ds[i]")
# p without its own activity; its adjoint without 1 - beta; an error held constant that is not.
mistake(rules/direct.cpp "blend(beta, x, post);" "for_each([&](T& to) { to *= beta; }, post);")
mistake(rules/direct.cpp "+= (1 - beta) * dp_k" "+= dp_k")
mistake(rules/direct.cpp "held_constant == HeldConstant::error" "held_constant != HeldConstant::error")
# The weights' own part in the gradient; what a layer passes on; the curvature of tanh; a mean over outputs.
mistake(rules/layerwise.cpp "(T(1), above, part, Store" "(T(0), above, part, Store")
mistake(rules/gated.cpp "add<T>(share(l - p.layout->first), d_output);" "")
mistake(rules/layerwise.cpp "slope_adjoint<T>(at.network.layer(l).activation, at.x(l), p(l), dq, dx(l));"
        "activate_adjoint<T>(at.network.layer(l).activation, at.x(l), dq);")
mistake(rules/delta.cpp "T(2) / static_cast<T>(network.output())" "T(2)")
# The softmax's second term; phi' left out.
mistake(rules/loss.cpp "(de(b, i) - mean)" "de(b, i)")
mistake(rules/dense.cpp "activate_adjoint(phi, x, dx);" "")
# A forward pass beside learning that counts as one lived before; one of the present activity.
mistake(lifetime/meta_gradient.cpp "lived_before() && !lived_just_now" "lived_before()")
mistake(rules/correlation_rule.cpp "next_pre.data, z.data" "at.pre.data, z.data")
# A stripe's share of the adjoint that is not added; fixed layers that get none.
mistake(lifetime/step.cpp "sum_shares(w, l, from, d_pre);" "")
# The last forward pass's part of dW, or all others', forgotten.
mistake(lifetime/meta_gradient.cpp "journey.settle();" "")
mistake(lifetime/step.cpp "add_weights_adjoint(next, s, gradient);" ";")
mistake(lifetime/step.cpp "adjoint.owed_pre = next.x(s.layer - 1);" "")
# Steps undone wrongly, after one that is not the last, or where errors grow.
mistake(rules/hebb.cpp "const V W = next - alpha * G;" "const V W = next;")
mistake(rules/oja.cpp "(next - alpha * G) / (hn::Set(hn::DFromV<V>(), 1) - alpha * s)" "(next - alpha * G)")
mistake(rules/oja_implicit.cpp "next * D - alpha * G" "next * D")
mistake(lifetime/meta_gradient.cpp "journey.undo(step_of(now.step - 1));" "journey.undo(step_of(0));")
mistake(lifetime/meta_gradient.cpp "undoing_.learned(x);" ";")
mistake(lifetime/undoing.cpp "before = {.W = W};" "")
mistake(lifetime/undoing.cpp "+ before.alpha_G" "")
mistake(lifetime/meta_gradient.cpp "run_fixed_layers_adjoint(parameters, gradient, w);" "")
# A convolution's adjoint without relu's.
mistake(kernels/convolutions.cpp "*out++ > 0 ? *d_out : 0.0" "*d_out")
# A gate whose adjoint takes g for a constant, or its slope for one.
mistake(rules/gate.cpp "product_nn<T>(T(1), da" "product_nn<T>(T(0), da")
mistake(rules/gate.cpp "feature * pass * (1 - pass)" "feature * pass")
